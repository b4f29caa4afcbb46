import { messageOf } from '../errors'
import type { Plan } from '../plan/plan'
import { isBroken } from '../transport/network-error'
import { forEachInFlight } from '../transport/in-flight'
import type { Transport } from '../transport/port'
import { foldersOf, joinRemote } from '../transport/remote-path'
import type { Claim } from './claim'
import { retire, type MoveList } from './moves'
import type { Run } from './run'

/**
 * After the switch: takes away what the build no longer has, and the folders of old versions. What cannot be taken away is
 * said, and left; the release counts.
 */
export async function cleanUp({ site, journal }: Claim, plan: Plan, list: MoveList, run: Run): Promise<void> {
  const { log, record } = run
  const { transport } = site
  const failures: string[] = []
  const attempt = async (path: string, removing: () => Promise<void>): Promise<void> => {
    try {
      await removing()
      record.filesDeleted += 1
    } catch (error) {
      run.signal.throwIfAborted()
      if (isBroken(error)) throw error
      failures.push(`"${path}" (${messageOf(error)})`)
    }
  }
  const retired = list.groups.flat().filter(({ kind }) => kind === 'retire')
  await forEachInFlight(retired, transport.inFlight, move => attempt(move.path, () => retire(transport, move, list)))
  for (const { version, files } of plan.deletions.versions) {
    await forEachInFlight(files, transport.inFlight, path =>
      attempt(path, async () => {
        await transport.remove(joinRemote(transport.root, path))
        journal.files.delete(path)
      })
    )
    const left = await removeFolders(transport, joinRemote(plan.cloudAppFolder, version), files)
    log.info(
      `Version ${version} is deleted${left ? '; what is left of its folder was not put there by the action' : ''}.`
    )
  }
  if (failures.length > 0) log.warning(`Could not be taken away: ${failures.slice(0, 5).join('; ')}`)
}

/** Removes the folders of these files as far as they are empty. @returns whether the top one stayed */
async function removeFolders(transport: Transport, top: string, files: readonly string[]): Promise<boolean> {
  const folders = foldersOf(files).filter(folder => folder === top || folder.startsWith(`${top}/`))
  let isLeft = false
  for (const folder of folders.toReversed()) {
    isLeft = await transport.removeFolder(joinRemote(transport.root, folder)).then(
      () => false,
      () => true
    )
  }
  return isLeft
}
