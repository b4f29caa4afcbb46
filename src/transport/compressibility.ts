import { deflateRawSync } from 'node:zlib'

/** One chunk in so many is tried after the first ones, and as many are needed to tell. */
const every = 100
const enough = 5

/** Content that shrinks less than this is not worth compressing. */
const worthwhile = 0.75

/** Finds out by samples whether what is sent to a server would shrink. */
export class Compressibility {
  #seen = 0
  #tried = 0
  #before = 0
  #after = 0

  note(bytes: Buffer): void {
    this.#seen += 1
    if (bytes.length === 0 || (this.#seen % every !== 0 && this.#tried >= enough)) return
    this.#tried += 1
    this.#before += bytes.length
    this.#after += deflateRawSync(bytes, { level: 1 }).length
  }

  get isWorthwhile(): boolean {
    return this.#tried >= enough && this.#after < this.#before * worthwhile
  }
}
