import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** One way of a connection through a proxy: what is put on it happens later, in the same order. */
export class Lane {
  private readonly source: Socket
  private readonly target: Socket
  private last: Promise<unknown> = Promise.resolve()
  private release: (() => void) | undefined

  constructor(source: Socket, target: Socket) {
    this.source = source
    this.target = target
    target.on('drain', () => {
      this.go()
    })
  }

  pass(bytes: Buffer, latencyMs: number): void {
    this.then(latencyMs, () => {
      if (!this.target.writable || this.target.write(bytes)) return
      this.source.pause()
    })
  }

  /** Has whatever comes next wait for so long. */
  occupy(milliseconds: number): void {
    this.last = this.last.then(() => sleep(milliseconds))
  }

  end(latencyMs: number): void {
    this.then(latencyMs, () => {
      this.target.end()
    })
  }

  /** Does something when all before it is done and the delay is over. */
  then(latencyMs: number, action: () => void): void {
    this.last = Promise.all([this.last, latencyMs > 0 && sleep(latencyMs)]).then(action)
  }

  /** Takes no more from the source, and keeps what comes from now on until it is opened. */
  close(): void {
    this.source.pause()
    const opened = new Promise<void>(resolve => {
      this.release = resolve
    })
    this.last = Promise.all([this.last, opened])
  }

  open(): void {
    this.release?.()
    this.release = undefined
    this.go()
  }

  private go(): void {
    if (!this.release && !this.target.writableNeedDrain) this.source.resume()
  }
}
