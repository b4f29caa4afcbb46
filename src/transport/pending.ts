import { Roster } from './roster'

/** Node's callback: an error, or what was asked for. */
export type Callback<T> = (error: Error | null | undefined, value?: T) => void

/**
 * Requests that wait for an answer on one connection. ssh2 never calls back for a request that is made after a break,
 * or while the line is silent, so every request is registered here and fails with the connection.
 */
export class Pending {
  readonly #rejects = new Roster<(error: Error) => void>()
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
        if (this.#rejects.size > 0 && Date.now() - this.#lastSign > timeoutMs) onSilence()
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
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#rejects.size === 0) this.sign()
    // Three for each file: what an async function keeps besides its promise adds up.
    return new Promise<T>((resolve, reject) => {
      const asked = performance.now()
      const place = this.#rejects.enter(reject)
      const done: Callback<T> = (error, value) => {
        this.#rejects.leave(place, reject)
        this.sign()
        if (error) {
          reject(error)
          return
        }
        this.#shortestMs = Math.min(this.#shortestMs, performance.now() - asked)
        resolve(value as T)
      }
      try {
        request(done)
      } catch (error) {
        done(error as Error)
      }
    })
  }

  /** A sign of life from the other side. */
  sign(): void {
    this.#lastSign = Date.now()
  }

  /** Ends the connection's requests, those to come as well. The first reason stays. */
  fail(error: Error): void {
    this.#failure ??= error
    clearInterval(this.#watch)
    for (const reject of this.#rejects) reject(this.#failure)
    this.#rejects.clear()
  }
}
