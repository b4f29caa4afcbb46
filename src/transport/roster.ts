/**
 * Who is in, of whom thousands come and go. A Set would keep them all: V8 gives it a new table every few hundred of them,
 * to which the old one points; and what an old table in the old generation points to outlives every collection but a
 * full one, with all that it holds.
 */
export class Roster<T extends object> {
  readonly #places: (T | undefined)[] = []
  readonly #free: number[] = []

  /** How many are in. */
  get size(): number {
    return this.#places.length - this.#free.length
  }

  /** @returns the place to leave */
  enter(item: T): number {
    const place = this.#free.pop() ?? this.#places.length
    this.#places[place] = item
    return place
  }

  /** Does nothing where the place is not this one's any more. */
  leave(place: number, item: T): void {
    if (this.#places[place] !== item) return
    this.#places[place] = undefined
    this.#free.push(place)
  }

  /** Lets all leave. */
  clear(): void {
    this.#places.length = 0
    this.#free.length = 0
  }

  /** Those that are in, in no particular order. */
  *[Symbol.iterator](): Iterator<T> {
    for (const item of this.#places) if (item !== undefined) yield item
  }
}
