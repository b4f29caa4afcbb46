import { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'

/**
 * What goes through a jump host to a server behind it, in place of a socket. ssh2's own stream of it cannot be destroyed:
 * it waits for the jump host to say that it is closed. And what comes in pieces is sent in as few packets as it fits into.
 */
export class JumpStream extends Duplex {
  readonly #channel: ClientChannel
  readonly #onSent: () => void

  /** @param onSent hears that something was sent, which the other side will answer */
  constructor(channel: ClientChannel, onSent: () => void) {
    super({ allowHalfOpen: false })
    this.#channel = channel
    this.#onSent = onSent
    channel
      .on('data', (bytes: Buffer) => {
        if (!this.push(bytes)) channel.pause()
      })
      .on('end', () => {
        this.push(null)
      })
      .on('error', (error: Error) => {
        this.destroy(error)
      })
      .on('close', () => {
        // What was sent before is still read.
        if (this.readableLength === 0) this.destroy()
        else this.once('end', () => this.destroy())
      })
  }

  /** As that of a socket: destroys it when all is handed over. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  override _read(): void {
    this.#channel.resume()
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#onSent()
    this.#channel.write(bytes, done)
  }

  override _writev(pieces: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(pieces.map(({ chunk }) => chunk)), 'binary', done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#channel.end()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#channel.destroy()
    done(error)
  }
}
