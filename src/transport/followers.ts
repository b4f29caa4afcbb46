import type { LoginCourse } from './login'
import type { Open } from './line'
import type { Session } from './port'
import { farMs, type Load, type Width } from './width'

/** What is known of connections before the first one is in. */
export interface Ahead {
  /** What they will be worth having for, when that is known. */
  readonly expected: Promise<Load>
  /** How many there may be by then, the first one among them. */
  readonly most: number
}

/**
 * Connections that are opened while the first one still logs in. They send no secret before it is in, so a wrong one is
 * tried just once.
 */
export class Followers {
  /** For the login of the first connection. */
  readonly leader: LoginCourse
  readonly #open: Open
  readonly #width: Width
  readonly #most: number
  readonly #opening: Promise<Session>[] = []
  readonly #admitted: Promise<void>
  #refuse: (reason: unknown) => void = () => undefined
  #isOver = false

  constructor(open: Open, width: Width, { expected, most }: Ahead) {
    this.#open = open
    this.#width = width
    this.#most = most
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
    const wanted = Math.min(this.#width(load, roundTripMs), this.#most)
    for (let count = 1; count < wanted; count += 1) {
      const opening = this.#open(false, { mayLogIn: this.#admitted })
      // Heard of by whoever they are handed over to.
      opening.catch(() => undefined)
      this.#opening.push(opening)
    }
  }
}
