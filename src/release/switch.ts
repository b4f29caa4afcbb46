import { asDeployError, DeployError } from '../errors'
import { pointersOf, type Plan } from '../plan/plan'
import { forEachInFlight } from '../transport/in-flight'
import type { Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import { replace, type Replacing } from './replace'

/**
 * Renames all staged files to their names, group by group: what is pointed to before what points to it.
 *
 * @throws DeployError `switch-incomplete` that says how far it came
 */
export async function switchOver(transport: Transport, plan: Plan, replacing: Replacing): Promise<void> {
  const switched: string[] = []
  const all = plan.staged.flat().length
  for (const group of plan.staged) {
    try {
      await forEachInFlight(group, transport.inFlight, async ({ path, sizeOnSite }) => {
        await replace(transport, joinRemote(transport.root, path), sizeOnSite !== undefined, replacing)
        switched.push(path)
      })
    } catch (error) {
      throw incomplete(plan, switched, all, error)
    }
  }
}

function incomplete(plan: Plan, switched: readonly string[], all: number, error: unknown): DeployError {
  const cause = asDeployError(error)
  const moved = pointersOf(plan).flatMap(({ path }) => (switched.includes(path) ? [path] : []))
  const state =
    moved.length > 0
      ? `${moved.join(' and ')} ${moved.length === 1 ? 'is' : 'are'} switched already`
      : `Clients still get ${plan.previousVersion ?? 'nothing'} and the old Web APIs${switched.length > 0 ? ', and may meet files of both releases' : ''}`
  return new DeployError(
    'switch-incomplete',
    `The switch broke off after ${switched.length} of ${all} files: ${cause.message} ${state}.`,
    `${cause.advice} Then run the job again at once: it goes on from here.`,
    cause
  )
}
