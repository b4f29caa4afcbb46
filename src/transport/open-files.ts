import { codeOf } from '../errors'
import { Budget } from './budget'
import { status } from './sftp-error'
import type { Handle } from './sftp-login'

/** What a server is trusted with that does not say: Windows' C runtime opens 512 files. */
const presumed = 256

/** Enough for all operations of a connection. */
const enough = 1000

/** Below so many open files it is not their number that a server fails at. */
const few = 8

/** The files and folders that are open on a connection, and how many may be. */
export class OpenFiles {
  /** How many the server lets be open, as far as it says. */
  readonly most: number
  readonly #budget: Budget
  #allowed: number
  #count = 0

  constructor(handle: Handle) {
    // ssh2 has asked the server for its limits@openssh.com, before all else.
    const { maxOpenHandles } = handle as Handle & { readonly maxOpenHandles?: number }
    // Infinite is what ssh2 makes of a limit that the server does not know either.
    this.most = Number.isFinite(maxOpenHandles) ? Math.min(enough, Math.max(1, Number(maxOpenHandles) - 4)) : presumed
    this.#allowed = this.most
    this.#budget = new Budget(this.most)
  }

  /** Counts another one, if one may be opened at once. */
  takeNow(): boolean {
    if (!this.#budget.takeNow(1)) return false
    this.#count += 1
    return true
  }

  /** Waits while too many are open. */
  async take(files = 1): Promise<void> {
    await this.#budget.take(files)
    this.#count += files
  }

  /** They are closed. */
  give(files = 1): void {
    this.#count -= files
    this.#budget.give(files)
  }

  /**
   * Counts one less, which the server has failed to open. One whose limit is lower than it says does so when many are
   * open, and is to be asked again when fewer are.
   *
   * @returns whether it is
   */
  failed(error: unknown): boolean {
    const count = this.#count
    this.give()
    if (codeOf(error) !== status.failure || count <= few) return false
    this.#allowOnly(Math.max(few, Math.floor(count / 2)))
    return true
  }

  #allowOnly(files: number): void {
    if (files >= this.#allowed) return
    this.#budget.give(files - this.#allowed)
    this.#allowed = files
  }
}
