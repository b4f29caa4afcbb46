import { cancelLikeRunner, type Kill } from '../../../scripts/as-runner.mjs'
import type { Steps } from './steps'
import type { Strike } from './strikes'

/** This part of a run is what it does before its first step on the site. */
const BEFORE_STEPS = 0.1

/** Waits for its moment and kills. */
export class Trigger {
  /** The phase at the moment of the kill; undefined while there was none. */
  phase: string | undefined
  readonly #strike: Strike
  readonly #steps: Steps
  readonly #met = new Map<string, number>()
  #count = 0
  #log = ''
  #kill: Kill | undefined
  #unfollow: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #cancelling: Promise<unknown> | undefined

  constructor(strike: Strike, steps: Steps) {
    this.#strike = strike
    this.#steps = steps
  }

  /** The run has begun, and can be killed. */
  arm(kill: Kill): void {
    this.#kill = kill
    this.#unfollow = this.#steps.follow(step => {
      this.#meet(step)
    })
  }

  /** The run has said something. */
  hear(text: string): void {
    const { moment, scenario } = this.#strike
    const isFirst = this.#log === ''
    this.#log += text
    if (!isFirst || 'step' in moment || moment.part >= BEFORE_STEPS) return
    this.#fireIn(scenario.milliseconds.before * (moment.part / BEFORE_STEPS))
  }

  /** The run has ended. */
  async disarm(): Promise<void> {
    this.#kill = undefined
    clearTimeout(this.#timer)
    this.#unfollow?.()
    await this.#cancelling
  }

  #meet(step: string): void {
    const { moment, scenario } = this.#strike
    const count = (this.#met.get(step) ?? 0) + 1
    this.#met.set(step, count)
    this.#count += 1
    if ('step' in moment) {
      if (moment.step === `${step} #${count}`) this.#fire()
    } else if (moment.part >= BEFORE_STEPS) {
      // Steps are counted, since their time is another one at each run; between two of them it goes by time.
      const due = ((moment.part - BEFORE_STEPS) / (1 - BEFORE_STEPS)) * scenario.allSteps
      if (this.#count === Math.floor(due) + 1) {
        this.#fireIn((due % 1) * (scenario.milliseconds.steps / scenario.allSteps))
      }
    }
  }

  #fireIn(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#fire()
    }, milliseconds)
  }

  #fire(): void {
    const kill = this.#kill
    if (!kill || this.phase !== undefined || !kill(0)) return
    this.phase = phaseIn(this.#log)
    const { signal } = this.#strike.way
    if (signal === 'cancel') this.#cancelling = cancelLikeRunner(kill)
    else kill(signal)
  }
}

/** The group that a log is in, or the last one. */
function phaseIn(log: string): string {
  return [...log.matchAll(/^::group::(.+)$/gm)].at(-1)?.[1] ?? '(before the first)'
}
