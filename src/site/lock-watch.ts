import type { Reading } from '../transport/port'
import { lockFilesIn, parseLockFile } from './lock-file'
import { describeHolder, longestRenewalMs, readHolder, type Holder, type LockOwner } from './lock-holder'

/** A lock as it was seen at one look. */
export interface LockSeen {
  /** Whose it is; undefined for one without a file. */
  readonly token: string | undefined
  /** For people. */
  readonly holder: string
  /** Has its holder said who he is, or had the time to? */
  readonly isHeld: boolean
  /** The file of a lock that may be taken over, empty for one without a file; undefined for a live one. */
  readonly stale: string | undefined
}

/** Renewals of a live holder that a waiting run must have missed before it takes a lock over. */
const missedRenewals = 2.5

/** The same, of a holder that renews as seldom as any. */
export const longestSilenceMs = longestRenewalMs * missedRenewals

/** How long a folder without a file is left to its maker; one who comes later finds that he is not alone. */
const emptyMs = 5_000

/** Watches a lock that somebody else holds, to see whether he is alive. */
export class LockWatch {
  readonly #transport: Reading
  readonly #folder: string
  readonly #owner: LockOwner
  readonly #staleAfterMs: number
  #seen: { readonly file: string; readonly since: number } | undefined
  #record: Holder | undefined
  #looks = 0

  /** @param owner who watches */
  constructor(transport: Reading, folder: string, owner: LockOwner, staleAfterMs: number) {
    this.#transport = transport
    this.#folder = folder
    this.#owner = owner
    this.#staleAfterMs = staleAfterMs
  }

  /** Looks at the lock once. */
  async look(): Promise<LockSeen> {
    const now = Date.now()
    const file = (await lockFilesIn(this.#transport, this.#folder)).sort().at(-1) ?? ''
    const token = parseLockFile(file)?.token
    const isNewHolder = this.#seen === undefined || token !== parseLockFile(this.#seen.file)?.token
    if (this.#seen?.file !== file) this.#seen = { file, since: now }
    if (isNewHolder || this.#record === undefined) {
      this.#record = file === '' ? undefined : await readHolder(this.#transport, this.#folder, file)
    }
    this.#looks += 1
    return {
      token,
      holder: describeHolder(this.#record),
      // At the first look its holder may just be about to write who he is.
      isHeld: this.#record !== undefined || this.#looks > 1,
      stale: this.#isStale(file, now, now - this.#seen.since) ? file : undefined
    }
  }

  /**
   * Clocks of two machines may differ, so the age in a lock's name is not enough: a renewal must have failed to come
   * while this run looked on.
   *
   * @param watchedMs for how long the file has had this name, by this run's clock
   */
  #isStale(file: string, now: number, watchedMs: number): boolean {
    if (file === '') return watchedMs >= Math.min(emptyMs, this.#staleAfterMs)
    // A holder that renews less often than this run would wait is not dead yet.
    if (watchedMs >= Math.max(this.#staleAfterMs, (this.#record?.renewEveryMs ?? 0) * missedRenewals)) return true
    const isOld = now - (parseLockFile(file)?.renewedAt ?? now) > this.#staleAfterMs || this.#isOver()
    return isOld && watchedMs >= (this.#record?.renewEveryMs ?? longestRenewalMs) * missedRenewals
  }

  /** GitHub starts another attempt of a run only when the one before has ended. */
  #isOver(): boolean {
    const { githubRun, attempt } = this.#owner
    return githubRun !== undefined && this.#record?.githubRun === githubRun && this.#record.attempt < attempt
  }
}
