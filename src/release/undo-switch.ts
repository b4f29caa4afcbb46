import { asDeployError, DeployError, messageOf } from '../errors'
import type { ReleaseEntry } from '../site/release-entry'
import { together } from '../transport/in-flight'
import { entryAt } from './beginning'
import type { Claim } from './claim'
import { undoAll } from './recover'
import type { Run } from './run'
import { clearStaged, type Staged } from './staged'

/**
 * Moves a switch back on all sites, whatever the reason.
 *
 * @returns the error to end with
 */
export async function undone(
  switches: readonly Staged[],
  entry: ReleaseEntry,
  run: Run,
  cause: unknown
): Promise<DeployError> {
  const { log, record } = run
  const error = asDeployError(cause)
  const before = [...new Set(switches.map(({ part }) => part.plan.previousVersion ?? 'what they got before'))]
  try {
    const moved = await log.phase('Undo the switch', async () => {
      const undoings = switches.map(({ part, list }) => {
        const { app } = part.claims
        return { claim: app, entry: recordOf(app, entryAt(entry, part, app)), list }
      })
      const count = await undoAll(undoings, text => {
        log.warning(text)
      })
      log.info(`${count} files are back as they were.`)
      return count
    })
    await together(switches.map(({ part }) => clearStaged(part, run)))
    record.releasedAt = undefined
    for (const { part } of switches) part.run.record.releasedAt = undefined
    if (error.reasonCode !== 'cancelled') record.status = 'rolled-back'
    const state = moved > 0 ? 'It was undone' : 'Nothing had been moved yet'
    return new DeployError(
      error.reasonCode,
      `${error.message} ${state}: clients get ${before.join(' or ')} again.`,
      error.advice,
      cause
    )
  } catch (failure) {
    return new DeployError(
      'switch-incomplete',
      `${error.message} And it could not be undone: ${messageOf(failure)} Clients may meet files of both releases.`,
      'Run the job again at once: before anything else it brings the site to a whole state.',
      failure
    )
  }
}

/** A release as the journal has it now. */
function recordOf({ journal }: Claim, entry: ReleaseEntry): ReleaseEntry {
  return journal.unfinished ?? journal.releases.find(({ id }) => id === entry.id) ?? entry
}
