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

/** Buffers that are garbage, beyond which a young collection pays. */
const enoughExternal = 6 * mega

/**
 * Garbage beyond which a full collection pays: less of it where much is in use, so that both together keep below a ceiling,
 * but never so little that nothing else is done.
 */
const mostGarbage = 24 * mega
const leastGarbage = 12 * mega
const ceiling = 96 * mega

/** Decides when garbage is to be collected, by what has come to what the last collection left. */
export class Garbage {
  #externalLeft = Infinity
  #bothLeft = Infinity

  /** Also hears of what V8 has collected by itself. */
  due({ heap, external }: Usage): Collection | undefined {
    const both = heap + external
    this.#externalLeft = Math.min(this.#externalLeft, external)
    this.#bothLeft = Math.min(this.#bothLeft, both)
    const bearable = Math.max(leastGarbage, Math.min(mostGarbage, ceiling - this.#bothLeft))
    if (both - this.#bothLeft > bearable) return 'major'
    if (external - this.#externalLeft > enoughExternal) return 'minor'
    return undefined
  }

  /** What a collection has left. */
  left(by: Collection, { heap, external }: Usage): void {
    this.#externalLeft = external
    if (by === 'major') this.#bothLeft = heap + external
  }
}
