/**
 * Something of which only so much may be in use at once: bytes in memory, open files. Who finds none left waits in turn.
 */
export class Budget {
  readonly #waiting: { readonly amount: number; readonly go: () => void }[] = []
  #left: number

  constructor(amount: number) {
    this.#left = amount
  }

  /** Waits until something is left, and takes what it needs; more than is left, rather than never. */
  async take(amount: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#left > 0) {
      this.#left -= amount
      return
    }
    await new Promise<void>(go => {
      this.#waiting.push({ amount, go })
    })
  }

  /** Gives back; a negative amount makes the budget smaller for good. */
  give(amount: number): void {
    this.#left += amount
    while (this.#left > 0) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#left -= next.amount
      next.go()
    }
  }
}
