import { setTimeout as sleep } from 'node:timers/promises'
import { DeployError } from '../errors'
import type { SessionAnswer, SessionSource } from '../web-api/sessions'
import type { Log } from './log'
import { OwnSessions, type Split } from './own-sessions'
import type { DrainRecord, ReleaseRecord } from './record'

/** What is watched, and how. */
export interface Watched {
  readonly sessions: SessionSource
  /** Names that the app's sessions may have; undefined = all sessions count, whoever's they are. */
  readonly names: readonly string[] | undefined
  readonly drain: DrainRecord
  readonly record: Pick<ReleaseRecord, 'sessionsRemaining'>
  readonly log: Log
  readonly signal: AbortSignal
  /** Looks whether the side has become live meanwhile. @throws DeployError when it has; `isLast` when it is not to be known */
  readonly look: (isLast: boolean) => Promise<void>
}

/**
 * How long to wait between two calls. The template limits calls to /health* alone, to 100 in 15 minutes and 1000 in 12 hours
 * (docs/powerserver.md §6); who has extended that to all paths is served as well.
 *
 * @param elapsedMs since the first call
 */
export function pauseAfter(elapsedMs: number): number {
  return elapsedMs < 15 * 60_000 ? 10_000 : 50_000
}

/** The time, which passes faster in tests. */
export interface Clock {
  /** In milliseconds. */
  now(): number
  /** @throws the signal's reason */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal })
}

/** Follows the number of sessions of Web APIs. */
export class SessionWatch {
  readonly #given: Watched
  readonly #own: OwnSessions
  readonly #clock: Clock
  readonly #startedAt: number
  #isShared = false
  #last: Split | undefined
  /** Of the last answer that told no number; undefined after one that did. */
  #state: string | undefined
  #said = ''
  #isForeignSaid = false

  constructor(given: Watched, clock = realClock) {
    this.#given = given
    this.#clock = clock
    this.#startedAt = clock.now()
    this.#own = new OwnSessions(given.names ?? [])
  }

  /**
   * Waits until no session is left.
   *
   * @param timeoutMs 0 = asks once
   * @returns whether the side turned out to be retired already
   * @throws DeployError `sessions-remain`, `sessions-unreadable`, those of Sessions and of `look`; the signal's reason
   */
  async untilEmpty(timeoutMs: number): Promise<boolean> {
    const { signal, look } = this.#given
    const deadline = this.#startedAt + timeoutMs
    for (;;) {
      const askedAt = this.#clock.now()
      await look(false)
      const answer = await this.ask(askedAt >= deadline, Math.max(10_000, Math.min(100_000, deadline - askedAt)))
      if (answer.kind === 'unknown' && answer.isRetired) return true
      if (answer.kind === 'known' && answer.value.awaited === 0) {
        // Somebody may have switched back since.
        await look(true)
        return false
      }
      if (askedAt >= deadline) throw this.#notEmpty(timeoutMs)
      const waitMs = Math.max(pauseAfter(askedAt - this.#startedAt), answer.kind === 'unknown' ? answer.waitMs : 0)
      await this.#clock.sleep(Math.max(0, Math.min(deadline, askedAt + waitMs) - this.#clock.now()), signal)
    }
  }

  /**
   * Asks once, and notes what it hears.
   *
   * @param isClose asks more closely, for the last word
   */
  async ask(isClose: boolean, timeoutMs: number): Promise<SessionAnswer<Split>> {
    const { drain, record, log } = this.#given
    const answer = await this.#count(isClose, timeoutMs)
    if (answer.kind === 'unknown') {
      const { state, isRetired } = answer
      record.sessionsRemaining = isRetired ? 0 : undefined
      this.#state = state
      this.#say(isRetired ? 'They are retired already.' : `Not known for now: ${state}`)
      return answer
    }
    const { awaited, others } = answer.value
    drain.samples.push({ atMs: this.#clock.now() - this.#startedAt, awaited, others })
    record.sessionsRemaining = awaited
    this.#say(`${inWords(awaited)}${others > 0 ? `, and ${others} of other apps` : ''}`)
    if (this.#last && awaited > this.#last.awaited) {
      log.info(
        `The number has risen from ${this.#last.awaited} to ${awaited}: somebody still starts there, by an apprun.json in a cache or a URL of their own.`
      )
    }
    this.#last = answer.value
    this.#state = undefined
    return answer
  }

  /** One call where one is enough: of several apps the list, else the number, and the list again when the number rises. */
  async #count(isClose: boolean, timeoutMs: number): Promise<SessionAnswer<Split>> {
    const { sessions, names, signal } = this.#given
    if (names !== undefined && this.#isShared) {
      const list = await sessions.applications(signal, timeoutMs)
      return list.kind === 'known' ? { kind: 'known', value: this.#splitOf(list.value) } : list
    }
    const count = await sessions.count(signal, timeoutMs)
    if (count.kind === 'unknown') return count
    const all = { awaited: count.value, others: 0 }
    const isNew = this.#last === undefined || count.value > this.#last.awaited
    if (names === undefined || count.value === 0 || !(isNew || isClose)) {
      return { kind: 'known', value: all }
    }
    const list = await this.#listOrNothing(timeoutMs)
    return { kind: 'known', value: list ? this.#splitOf(list) : all }
  }

  /** The number is known already, so whatever is wrong with the list, all sessions count. */
  async #listOrNothing(timeoutMs: number): Promise<readonly string[] | undefined> {
    const { sessions, signal } = this.#given
    try {
      const list = await sessions.applications(signal, timeoutMs)
      return list.kind === 'known' ? list.value : undefined
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof DeployError && error.reasonCode === 'management-api-off') return undefined
      throw error
    }
  }

  #splitOf(applications: readonly string[]): Split {
    const split = this.#own.split(applications)
    this.#isShared = !this.#own.isAlone(applications)
    const areAllForeign = this.#isShared && split.others === 0 && split.awaited > 0 && !this.#isForeignSaid
    if (areAllForeign && new Set(applications).size > 1) {
      this.#isForeignSaid = true
      this.#given.log.info(
        `The sessions are of ${[...new Set(applications)].sort().slice(0, 10).join(', ')}; none of these is known for this app, so all of them count.`
      )
    }
    return split
  }

  #say(text: string): void {
    if (text !== this.#said) this.#given.log.info(text)
    this.#said = text
  }

  #notEmpty(timeoutMs: number): DeployError {
    const { sessions, names } = this.#given
    const after = timeoutMs === 0 ? '' : ` after ${timeoutMs / 1000} s`
    if (this.#state !== undefined) {
      return new DeployError(
        'sessions-unreadable',
        `It is not known${after} how many sessions ${sessions.url} has: ${this.#state}.`,
        'Open the URL. Web APIs that do not run have no session, and need no drain; for some that are started now and then, run the job again.'
      )
    }
    const left = this.#last?.awaited ?? 0
    return new DeployError(
      'sessions-remain',
      `${sessions.url} still has ${inWords(left)}${after}${names === undefined ? '' : ' of this app'}.`,
      'Run the job again later: nothing was changed, and users on this side go on working. A client that broke down leaves its session for as long as the session timeout, an hour by default, so a drain-timeout below that is often too short.'
    )
  }
}

function inWords(count: number): string {
  return count === 1 ? '1 session' : `${count} sessions`
}
