/** Work that may begin before its turn, and is waited for when its turn has come. */
export class Ahead<T> {
  readonly #work: () => Promise<T>
  #begun: Promise<T> | undefined

  constructor(work: () => Promise<T>) {
    this.#work = work
  }

  get isBegun(): boolean {
    return this.#begun !== undefined
  }

  /** Begins, unless it has begun. */
  begin(): void {
    // What it fails with is heard by whoever asks for its result.
    this.result().catch(() => undefined)
  }

  /** What it gives; it begins now, unless it has begun. */
  result(): Promise<T> {
    this.#begun ??= this.#work()
    return this.#begun
  }

  /** Waits for its end, however it ends; if it has begun. */
  async settled(): Promise<void> {
    await this.#begun?.catch(() => undefined)
  }
}
