import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { Bench, Carrier } from './deliver'
import type { FileSet } from './sets'

/** Seconds from the start of a client until it connects, and until its first byte arrives. */
export interface FirstByte {
  readonly connected: number
  readonly firstByte: number
}

/** Starts a client against a server that says nothing, and ends it with its first byte. */
export async function timeFirstByte(bench: Bench, set: FileSet, { client, variant }: Carrier): Promise<FirstByte> {
  const { workshop, capSeconds } = bench
  const server = await workshop.server('sftp')
  const heard = new AbortController()
  const times: { connected?: number; firstByte?: number } = {}
  const listener = createServer(socket => {
    times.connected ??= now()
    socket.on('error', () => undefined)
    socket.once('data', () => {
      times.firstByte ??= now()
      heard.abort()
    })
  }).listen(0, server.host)
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  try {
    const signal = AbortSignal.any([bench.signal, heard.signal])
    const bounds = { side: [], capSeconds, folder: workshop.folder, signal }
    const { began } = await client.send({ server: { ...server, port }, set }, variant, bounds)
    bench.signal.throwIfAborted()
    if (times.connected === undefined || times.firstByte === undefined) {
      throw new Error(`${client.name} has sent nothing within ${capSeconds} s.`)
    }
    return { connected: seconds(times.connected - began), firstByte: seconds(times.firstByte - began) }
  } finally {
    listener.close()
  }
}

/** Milliseconds since 1970, with their fractions. */
function now(): number {
  return performance.timeOrigin + performance.now()
}

function seconds(milliseconds: number): number {
  return Number((milliseconds / 1000).toFixed(4))
}
