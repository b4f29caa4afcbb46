import type { Plan } from '../plan/plan'
import type { ClaimNote } from './claim'

/** Where a release tells what it does; the report implements it for the runner. */
export interface Log {
  info(text: string): void
  /** Shows up as an annotation as well. */
  warning(text: string): void
  /** Prints a plan. */
  plan(plan: Plan): void
  /** Does a named part of the work, with a log group and a time of its own. */
  phase<T>(name: PhaseName, work: () => Promise<T>): Promise<T>
  /** Leaves a note for the post step, should this step not live to remove it: what it has locked. */
  remember(claim: ClaimNote | undefined): void
  /** Follows uploads of something, and says every few seconds how far they are. */
  progress(what: string, files: number, bytes: number): Progress
}

export interface Progress {
  bytes(count: number): void
  file(): void
  /** Says how it ended. */
  end(): void
}

/** A log that says of which site of a farm it tells. */
export function labelled(log: Log, name: string): Log {
  if (name === '') return log
  const label = (text: string): string => `${name}: ${text}`
  return {
    ...log,
    info: text => {
      log.info(label(text))
    },
    warning: text => {
      log.warning(label(text))
    },
    plan: plan => {
      log.info(label('the plan'))
      log.plan(plan)
    },
    progress: (what, files, bytes) => log.progress(label(what), files, bytes)
  }
}

/** The parts of a run. */
export type PhaseName =
  | 'Ask the gate'
  | 'Read the build'
  | 'Connect'
  | 'Lock'
  | 'Repair'
  | 'Read the site and plan'
  | 'Stage Web API B'
  | 'Wait until Web API B is ready'
  | 'Wait until the Web APIs before are ready'
  | 'Stage the cloud app'
  | 'Switch'
  | 'Undo the switch'
  | 'Check as a client'
  | 'Clean up'
  | 'Drain'
  | 'Retire'
