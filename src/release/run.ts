import type { Settings } from '../inputs/settings'
import type { Log } from './log'
import type { ReleaseRecord } from './record'

/** One run of the action: what it is asked to do, where it tells of it, and how it is told to stop. */
export interface Run {
  readonly settings: Settings
  readonly log: Log
  readonly record: ReleaseRecord
  /** Hears of a release that begins; the release does not wait for it. */
  readonly announce: (release: Announced) => void
  /** Aborted, with a DeployError as the reason, when the runner cancels the job. */
  readonly signal: AbortSignal
}

/** A release that begins. */
export interface Announced {
  readonly releaseId: string
  readonly app: string
  readonly version: string
  /** Host and folder of the app. */
  readonly target: string
}
