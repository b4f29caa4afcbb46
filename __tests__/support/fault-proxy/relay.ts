import { connect, type Socket } from 'node:net'
import type { Fate } from './faults'
import { Lane } from './lane'

/** One connection through a proxy, from its client on to the server. */
export class Relay {
  private readonly client: Socket
  private readonly server: Socket
  private readonly fate: Fate
  private readonly onStrike: () => void
  private readonly up: Lane
  private readonly down: Lane
  private received = 0
  private isHealthy = false
  private isStruck = false
  private isCut = false

  /** @param onStrike called when its fault strikes */
  constructor(client: Socket, to: { readonly host: string; readonly port: number }, fate: Fate, onStrike: () => void) {
    this.client = client
    this.server = connect({ host: to.host, port: to.port, allowHalfOpen: true, noDelay: true })
    this.fate = fate
    this.onStrike = onStrike
    this.up = new Lane(client, this.server)
    this.down = new Lane(this.server, client)
    this.listen()
    if (fate.after === 0) this.strike()
  }

  whenClosed(action: () => void): void {
    this.server.once('close', action)
  }

  /** Lets everything through, what has been held up before all else. */
  heal(): void {
    this.isHealthy = true
    this.client.setTimeout(0)
    this.up.open()
    this.down.open()
  }

  /** Ends it on both sides. */
  cut(): void {
    this.isCut = true
    hangUp(this.client, this.fate.reset)
    hangUp(this.server, this.fate.reset)
  }

  destroy(): void {
    this.client.destroy()
    this.server.destroy()
  }

  private get latencyMs(): number {
    return this.isHealthy ? 0 : this.fate.latencyMs
  }

  private listen(): void {
    const { client, server } = this
    client.on('data', (chunk: Buffer) => {
      this.take(chunk)
    })
    server.on('data', (chunk: Buffer) => {
      this.down.pass(chunk, this.latencyMs)
    })
    client.once('end', () => {
      this.up.end(this.latencyMs)
    })
    server.once('end', () => {
      this.down.end(this.latencyMs)
    })
    // A reset on one side is one on the other.
    client.on('error', () => server.resetAndDestroy())
    server.on('error', () => client.resetAndDestroy())
    client.setTimeout(this.fate.idleMs, () => {
      this.tell()
      this.cut()
    })
  }

  private take(chunk: Buffer): void {
    if (this.isCut) return
    const left = this.isHealthy || this.isStruck ? Infinity : this.fate.after - this.received
    this.received += chunk.length
    const { bytesPerSecond } = this.fate
    if (bytesPerSecond < Infinity && !this.isHealthy) this.up.occupy((chunk.length / bytesPerSecond) * 1000)
    this.up.pass(chunk.subarray(0, left), this.latencyMs)
    if (chunk.length < left) return
    this.strike()
    this.up.pass(chunk.subarray(left), this.latencyMs)
  }

  private strike(): void {
    this.tell()
    if (this.fate.strike === 'stall') {
      this.up.close()
      this.down.close()
      return
    }
    // What comes after the last byte allowed is lost.
    this.isCut = true
    this.up.then(this.latencyMs, () => {
      this.cut()
    })
  }

  private tell(): void {
    if (!this.isStruck && !this.isCut) this.onStrike()
    this.isStruck = true
  }
}

/** Closes a connection from one side. */
export function hangUp(socket: Socket, reset: boolean): void {
  // Closed with something left to read, it would be reset instead.
  if (reset) socket.resetAndDestroy()
  else socket.removeAllListeners('data').resume().end()
}
