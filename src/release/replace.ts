import { DeployError, messageOf } from '../errors'
import { readBytes } from '../site/read-bytes'
import { asideName, stagedName } from '../site/temporary-name'
import { isBroken } from '../transport/network-error'
import type { Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import type { SwitchGuarantee } from './record'

/** How a server lets one file take another's name. */
export interface Replacing {
  /** A rename onto an existing file replaces it. */
  readonly byRename: boolean
  readonly guarantee: SwitchGuarantee
}

const aside: Replacing = { byRename: false, guarantee: 'replaced' }

/**
 * Finds out whether a rename replaces an existing file, by trying it with two files of our own: RFC 959 leaves it open,
 * SFTP 3 forbids it, and servers do as they like.
 *
 * @param folder absolute; one that the release writes to anyway
 */
export async function probeReplacing(transport: Transport, folder: string): Promise<Replacing> {
  const from = joinRemote(folder, stagedName('probe-new'))
  const to = joinRemote(folder, stagedName('probe-old'))
  try {
    await transport.write(to, { bytes: Buffer.from('old') })
    await transport.write(from, { bytes: Buffer.from('new') })
    try {
      await transport.rename(from, to)
    } catch (error) {
      if (isBroken(error)) throw error
      return aside
    }
    if ((await readBytes(transport, to)).toString() !== 'new') return aside
    // Win32-OpenSSH deletes the old file first, so for a moment there is none (PowerShell/Win32-OpenSSH 1534).
    return { byRename: true, guarantee: /^\/[a-z]:/i.test(transport.root) ? 'replaced' : 'atomic' }
  } finally {
    await removeQuietly(transport, from)
    await removeQuietly(transport, to)
  }
}

/**
 * Gives a staged file its name, over the file that has it now.
 *
 * @param replacing what probeReplacing found
 */
export async function replace(
  transport: Transport,
  target: string,
  replaces: boolean,
  replacing: Replacing
): Promise<void> {
  if (replacing.byRename || !replaces) {
    await transport.rename(stagedName(target), target)
    return
  }
  await transport.remove(asideName(target))
  await transport.rename(target, asideName(target))
  try {
    await transport.rename(stagedName(target), target)
  } catch (error) {
    await putBack(transport, target, error)
    throw error
  }
  // The new file has its place: an old one that somebody still reads must not break the switch off.
  await removeQuietly(transport, asideName(target))
}

async function putBack(transport: Transport, target: string, cause: unknown): Promise<void> {
  try {
    await transport.rename(asideName(target), target)
  } catch (error) {
    throw new DeployError(
      'switch-incomplete',
      `"${target}" is missing on ${transport.description}: the new file could not take its place (${messageOf(cause)}), nor could the old one go back (${messageOf(error)}).`,
      `Rename "${asideName(target)}" to "${target}" on the server at once, or run the job again: it does so first.`,
      cause
    )
  }
}

/** For tidying up after something worse, or before nothing: what stays is removed by the next run. */
async function removeQuietly(transport: Transport, file: string): Promise<void> {
  await transport.remove(file).catch(() => undefined)
}
