import type { DeployError, ReasonCode } from '../errors'
import type { Command } from '../inputs/settings'
import type { Plan } from '../plan/plan'
import type { PhaseName } from './log'

export type Status = 'deployed' | 'unchanged' | 'planned' | 'skipped' | 'rolled-back' | 'drained' | 'failed'
export type SwitchGuarantee = 'atomic' | 'replaced'

/** What the gate decided, and about which pull request. */
export interface GateRecord {
  readonly reasonCode: ReasonCode | undefined
  /** For people: why it was skipped or planned only, or what a merge would lack. */
  readonly text: string
  readonly pullRequest?: { readonly number: number; readonly url: string; readonly title: string } | undefined
}

/** How many sessions there were at a time. */
export interface SessionSample {
  /** Milliseconds since the first one. */
  readonly atMs: number
  /** Those that are waited for. */
  readonly awaited: number
  /** Those of other apps, where these are not waited for. */
  readonly others: number
}

/** What is known of a drain. */
export interface DrainRecord {
  /** Of the Web APIs that are drained. */
  readonly url: string
  readonly samples: SessionSample[]
  /** Host and folder that has got `app_offline.htm`, or would get it. */
  retiredAt?: string | undefined
}

/**
 * What is known of a run so far. It is filled in as the run goes, so that the report is as complete as it can be on
 * every path.
 */
export interface ReleaseRecord {
  readonly startedAt: Date
  endedAt?: Date | undefined
  command?: Command | undefined
  status?: Status | undefined
  reasonCode?: ReasonCode | undefined
  error?: DeployError | undefined
  strategy?: string | undefined
  app?: string | undefined
  version?: string | undefined
  previousVersion?: string | undefined
  minimum?: string | undefined
  webApiUrl?: string | undefined
  previousWebApiUrl?: string | undefined
  /** Where the Web APIs are, where slots are used. */
  slot?: string | undefined
  previousSlot?: string | undefined
  appUrl?: string | undefined
  releasedAt?: Date | undefined
  /** Id of the release in the journal. */
  releaseId?: string | undefined
  notificationMessage?: string | undefined
  gate?: GateRecord | undefined
  /** Id of the GitHub deployment. */
  deploymentId?: number | undefined
  /** Of the workflow run. */
  runUrl?: string | undefined
  /** This action as `uses:` names it: `owner/repository@reference`. */
  actionRef?: string | undefined
  /** The plan is one of the build alone: nothing was connected to. */
  isLocalPlan?: boolean | undefined
  /** Inputs that the step needs that undoes this release, by name; secrets as expressions. */
  undoInputs?: Readonly<Record<string, string>> | undefined
  /** Where the parts went, as host and folder. */
  cloudAppAt?: string | undefined
  webApiAt?: string | undefined
  plan?: Plan | undefined
  drain?: DrainRecord | undefined
  /** Undefined where the last answer did not tell. */
  sessionsRemaining?: number | undefined
  switchGuarantee?: SwitchGuarantee | undefined
  filesUploaded: number
  bytesUploaded: number
  filesUnchanged: number
  filesKept: number
  filesDeleted: number
  /** How often something was tried again. */
  retries: number
  /** Kept files whose content is not the build's. */
  readonly keptDifferent: string[]
  readonly warnings: string[]
  /** The sites of a farm, and what became of each; undefined where there is one site of each kind. */
  members?: readonly { readonly name: string; readonly record: ReleaseRecord }[] | undefined
  readonly phases: { readonly name: PhaseName; readonly milliseconds: number; readonly failed: boolean }[]
}

export function newRecord(startedAt: Date): ReleaseRecord {
  return {
    startedAt,
    filesUploaded: 0,
    bytesUploaded: 0,
    filesUnchanged: 0,
    filesKept: 0,
    filesDeleted: 0,
    retries: 0,
    keptDifferent: [],
    warnings: [],
    phases: []
  }
}
