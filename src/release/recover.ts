import { messageOf } from '../errors'
import { isBroken } from '../transport/network-error'
import { removeOfflinePage } from '../web-api/offline'
import type { Journal } from '../site/journal'
import type { Move, Phase, ReleaseEntry } from '../site/release-entry'
import { together } from '../transport/in-flight'
import { eachOf, type AllClaims, type Claim } from './claim'
import type { Log } from './log'
import { isComplete, moveBack, removeStaged, retireRest, type MoveList } from './moves'
import type { Run } from './run'

/**
 * Brings the sites to a whole state after a run that broke off: back to the release before while its switch was not
 * complete on all of them, else forward. What it uploaded where no client sees it stays, and is not uploaded again.
 *
 * @returns whether there was anything to do
 * @throws DeployError `journal-unreadable` when what was moved is not to be known
 */
export async function recover(claims: AllClaims, { log }: Run): Promise<boolean> {
  const all = eachOf(claims)
  await together(
    all.map(async ({ journal, site }) => {
      const offline = journal.unfinished?.offline
      if (offline !== undefined) await removeOfflinePage(site.steady, offline)
    })
  )
  const apps = [...new Set(claims.map(({ app }) => app))]
  await together(
    all.map(async ({ journal, ...claim }) => {
      const isWebApiAlone = !apps.some(app => app.site === claim.site)
      if (isWebApiAlone && journal.unfinished) await journal.finish(undefined)
    })
  )
  const ids = new Set(apps.flatMap(({ journal }) => journal.unfinished?.id ?? []))
  for (const id of ids) await recoverRelease(id, apps, log)
  return ids.size > 0
}

/** Brings one release to its end on all sites that have begun it. */
async function recoverRelease(id: string, apps: readonly Claim[], log: Log): Promise<void> {
  const broken = await together(
    apps.flatMap(claim => {
      const entry = claim.journal.unfinished
      return entry?.id === id ? [brokenAt(claim, entry)] : []
    })
  )
  const [first] = broken
  if (!first) return
  const { version, run } = first.entry
  const end = endOf(broken.map(({ entry, isWhole }) => ({ phase: entry.phase, isWhole })))
  const warn = (text: string): void => {
    log.warning(text)
  }
  if (end === 'forward') {
    await together(
      broken.map(async ({ claim, entry, list }) => {
        await retireRest(claim.site.steady, list)
        await settleForward(claim, entry, list)
      })
    )
    warn(`${run} broke off while it switched to version ${version}. The switch was complete, so the release stands.`)
    return
  }
  const begun = broken.filter(({ entry }) => entry.phase !== 'staging')
  // Its switch was recorded as standing here, and is being taken back elsewhere.
  const standing = begun.length === 0 ? [] : await together(apps.flatMap(claim => standingAt(claim, id)))
  await undoAll([...begun, ...standing], warn)
  await together(
    broken.filter(({ entry }) => entry.phase === 'staging').map(({ claim }) => claim.journal.finish(undefined))
  )
  if (begun.length === 0) {
    log.info(
      `${run} broke off while it staged version ${version}. Clients saw nothing of it; what is there is not sent again.`
    )
    return
  }
  const what = begun.some(({ entry }) => entry.phase === 'undoing') ? 'moved back from' : 'switched to'
  const before = [...new Set(begun.map(({ entry }) => entry.previousVersion ?? 'what it was before'))]
  warn(`${run} broke off while it ${what} version ${version}. The site is back at ${before.join(' or ')}.`)
}

/** A release that broke off, as one site has it. */
interface Broken extends Undoing {
  /** All files of its switch are in their places. */
  readonly isWhole: boolean
}

async function brokenAt(claim: Claim, entry: ReleaseEntry): Promise<Broken> {
  if (entry.phase === 'staging') {
    return { claim, entry, list: { groups: [], backupFolder: '', mode: 'move' }, isWhole: false }
  }
  const list = await moveListOf(claim.journal, entry)
  const isWhole =
    entry.phase === 'switched' || (entry.phase === 'switching' && (await isComplete(claim.site.steady, list)))
  return { claim, entry, list, isWhole }
}

function standingAt(claim: Claim, id: string): Promise<Undoing>[] {
  const entry = claim.journal.releases.at(-1)
  if (claim.journal.unfinished || entry?.id !== id || entry.phase !== 'released') return []
  return [moveListOf(claim.journal, entry).then(list => ({ claim, entry, list }))]
}

/**
 * Forward only where every site that began the release has all of it: else some of its web servers would give clients
 * other things than the rest.
 */
function endOf(sites: readonly { readonly phase: Phase; readonly isWhole: boolean }[]): 'forward' | 'back' {
  return sites.every(({ isWhole }) => isWhole) ? 'forward' : 'back'
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
  noteMoved(journal, list)
  const retired = list.groups.flat().filter(move => move.kind === 'retire')
  const kept = retired.length > 0 ? await backupsIn(site.steady, list.backupFolder) : new Set<string>()
  // What is not taken away yet stays known, and is taken away by the next release.
  for (const { path, backup = '' } of retired) if (kept.has(backup)) journal.files.delete(path)
  await journal.finish({ ...entry, phase: 'released', releasedAt: entry.releasedAt ?? new Date().toISOString() })
}

/** What is on the site when all files are in their places. */
export function noteMoved(journal: Journal, { groups }: MoveList): void {
  for (const { path, kind, size, hash, isShared } of groups.flat()) {
    // What other apps use is never the action's to delete, so it does not get to know it.
    if (kind === 'retire' || size === undefined || hash === undefined || isShared === true) continue
    journal.files.set(path, { size, sha256: hash })
  }
}

/** A release that is to be undone at one site. */
export interface Undoing {
  readonly claim: Claim
  readonly entry: ReleaseEntry
  readonly list: MoveList
}

/**
 * Moves everything of a release back on all its sites, and records it; before the first move all journals say so, so that
 * whoever goes on with it goes back everywhere. One that never stood is recorded too: a rollback that is asked for after it
 * must not take the release before for the one that is meant.
 *
 * @returns how many files were moved
 */
export async function undoAll(undoings: readonly Undoing[], warn: (text: string) => void): Promise<number> {
  await together(undoings.map(undoing => recordUndoing(undoing, warn)))
  const moved = await together(undoings.map(({ claim, list }) => moveBack(claim.site.steady, list)))
  await together(
    undoings.map(async ({ claim: { journal }, entry, list }) => {
      for (const move of list.groups.flat()) forget(journal, move)
      await unlessRefused(() => journal.finish({ ...entry, phase: 'rolled-back' }), warn)
    })
  )
  return moved.reduce((sum, count) => sum + count, 0)
}

async function recordUndoing(
  { claim: { journal, site }, entry, list }: Undoing,
  warn: (text: string) => void
): Promise<void> {
  if (journal.unfinished) {
    await unlessRefused(() => journal.advance({ phase: 'undoing' }), warn)
    return
  }
  await removeStaged(site.steady, list)
  await journal.reopen({ ...entry, phase: 'undoing' })
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
