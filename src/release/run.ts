import type { Settings } from '../inputs/settings'
import type { Log } from './log'
import type { ReleaseRecord } from './record'

/** One run of the action: what it is asked to do, where it tells of it, and how it is told to stop. */
export interface Run {
  readonly settings: Settings
  readonly log: Log
  readonly record: ReleaseRecord
  /** Aborted, with a DeployError as the reason, when the runner cancels the job. */
  readonly signal: AbortSignal
}
