import type { LoginCourse } from './login'
import type { Open } from './line'
import type { Session } from './port'
import { farMs, type Load, type Width } from './width'

/** A server refuses strangers beyond so many at once: OpenSSH's MaxStartups begins to at ten. */
const mostStrangers = 4

/**
 * Connections that are opened while the first one still logs in. They send no secret before it is in, so a wrong one is
 * tried just once.
 */
export class Followers {
  /** For the login of the first connection. */
  readonly leader: LoginCourse
  readonly #open: Open
  readonly #width: Width
  readonly #opening: Promise<Session>[] = []
  readonly #admitted: Promise<void>
  #refuse: (reason: unknown) => void = () => undefined
  #isOver = false

  /** @param expected what they will be worth having for, when that is known */
  constructor(open: Open, width: Width, expected: Promise<Load>) {
    this.#open = open
    this.#width = width
    let onAdmitted: () => void = () => undefined
    this.#admitted = new Promise<void>((resolve, reject) => {
      onAdmitted = resolve
      this.#refuse = reject
    })
    this.#admitted.catch(() => undefined)
    const onRoundTrip = (ms: number): void => {
      void expected.then(load => {
        this.#follow(load, ms)
      })
    }
    this.leader = { onRoundTrip, onAdmitted }
  }

  /** Those that are on their way; no more are opened. */
  handOver(): Promise<Session>[] {
    this.#isOver = true
    return this.#opening
  }

  /** Gives them up: the first one did not come about. */
  dismiss(reason: unknown): void {
    this.#refuse(reason)
    for (const opening of this.handOver()) {
      void opening.then(
        session => session[Symbol.asyncDispose](),
        () => undefined
      )
    }
  }

  #follow(load: Load, roundTripMs: number): void {
    if (this.#isOver || roundTripMs < farMs) return
    const wanted = Math.min(this.#width(load, roundTripMs), mostStrangers)
    for (let count = 1; count < wanted; count += 1) {
      const opening = this.#open(false, { mayLogIn: this.#admitted })
      // Heard of by whoever they are handed over to.
      opening.catch(() => undefined)
      this.#opening.push(opening)
    }
  }
}
