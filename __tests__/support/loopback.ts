import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A server that listens on a free port of this machine only. */
export interface Loopback {
  readonly port: number
  /** Closes it and every connection to it. */
  stop(): Promise<void>
}

export const LOOPBACK_HOST = '127.0.0.1'

/** Lets a server listen on a free loopback port and remembers its connections, so that it can be stopped for good. */
export async function listenOnLoopback(server: Server): Promise<Loopback> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, LOOPBACK_HOST)
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
