import { messageOf } from '../errors'
import { isBroken } from '../transport/network-error'
import { removeOfflinePage } from '../web-api/offline'
import type { Journal } from '../site/journal'
import type { Move, ReleaseEntry } from '../site/release-entry'
import type { Claim, Claims } from './claim'
import { isComplete, moveBack, removeStaged, retireRest, type MoveList } from './moves'
import type { Run } from './run'

/**
 * Brings a site to a whole state after a run that broke off: back to the release before while its switch was not
 * complete, else forward. What it uploaded where no client sees it stays, and is not uploaded again.
 *
 * @returns whether there was anything to do
 * @throws DeployError `journal-unreadable` when what was moved is not to be known
 */
export async function recover(claims: Claims, { log }: Run): Promise<boolean> {
  const { app, webApi } = claims
  for (const { journal, site } of new Set([webApi, app])) {
    const offline = journal.unfinished?.offline
    if (offline !== undefined) await removeOfflinePage(site.steady, offline)
  }
  if (webApi !== app && webApi.journal.unfinished) await webApi.journal.finish(undefined)
  const entry = app.journal.unfinished
  if (!entry) return false
  const broken = `${entry.run} broke off while it`
  if (entry.phase === 'staging') {
    await app.journal.finish(undefined)
    log.info(`${broken} staged version ${entry.version}. Clients saw nothing of it; what is there is not sent again.`)
    return true
  }
  const list = await moveListOf(app.journal, entry)
  if (entry.phase === 'switched' || (entry.phase === 'switching' && (await isComplete(app.site.steady, list)))) {
    await retireRest(app.site.steady, list)
    await settleForward(app, entry, list)
    log.warning(`${broken} switched to version ${entry.version}. The switch was complete, so the release stands.`)
    return true
  }
  await undoRelease(app, entry, list, text => {
    log.warning(text)
  })
  log.warning(
    `${broken} ${entry.phase === 'undoing' ? 'moved back from' : 'switched to'} version ${entry.version}. The site is back at ${entry.previousVersion ?? 'what it was before'}.`
  )
  return true
}

/** The moves of a release, as the journal has them. */
export async function moveListOf(journal: Journal, entry: ReleaseEntry): Promise<MoveList> {
  return {
    groups: await journal.readMoves(entry.id),
    backupFolder: journal.backupFolder(entry.id),
    mode: entry.backupMode ?? 'move'
  }
}

/** Records that all new files are in their places. */
export async function settleForward({ journal, site }: Claim, entry: ReleaseEntry, list: MoveList): Promise<void> {
  for (const { path, kind, size, hash, isShared } of list.groups.flat()) {
    // What other apps use is never the action's to delete, so it does not get to know it.
    if (kind === 'retire' || size === undefined || hash === undefined || isShared === true) continue
    journal.files.set(path, { size, sha256: hash })
  }
  const retired = list.groups.flat().filter(move => move.kind === 'retire')
  const kept = retired.length > 0 ? await backupsIn(site.steady, list.backupFolder) : new Set<string>()
  // What is not taken away yet stays known, and is taken away by the next release.
  for (const { path, backup = '' } of retired) if (kept.has(backup)) journal.files.delete(path)
  await journal.finish({ ...entry, phase: 'released', releasedAt: entry.releasedAt ?? new Date().toISOString() })
}

/**
 * Moves everything of a release back, and records it. One that never stood is recorded too: a rollback that is asked for
 * after it must not take the release before for the one that is meant.
 *
 * @returns how many files were moved
 */
export async function undoRelease(
  { journal, site }: Claim,
  entry: ReleaseEntry,
  list: MoveList,
  warn: (text: string) => void
): Promise<number> {
  if (journal.unfinished) {
    await unlessRefused(() => journal.advance({ phase: 'undoing' }), warn)
  } else {
    await removeStaged(site.steady, list)
    await journal.reopen({ ...entry, phase: 'undoing' })
  }
  const moved = await moveBack(site.steady, list)
  for (const move of list.groups.flat()) forget(journal, move)
  await unlessRefused(() => journal.finish({ ...entry, phase: 'rolled-back' }), warn)
  return moved
}

/** A disk that is full takes no record. Moving files back needs no room, and the names on the site tell what was done. */
async function unlessRefused(record: () => Promise<void>, warn: (text: string) => void): Promise<void> {
  try {
    await record()
  } catch (error) {
    if (isBroken(error)) throw error
    warn(`The journal could not be written: ${messageOf(error)} The next run puts it right.`)
  }
}

function forget(journal: Journal, { path, kind, oldSize, oldHash, isShared }: Move): void {
  if (isShared === true) return
  if (kind !== 'create' && oldSize !== undefined && oldHash !== undefined) {
    journal.files.set(path, { size: oldSize, sha256: oldHash })
  } else {
    journal.files.delete(path)
  }
}

async function backupsIn(transport: Claim['site']['steady'], folder: string): Promise<Set<string>> {
  return new Set((await transport.list(folder)).map(({ name }) => name))
}
