import { DeployError, type ReasonCode } from '../errors'
import { targetOf } from '../site/state-folder'
import { isFolderThere } from '../site/tree'
import type { Reading } from '../transport/port'
import { joinRemote } from '../transport/remote-path'

/** The cloud app folders of all apps that the state folder of a site knows. */
export async function knownTargets(transport: Reading, statePath: string): Promise<string[]> {
  const isThere = await isFolderThere(transport, statePath)
  const entries = isThere ? await transport.list(joinRemote(transport.root, statePath)) : []
  return entries.flatMap(({ name, kind }) => (kind === 'folder' ? (targetOf(name) ?? []) : []))
}

/**
 * The only app that the state folder knows.
 *
 * @param nothing the code for a site without a journal
 * @param what is to be done with the app, for the message
 * @throws DeployError `invalid-inputs` when there are several
 */
export async function onlyTarget(
  transport: Reading,
  statePath: string,
  nothing: ReasonCode,
  what: string
): Promise<string> {
  const targets = await knownTargets(transport, statePath)
  const [only, ...more] = targets
  if (only !== undefined && more.length === 0) return only
  if (only === undefined) {
    throw new DeployError(
      nothing,
      `${transport.description} has no journal of this action in "${joinRemote(transport.root, statePath)}".`,
      `Check site and state-path. Only what this action has released can be ${what}.`
    )
  }
  throw new DeployError(
    'invalid-inputs',
    `The journal knows several apps: ${targets.join(', ')}.`,
    `Say with cloud-app-target which one is to be ${what}.`
  )
}
