import { DeployError, messageOf } from '../errors'
import { isBroken } from '../transport/network-error'
import type { Transport } from '../transport/port'
import { foldersOf, joinRemote } from '../transport/remote-path'

/**
 * The folder of an app below `state-path`, relative to the site's root. Targets differ in their names, and so do these;
 * what a file name cannot hold is encoded.
 */
export function stateFolder(statePath: string, cloudAppTarget: string): string {
  return joinRemote(statePath, encodeURIComponent(cloudAppTarget).replaceAll('%', '=') || '=')
}

/** The target that stateFolder has encoded; undefined for a name that it does not make. */
export function targetOf(name: string): string | undefined {
  if (name === '=') return ''
  try {
    const target = decodeURIComponent(name.replaceAll('=', '%'))
    return stateFolder('', target) === name ? target : undefined
  } catch {
    return undefined
  }
}

/**
 * Makes a folder for the action's own records, and all above it.
 *
 * @param folder relative to the root
 * @returns false when it was there
 * @throws DeployError `state-not-writable`
 */
export async function makeStateFolder(transport: Transport, folder: string): Promise<boolean> {
  const path = joinRemote(transport.root, folder)
  const paths = foldersOf([joinRemote(folder, 'any')]).map(other => joinRemote(transport.root, other))
  try {
    const isMade = transport.sendsByConnection ? await makeLast(transport, path) : undefined
    return isMade ?? (await transport.makeFolders(paths)).includes(path)
  } catch (error) {
    if (isBroken(error)) throw error
    throw new DeployError(
      'state-not-writable',
      `The lock and the journal have no place on ${transport.description}: "${path}" cannot be made (${messageOf(error)}).`,
      'Give the account the right to make it, or name another folder with state-path: one that the account may write to, on the same disk as the cloud app, and that the web server does not serve.',
      error
    )
  }
}

/**
 * Those above are there from the first release on, and to find that out of each takes two round trips where a connection
 * does one thing after the other.
 *
 * @returns undefined when it could not be made, for whatever reason
 */
async function makeLast(transport: Transport, path: string): Promise<boolean | undefined> {
  try {
    return await transport.makeFolder(path)
  } catch (error) {
    if (isBroken(error)) throw error
    return undefined
  }
}
