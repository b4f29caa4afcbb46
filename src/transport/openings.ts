import { messageOf } from '../errors'
import type { Session } from './port'

/** Who wants connections. */
interface Host {
  /** How many it has. */
  readonly count: () => number
  /** Does it take no more? */
  readonly isClosed: () => boolean
  /** Gets another one. */
  readonly take: (session: Session) => void
  /** Hears of what is worth knowing, in a sentence. */
  readonly say: (text: string) => void
}

/**
 * Connections that are on their way to a server. One that lets no more in is no failure: those that it has let in go on.
 */
export class Openings {
  readonly #host: Host
  #count = 0
  #most = Infinity
  /** Why the server let no more in, until that is said. */
  #refusal: unknown

  constructor(host: Host) {
    this.#host = host
  }

  /** How many are on their way. */
  get count(): number {
    return this.#count
  }

  /** Connections that the server has shown to let in. */
  get most(): number {
    return this.#most
  }

  /** Waits for one, and hands it over. */
  async add(opening: Promise<Session>): Promise<void> {
    const host = this.#host
    this.#count += 1
    try {
      const session = await opening
      // Opened ahead of a load that the server's limits have since made smaller, or for a run that is over.
      if (host.isClosed() || host.count() >= this.#most) await session[Symbol.asyncDispose]()
      else host.take(session)
    } catch (error) {
      this.#refusal = error
    } finally {
      this.#count -= 1
    }
    if (this.#refusal !== undefined) this.#refused(this.#refusal)
  }

  /** Refusing is quicker than letting in, so those that are still on their way count as let in until they are not. */
  #refused(error: unknown): void {
    const most = Math.max(1, this.#host.count() + this.#count)
    if (this.#host.isClosed() || most > this.#most) {
      this.#refusal = undefined
      return
    }
    this.#most = most
    if (this.#count > 0) return
    this.#refusal = undefined
    this.#host.say(
      `Going on with ${most === 1 ? 'one connection' : `${most} connections`}; another one failed: ${messageOf(error)}`
    )
  }
}
