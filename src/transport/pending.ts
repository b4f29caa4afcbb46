import { Roster } from './roster'

/** Node's callback: an error, or what was asked for. */
export type Callback<T> = (error: Error | null | undefined, value?: T) => void

/**
 * Requests that wait for an answer on one connection. ssh2 never calls back for a request that is made after a break,
 * or while the line is silent, so every request is registered here and fails with the connection.
 */
export class Pending {
  readonly #ends = new Roster<(error: Error) => void>()
  readonly #watch: NodeJS.Timeout
  #failure: Error | undefined
  #lastSign = Date.now()
  #shortestMs = Infinity

  /**
   * @param timeoutMs silence, while requests wait, after which `onSilence` is called
   * @param onSilence gives up the connection and calls fail()
   */
  constructor(timeoutMs: number, onSilence: () => void) {
    this.#watch = setInterval(
      () => {
        if (this.#ends.size > 0 && Date.now() - this.#lastSign > timeoutMs) onSilence()
      },
      Math.min(1000, timeoutMs / 4)
    )
    this.#watch.unref()
  }

  /**
   * The shortest that an answer has taken, in milliseconds: about a round trip. Each of them takes longer while this
   * process has something else to do, as it has above all while it connects.
   */
  get shortestMs(): number {
    return this.#shortestMs
  }

  /** Starts a request and waits for its answer, or for the end of the connection. */
  ask<T>(request: (done: Callback<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const asked = performance.now()
      const place = this.enter(reject)
      const done: Callback<T> = (error, value) => {
        this.leave(place, reject)
        this.answered(asked, error)
        if (error) reject(error)
        else resolve(value as T)
      }
      try {
        request(done)
      } catch (error) {
        done(error as Error)
      }
    })
  }

  /**
   * Registers work whose requests follow one another.
   *
   * @param onEnd called with the reason when the connection ends
   * @returns the place to leave when the work is done
   * @throws the reason when it has ended already
   */
  enter(onEnd: (error: Error) => void): number {
    if (this.#failure) throw this.#failure
    if (this.#ends.size === 0) this.sign()
    return this.#ends.enter(onEnd)
  }

  leave(place: number, onEnd: (error: Error) => void): void {
    this.#ends.leave(place, onEnd)
  }

  /** Hears of an answer to what was asked at that time. */
  answered(asked: number, error: Error | null | undefined): void {
    this.sign()
    if (!error) this.#shortestMs = Math.min(this.#shortestMs, performance.now() - asked)
  }

  /** A sign of life from the other side. */
  sign(): void {
    this.#lastSign = Date.now()
  }

  /** Ends the connection's requests, those to come as well. The first reason stays. */
  fail(error: Error): void {
    this.#failure ??= error
    clearInterval(this.#watch)
    for (const end of [...this.#ends]) end(this.#failure)
    this.#ends.clear()
  }
}
