import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { listenOnLoopback, LOOPBACK_HOST } from './loopback'

export interface ConnectProxy extends AsyncDisposable {
  readonly url: string
  /** `host:port` of each tunnel, in order. */
  readonly tunnels: string[]
}

/** A proxy as a company has one: it tunnels to wherever it is told. */
export async function startProxy(): Promise<ConnectProxy> {
  const tunnels: string[] = []
  const server = createServer()
  server.on('connect', ({ url = '' }, client: Socket) => {
    tunnels.push(url)
    const [host = '', port] = url.split(':')
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      target.pipe(client).pipe(target)
    })
    for (const [one, other] of [
      [client, target],
      [target, client]
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  })
  const loopback = await listenOnLoopback(server)
  return {
    url: `http://${LOOPBACK_HOST}:${loopback.port}`,
    tunnels,
    [Symbol.asyncDispose]: () => loopback.stop()
  }
}
