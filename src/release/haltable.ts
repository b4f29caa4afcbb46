import { DeployError } from '../errors'
import type { Run } from './run'

/** A run whose work at all sites can be stopped by the failure at one of them. */
export interface HaltableRun extends Run {
  /** Stops what is under way; the signal then has this reason. */
  readonly halt: (reason: unknown) => void
}

export function haltable(run: Run): HaltableRun {
  const controller = new AbortController()
  return {
    ...run,
    signal: AbortSignal.any([run.signal, controller.signal]),
    halt: reason => {
      controller.abort(reason)
    }
  }
}

/** Was the job cancelled, which leaves little time? A run that was halted by a failure has all the time it needs. */
export function isCancelled(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason instanceof DeployError && signal.reason.reasonCode === 'cancelled'
}
