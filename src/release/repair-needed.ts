import { DeployError } from '../errors'
import type { ReleaseEntry } from '../site/release-entry'

/** A dry run cannot see past a switch that broke off: it changes nothing, and what it would read is neither old nor new. */
export function repairNeeded(entry: ReleaseEntry): DeployError {
  return new DeployError(
    'repair-needed',
    `The site is in the middle of a switch to ${entry.version}: ${entry.run} broke off in it. A dry run changes nothing, so it cannot bring the site to a whole state first.`,
    'Run the job again without dry-run: it does so before anything else.'
  )
}
