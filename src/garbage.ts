/** What this process holds, in bytes. */
export interface Usage {
  /** In V8's heap. */
  readonly heap: number
  /** In buffers outside of it. */
  readonly external: number
}

/** A young collection frees the buffers of what has come and gone; a full one also what got old meanwhile. */
export type Collection = 'minor' | 'major'

const mega = 1024 * 1024

/** What is in use and what is garbage may be so much together; but of garbage so little is never worth a full collection. */
const ceiling = 90 * mega
const leastGarbage = 12 * mega

/** From here on a young collection pays when so much of buffers is garbage. */
const muchOfBoth = 64 * mega
const muchExternal = 6 * mega

/** Decides when garbage is to be collected, by what has come to what the last collection left. */
export class Garbage {
  #externalLeft = Infinity
  #bothLeft = Infinity

  /** Also hears of what V8 has collected by itself. */
  due({ heap, external }: Usage): Collection | undefined {
    const both = heap + external
    this.#externalLeft = Math.min(this.#externalLeft, external)
    this.#bothLeft = Math.min(this.#bothLeft, both)
    if (both > Math.max(ceiling, this.#bothLeft + leastGarbage)) return 'major'
    if (both > muchOfBoth && external > this.#externalLeft + muchExternal) return 'minor'
    return undefined
  }

  /** What a collection has left. */
  left(by: Collection, { heap, external }: Usage): void {
    this.#externalLeft = external
    if (by === 'major') this.#bothLeft = heap + external
  }
}
