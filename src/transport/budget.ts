/**
 * Something of which only so much may be in use at once: bytes in memory, open files. Who finds none left waits in turn.
 */
export class Budget {
  readonly #waiting: { readonly amount: number; readonly go: () => void }[] = []
  #left: number

  constructor(amount: number) {
    this.#left = amount
  }

  /** Takes what is needed if something is left, without waiting; more than is left, rather than never. */
  takeNow(amount: number): boolean {
    if (this.#waiting.length > 0 || this.#left <= 0) return false
    this.#left -= amount
    return true
  }

  /** The same, and waits until something is left. */
  async take(amount: number): Promise<void> {
    if (this.takeNow(amount)) return
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
