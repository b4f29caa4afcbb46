import { setTimeout as sleep } from 'node:timers/promises'
import type { DeployError } from '../errors'
import type { Connection } from './connection'
import { Followers, type Ahead } from './followers'
import type { LoginCourse } from './login'
import { isBroken, isPassing } from './network-error'
import { Pool } from './pool'
import type { Session } from './port'
import { doOn, unlessAborted } from './stoppable'
import type { Load, Width } from './width'

/** How often and how patiently something is tried again. */
export interface Patience {
  /** Tries after the first one. */
  readonly retries: number
  /** Milliseconds before the first of them; doubled each time, with jitter. */
  readonly pauseMs: number
  /** Hears of each, in a sentence. */
  readonly say: (text: string) => void
  /** Hears of what is no failure; as `say`, unless it is given. */
  readonly note?: (text: string) => void
}

/** One thing to be done on a connection. */
export interface Operation<T> {
  readonly act: (session: Session) => Promise<T>
  /** Asked on another connection when one broke in the middle: was it done all the same? */
  readonly settle?: ((session: Session) => Promise<{ readonly result: T } | undefined>) | undefined
  /** Which failures are worth another try. */
  readonly mayPass: (error: unknown) => boolean
  /** What it sends. */
  readonly bytes: number
}

/** How often a failure is forgiven that came after others had succeeded on the same connection. */
const forgiveness = 20

const longestPauseMs = 15_000

/** After connecting was given up, how long each further operation tries it just once. */
const resignedMs = 60_000

/** Opens a connection, with one try. */
export type Open = (isCompressed: boolean, course?: LoginCourse) => Promise<Session>

const oneConnection: Width = () => 1
const nothingKnown: Ahead = { expected: new Promise<Load>(() => undefined), most: 1 }

/** The line to a server: its connections, which are made anew when they break, and work that is repeated then. */
export class Line implements AsyncDisposable {
  readonly #pool: Pool
  readonly #patience: Patience
  /** When connecting anew was given up the last time. */
  #failedAt = -Infinity
  /** Connections in a row on which nothing came to its end. */
  #barren = 0

  private constructor(
    first: Session,
    others: readonly Promise<Session>[],
    open: Open,
    patience: Patience,
    width: Width
  ) {
    this.#patience = patience
    const say = patience.note ?? patience.say
    this.#pool = new Pool(first, others, {
      open,
      reopen: isCompressed => this.#reopen(() => open(isCompressed)),
      width,
      say
    })
  }

  /**
   * Connects for the first time, with the same patience.
   *
   * @param width how many connections there may be; one unless said
   * @param ahead where that is known early, others are opened beside the first one
   * @throws DeployError of the last try, or the signal's reason
   */
  static async connect(
    open: Open,
    patience: Patience,
    signal?: AbortSignal,
    width = oneConnection,
    ahead = nothingKnown
  ): Promise<Line> {
    const openFirst = async (): Promise<{ first: Session; followers: Followers }> => {
      signal?.throwIfAborted()
      const followers = new Followers(open, width, ahead)
      try {
        return { first: await open(false, followers.leader), followers }
      } catch (error) {
        followers.dismiss(error)
        throw error
      }
    }
    const { first, followers } = await unlessAborted(openPatiently(openFirst, patience), signal)
    return new Line(first, followers.handOver(), open, patience, width)
  }

  /** A connection, for what is the same on all: root, description, the length of a round trip. */
  get session(): Session {
    return this.#pool.session
  }

  /** How many operations are worth starting side by side. */
  get inFlight(): number {
    return this.#pool.inFlight
  }

  /** Opens ahead of it what a load will be worth. */
  expect(load: Load): void {
    this.#pool.expect(load)
  }

  /** Hears of bytes that the server has confirmed. */
  noteSent(bytes: number): void {
    this.#pool.noteSent(bytes)
  }

  /**
   * Does something on a connection, and again after a failure that may pass.
   *
   * @param signal ends the tries; what is under way ends by itself, or by dropStopped
   */
  async run<T>({ act, settle, mayPass, bytes }: Operation<T>, signal: AbortSignal | undefined): Promise<T> {
    const isStoppable = signal !== undefined
    let isUnsure = false
    let failures = 0
    let forgiven = 0
    for (;;) {
      signal?.throwIfAborted()
      const begun = this.#pool.begin(isStoppable, bytes, signal)
      const connection = begun instanceof Promise ? await begun : begun
      try {
        const settled = isUnsure ? await settle?.(connection.session) : undefined
        const result = settled ? settled.result : await doOn(connection, act, isStoppable)
        this.#pool.noteSuccess(connection)
        return result
      } catch (error) {
        signal?.throwIfAborted()
        if (!mayPass(error) || this.#pool.isClosed) throw error
        const isForgivable = isBroken(error) && connection.done > 0 && forgiven < forgiveness
        if (isForgivable) forgiven += 1
        else failures += 1
        if (failures > this.#patience.retries) throw error
        if (isBroken(error)) {
          isUnsure = true
          this.#lose(connection, error as DeployError)
        } else {
          await this.#pause(error as DeployError, failures, signal)
        }
      } finally {
        this.#pool.end(connection, bytes)
      }
    }
  }

  /** Ends at once what is under way and was told to stop so long ago. */
  dropStopped(sinceMs: number): void {
    this.#pool.dropStopped(sinceMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close()
  }

  async #reopen(open: () => Promise<Session>): Promise<Session> {
    // A server that breaks each connection at once is not asked for more and more of them.
    if (this.#barren > 0) await sleep(pauseBefore(this.#barren, this.#patience))
    const isResigned = Date.now() - this.#failedAt < resignedMs
    try {
      return await openPatiently(open, isResigned ? { ...this.#patience, retries: 0 } : this.#patience)
    } catch (error) {
      this.#failedAt = Date.now()
      throw error
    }
  }

  #lose(connection: Connection, error: DeployError): void {
    if (!this.#pool.lose(connection)) return
    this.#barren = connection.done > 0 ? 0 : this.#barren + 1
    this.#patience.say(
      `${error.message} ${this.#pool.isCut ? 'Connecting anew.' : 'Going on over another connection.'}`
    )
  }

  async #pause(error: DeployError, failures: number, signal: AbortSignal | undefined): Promise<void> {
    const pause = pauseBefore(failures, this.#patience)
    this.#patience.say(`${error.message} Trying again in ${(pause / 1000).toFixed(1)} s.`)
    await sleep(pause, undefined, { signal })
  }
}

/** Connecting fails for good at once when name, key, certificate or password are wrong. */
async function openPatiently<T>(open: () => Promise<T>, patience: Patience): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await open()
    } catch (error) {
      if (!isPassing(error) || failures > patience.retries) throw error
      const pause = pauseBefore(failures, patience)
      const { message } = error as DeployError
      patience.say(`${message} Connecting again in ${(pause / 1000).toFixed(1)} s.`)
      await sleep(pause)
    }
  }
}

/** Doubled each time; the jitter keeps runs that failed together from coming back together. */
function pauseBefore(failures: number, { pauseMs }: Patience): number {
  return Math.min(pauseMs * 2 ** (failures - 1), longestPauseMs) * (0.5 + Math.random())
}
