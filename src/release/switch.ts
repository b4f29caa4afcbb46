import { asDeployError, DeployError } from '../errors'
import { pointersOf, type Plan } from '../plan/plan'
import { forEachInFlight } from '../transport/in-flight'
import type { Transport } from '../transport/port'
import { moveIn, type MoveList } from './moves'

/**
 * Renames all staged files to their names, group by group: what is pointed to before what points to it. Between two
 * files it can be stopped, never within one.
 *
 * @param transport one whose work is not stopped by the signal
 * @throws DeployError `switch-incomplete` that says how far it came; the signal's reason
 */
export async function switchOver(transport: Transport, plan: Plan, list: MoveList, signal: AbortSignal): Promise<void> {
  const switched: string[] = []
  const all = plan.staged.flat().length
  for (const group of list.groups) {
    const moves = group.filter(({ kind }) => kind !== 'retire')
    try {
      await forEachInFlight(moves, transport.inFlight, async move => {
        signal.throwIfAborted()
        await moveIn(transport, move, list)
        switched.push(move.path)
      })
    } catch (error) {
      signal.throwIfAborted()
      throw incomplete(plan, switched, all, error)
    }
  }
}

function incomplete(plan: Plan, switched: readonly string[], all: number, error: unknown): DeployError {
  const cause = asDeployError(error)
  const moved = pointersOf(plan).flatMap(({ path }) => (switched.includes(path) ? [path] : []))
  const pointers = moved.length > 0 ? `, ${moved.join(' and ')} among them` : ''
  return new DeployError(
    'switch-incomplete',
    `The switch broke off after ${switched.length} of ${all} files${pointers}: ${cause.message}`,
    cause.advice,
    cause
  )
}
