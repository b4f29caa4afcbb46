import { isBroken } from '../transport/network-error'
import type { Reading } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import { readBytes } from './read-bytes'

/** Who holds a lock. */
export interface LockOwner {
  /** For people: `acme/sales, run 17, attempt 1, job deploy`. */
  readonly name: string
  readonly runUrl: string | undefined
  /** Repository and run: the same for all attempts. */
  readonly githubRun: string | undefined
  readonly attempt: number
}

/** What a lock says of its holder. */
export interface Holder extends LockOwner {
  readonly takenAt: string
  readonly renewEveryMs: number
}

/** Every holder renews at least so often. */
export const longestRenewalMs = 30_000

/** @returns undefined where the file does not say, or is not there any more */
export async function readHolder(transport: Reading, folder: string, file: string): Promise<Holder | undefined> {
  try {
    const value = JSON.parse((await readBytes(transport, joinRemote(folder, file))).toString()) as Partial<Holder>
    if (typeof value.name !== 'string' || typeof value.renewEveryMs !== 'number') return undefined
    return value as Holder
  } catch (error) {
    if (isBroken(error)) throw error
    // It is renewed at this moment, or its holder was stopped while he wrote it.
    return undefined
  }
}

/** For people, also where it is not known who he is. */
export function describeHolder(holder: Holder | undefined): string {
  if (!holder) return 'another run'
  return `${holder.name} since ${holder.takenAt}${holder.runUrl === undefined ? '' : ` (${holder.runUrl})`}`
}
