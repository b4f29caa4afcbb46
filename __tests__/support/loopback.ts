import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A server that listens on a free port of this machine only. */
export interface Loopback {
  readonly port: number
  /** Closes it and every connection to it. */
  stop(): Promise<void>
}

export const LOOPBACK_HOST = '127.0.0.1'

/**
 * Lets a server listen on a loopback port and remembers its connections, so that it can be stopped for good.
 *
 * @param at another address of this machine (127.x.x.x), or a port that is not just any free one
 */
export async function listenOnLoopback(
  server: Server,
  at: { readonly host?: string; readonly port?: number } = {}
): Promise<Loopback> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(at.port ?? 0, at.host ?? LOOPBACK_HOST)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    }
  }
}

/** A port of this machine at which nobody listens. */
export async function freePort(): Promise<number> {
  const loopback = await listenOnLoopback(createServer())
  await loopback.stop()
  return loopback.port
}
