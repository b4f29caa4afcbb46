import { DeployError } from '../errors'
import { isBroken } from '../transport/network-error'
import type { Reading, Transport } from '../transport/port'
import { joinRemote, nameOf, parentOf } from '../transport/remote-path'

/** The name of a lock's file: whose it is, and when it was renewed last. */
export function lockFileName(token: string, renewedAt: number): string {
  return `${token}.${renewedAt}`
}

/** What the name says; undefined for that of anything else. */
export function parseLockFile(name: string): { readonly token: string; readonly renewedAt: number } | undefined {
  const [, token, time] = /^([0-9a-f]+)\.(\d+)$/.exec(name) ?? []
  return token === undefined ? undefined : { token, renewedAt: Number(time) }
}

/** Those that are in the folder of a lock: none where it is not there. */
export async function lockFilesIn(transport: Reading, folder: string): Promise<string[]> {
  try {
    const entries = await transport.list(folder)
    return entries.flatMap(({ name, kind }) => (kind === 'file' && parseLockFile(name) ? [name] : []))
  } catch (error) {
    // Its holder may just have removed it; any other failure says nothing about who holds it.
    if (await isThere(transport, folder)) throw error
    return []
  }
}

/** Is the folder of a lock there, without a file of anybody? */
export async function isEmptyLock(transport: Reading, folder: string): Promise<boolean> {
  return (await isThere(transport, folder)) && (await lockFilesIn(transport, folder)).length === 0
}

/** Writes a lock's file. A lock that cannot be written whole, as on a full disk, must not stay. */
export async function writeLockFile(
  transport: Transport,
  folder: string,
  file: string,
  content: { readonly bytes: Buffer }
): Promise<void> {
  const path = joinRemote(folder, file)
  try {
    await transport.write(path, content)
  } catch (error) {
    await transport
      .remove(path)
      .then(() => transport.removeFolder(folder))
      .catch(() => undefined)
    throw error
  }
}

/**
 * Writes the file of a new lock, and looks whether it is alone. Where several things can be asked for at once the listing
 * is asked for along with it: one that shows the file was made after it, and tells as much as a later one.
 *
 * @returns whether the lock is this run's; if not, its file is gone
 * @throws DeployError `live-unreadable`
 */
export async function writeAlone(
  transport: Transport,
  folder: string,
  file: string,
  content: { readonly bytes: Buffer }
): Promise<boolean> {
  const written = writeLockFile(transport, folder, file, content)
  const early: Promise<string[]> = transport.sendsByConnection
    ? Promise.resolve([])
    : lockFilesIn(transport, folder).catch(() => [])
  await written
  const files = await early
  return isAlone(transport, folder, file, files.includes(file) ? files : undefined)
}

/**
 * Puts a file in the place of one that is stale; what it says of its holder is for the caller to write.
 *
 * @param stale empty where there is none
 * @returns whether the lock is this run's, as writeAlone
 * @throws DeployError `live-unreadable`
 */
export async function takeOver(transport: Transport, folder: string, stale: string, file: string): Promise<boolean> {
  const path = joinRemote(folder, file)
  try {
    if (stale === '') await transport.write(path, { bytes: Buffer.from('{}') })
    else await transport.rename(joinRemote(folder, stale), path)
  } catch (error) {
    if (isBroken(error)) throw error
    // Another waiting run was faster, or the holder has come back to life.
    return false
  }
  return isAlone(transport, folder, file)
}

/**
 * Servers have been seen that make a folder twice; a file of another run beside ours tells.
 *
 * @param seen what was listed after the file was written, where that is known already
 */
async function isAlone(transport: Transport, folder: string, file: string, seen?: readonly string[]): Promise<boolean> {
  const files = seen ?? (await lockFilesIn(transport, folder))
  if (files.length === 1 && files[0] === file) return true
  await transport.remove(joinRemote(folder, file))
  if (files.length > 0) return false
  await transport.removeFolder(folder)
  throw new DeployError(
    'live-unreadable',
    `${transport.description} does not list the file "${joinRemote(folder, file)}", which was just written there. So it is not to be known what is on the site, and nothing was changed.`,
    'Look for rules of the server that hide files from listings, or give the account the right to list folders.'
  )
}

/** As the folder above shows it: that a listing of this one fails proves nothing. */
async function isThere(transport: Reading, folder: string): Promise<boolean> {
  const above = await transport.list(parentOf(folder))
  return above.some(({ name }) => name === nameOf(folder))
}
