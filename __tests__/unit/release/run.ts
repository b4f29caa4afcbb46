import type { Settings } from '../../../src/inputs/settings'
import type { ClaimNote } from '../../../src/release/claim'
import type { Log } from '../../../src/release/log'
import { newRecord, type ReleaseRecord } from '../../../src/release/record'
import type { Run } from '../../../src/release/run'
import { settings } from '../../support/settings'

export const target = 'sales'

/** How a run in memory ended. */
export interface Ended {
  readonly record: ReleaseRecord
  readonly error: unknown
  /** What the post step would find of a lock. */
  readonly claim: ClaimNote | undefined
  readonly said: readonly string[]
}

/** A run that tells what it says, and how it ends. */
export function runOf(given: Partial<Settings>, signal: AbortSignal): Run & { ended: () => Omit<Ended, 'error'> } {
  const record = newRecord(new Date())
  const said: string[] = []
  let claim: ClaimNote | undefined
  const log: Log = {
    info: text => void said.push(text),
    warning: text => void said.push(text),
    plan: () => undefined,
    remember: note => {
      claim = note
    },
    phase: (name, work) => {
      if (name !== 'Undo the switch') signal.throwIfAborted()
      return work()
    },
    progress: () => ({ bytes: () => undefined, file: () => undefined, end: () => undefined })
  }
  const all = settings({ cloudAppTarget: target, retries: 0, ...given })
  return { settings: all, log, record, signal, announce: () => undefined, ended: () => ({ record, claim, said }) }
}
