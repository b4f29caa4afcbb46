import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { rmRF } from '@actions/io'
import { DeployError, messageOf } from '../errors'
import { readBytes } from '../site/read-bytes'
import type { BackupMode, Move } from '../site/release-entry'
import { stagedName } from '../site/temporary-name'
import { forEachInFlight, together } from '../transport/in-flight'
import { isBroken } from '../transport/network-error'
import type { Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import type { MoveList } from './moves'
import type { SwitchGuarantee } from './record'

/** How a server lets one file take another's name. */
export interface Replacing {
  readonly mode: BackupMode
  readonly guarantee: SwitchGuarantee
}

/**
 * Finds out whether a rename replaces an existing file, by trying it with two files of our own between the folder of
 * the backups and that of the app, as an undoing would do it: RFC 959 leaves it open, SFTP 3 forbids it, and servers do
 * as they like.
 *
 * @throws DeployError `state-not-writable` when no file can go from one folder to the other
 */
export async function probeReplacing(
  transport: Transport,
  appFolder: string,
  backupFolder: string
): Promise<Replacing> {
  const from = joinRemote(backupFolder, stagedName('probe-new'))
  const to = joinRemote(appFolder, stagedName('probe-old'))
  const left = new Set([from, to])
  try {
    await together([
      transport.write(to, { bytes: Buffer.from('old') }),
      transport.write(from, { bytes: Buffer.from('new') })
    ])
    try {
      await transport.rename(from, to)
      if ((await readBytes(transport, to)).toString() === 'new') {
        left.delete(from)
        // Win32-OpenSSH deletes the old file first, so for a moment there is none (PowerShell/Win32-OpenSSH 1534).
        return { mode: 'copy', guarantee: /^\/[a-z]:/i.test(transport.root) ? 'replaced' : 'atomic' }
      }
    } catch (error) {
      if (isBroken(error)) throw error
    }
    await transport.remove(to)
    await transport.write(from, { bytes: Buffer.from('new') })
    await moveAcross(transport, from, to, backupFolder)
    left.delete(from)
    return { mode: 'move', guarantee: 'replaced' }
  } finally {
    await together([...left].map(path => removeQuietly(transport, path)))
  }
}

async function moveAcross(transport: Transport, from: string, to: string, backupFolder: string): Promise<void> {
  try {
    await transport.rename(from, to)
  } catch (error) {
    if (isBroken(error)) throw error
    throw new DeployError(
      'state-not-writable',
      `No file can be moved from "${backupFolder}" to the cloud app on ${transport.description} (${messageOf(error)}), so a switch could not be undone.`,
      'Let the account rename files in both folders, and let state-path be on the same disk as the cloud app.',
      error
    )
  }
}

/**
 * Copies all files that a switch will replace, where it does not move them away itself.
 *
 * @param workFolder on the runner, for servers that cannot copy
 * @throws DeployError `not-verified`, `site-changed` when a copy is not as large as its original was
 */
export async function backUp(transport: Transport, list: MoveList, workFolder: string): Promise<void> {
  if (list.mode === 'move') return
  const replaced = list.groups.flat().filter(move => move.kind === 'replace')
  if (replaced.length === 0) return
  let canDuplicate = true
  await forEachInFlight(replaced, transport.inFlight, async ({ path, backup = '' }) => {
    const from = joinRemote(transport.root, path)
    const to = joinRemote(list.backupFolder, backup)
    canDuplicate &&= await transport.duplicate(from, to)
    if (!canDuplicate) await copyByRunner(transport, from, to, workFolder)
  })
  await verifyBackups(transport, list.backupFolder, replaced)
}

async function copyByRunner(transport: Transport, from: string, to: string, workFolder: string): Promise<void> {
  const localPath = join(workFolder, randomUUID())
  await transport.read(from, () => createWriteStream(localPath))
  await transport.write(to, { localPath, size: (await stat(localPath)).size })
  await rmRF(localPath)
}

async function verifyBackups(transport: Transport, folder: string, replaced: readonly Move[]): Promise<void> {
  const sizes = new Map((await transport.list(folder)).map(({ name, size }) => [name, size]))
  const wrong = replaced.find(({ backup = '', oldSize }) => sizes.get(backup) !== oldSize)
  if (wrong === undefined) return
  const size = sizes.get(wrong.backup ?? '')
  throw new DeployError(
    size === undefined ? 'not-verified' : 'site-changed',
    `The backup of "${wrong.path}" ${size === undefined ? 'is missing' : `has ${size} bytes`}, and the file had ${wrong.oldSize ?? 0} when this run began. Nothing was switched.`,
    'See who else writes to the site, and whether the disk is full; then run the job again.'
  )
}

/** For tidying up after something worse, or before nothing: what stays is removed by the next run. */
async function removeQuietly(transport: Transport, file: string): Promise<void> {
  await transport.remove(file).catch(() => undefined)
}
