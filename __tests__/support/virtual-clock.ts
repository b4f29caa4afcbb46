import { setImmediate as later } from 'node:timers/promises'

/** A clock that stands still while anything works, and jumps to the next sleeper when all sleep. */
export class VirtualClock {
  #now = 0
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()

  readonly now = (): number => this.#now

  /** @throws the reason of `stop` */
  readonly sleep = async (ms: number, stop: AbortSignal): Promise<void> => {
    stop.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const end = (): void => {
        this.#sleepers.delete(sleeper)
        stop.removeEventListener('abort', give)
      }
      const give = (): void => {
        end()
        reject(stop.reason as Error)
      }
      const wake = (): void => {
        end()
        resolve()
      }
      const sleeper = { at: this.#now + ms, wake }
      this.#sleepers.add(sleeper)
      stop.addEventListener('abort', give)
    })
  }

  /** Lets time go by until some work is done, however it ends. */
  async run<T>(work: Promise<T>): Promise<T> {
    const state = { isDone: false }
    const end = (): void => {
      state.isDone = true
    }
    void work.then(end, end)
    for (;;) {
      await later()
      if (state.isDone) return work
      const next = [...this.#sleepers].sort((a, b) => a.at - b.at)[0]
      if (!next) throw new Error('Nobody sleeps, and the work is not done.')
      this.#now = next.at
      next.wake()
    }
  }
}
