import { asDeployError, DeployError } from '../errors'
import { below } from '../inputs/web-address'
import { slotOf } from '../plan/slots'
import type { Journal } from '../site/journal'
import type { Move, ReleaseEntry } from '../site/release-entry'
import { hashOnSite } from '../site/same-content'
import { isFolderThere } from '../site/tree'
import { placesOf } from '../site/site-url'
import { forEachInFlight, together } from '../transport/in-flight'
import type { Reading } from '../transport/port'
import { joinRemote, nameOf } from '../transport/remote-path'
import { memberUrls } from '../web-api/member-urls'
import { waitUntilReady } from '../web-api/readiness'
import { checkServed } from './check'
import { claimSites, readJournalOnly, releaseClaims, type AllClaims } from './claim'
import type { MoveList } from './moves'
import { onlyTarget } from './only-target'
import { moveListOf, recover, undoAll } from './recover'
import { newRecord, type ReleaseRecord } from './record'
import { repairNeeded } from './repair-needed'
import { reopen } from './retire'
import type { Run } from './run'
import { Connecting, type Site, type Sites } from './sites'

/**
 * Undoes a release: pointers, version list and every replaced file come back byte for byte.
 *
 * @throws DeployError `nothing-to-roll-back`, `release-not-live`, `backup-missing`, `web-api-not-ready` before anything is
 * changed
 */
export async function rollBack(run: Run): Promise<void> {
  const { settings, log, record } = run
  await using connecting = new Connecting(run)
  const sites = await log.phase('Connect', () => connecting.sites())
  const target =
    settings.cloudAppTarget ??
    (await onlyTarget(sites.apps[0].transport, settings.statePath, 'nothing-to-roll-back', 'rolled back'))
  record.cloudAppAt = placesOf(settings.sites, target)
  if (settings.dryRun) {
    await rehearse(sites.apps, target, run)
    return
  }
  const { claims } = await log.phase('Lock', () => claimSites(sites, target, run, () => Promise.resolve()))
  try {
    if (claims.some(({ app }) => app.journal.unfinished)) await log.phase('Repair', () => recover(claims, run))
    await undo(claims, target, run)
  } finally {
    await releaseClaims(claims, run)
  }
}

async function rehearse(apps: Sites['apps'], target: string, run: Run): Promise<void> {
  const { log, record } = run
  await log.phase('Read the site and plan', async () => {
    const journals: SiteJournal[] = []
    for (const site of apps) {
      const journal = await readJournalOnly(site, target, run)
      const { unfinished } = journal
      if (unfinished?.phase === 'switching' || unfinished?.phase === 'undoing') throw repairNeeded(unfinished)
      journals.push({ site, journal })
    }
    const live = chosenOnAll(journals, run)
    if (live.length === 0) return
    const lists = await listsOf(live, target)
    const files = lists.flatMap(({ list }) => list.groups.flat()).length
    log.info(`${files} files would go back to what they were before ${live[0]?.entry.version ?? ''}.`)
    record.status = 'planned'
    record.reasonCode = 'dry-run'
  })
}

async function undo(claims: AllClaims, target: string, run: Run): Promise<void> {
  const { log, record, signal } = run
  const apps = [...new Set(claims.map(({ app }) => app))]
  const live = chosenOnAll(apps, run)
  const [first] = live
  if (!first) return
  const undoings = await log.phase('Read the site and plan', () => listsOf(live, target))
  await log.phase('Wait until the Web APIs before are ready', async () => {
    for (const { webApi } of claims) {
      await reopen(webApi.site, first.journal.releases, first.entry.previousWebApiUrl, run)
    }
    await waitForPrevious(first.entry, run)
  })
  await log.phase('Undo the switch', async () => {
    signal.throwIfAborted()
    await together(apps.map(({ lock }) => lock.check()))
    const moved = await undoOrSay(undoings, text => {
      log.warning(text)
    })
    record.releasedAt = new Date()
    log.info(`${moved} files are back; clients that start get ${first.entry.previousVersion ?? 'nothing'}.`)
  })
  await log.phase('Check as a client', async () => {
    for (const { claim, entry, list } of undoings) await checkRestored(claim.site, entry, list)
    await checkServedAgain(first.entry, undoings[0]?.list, target, run)
  })
  record.status = 'rolled-back'
  await log.phase('Clean up', () => together(undoings.map(({ claim }) => claim.journal.sweep())))
}

/** A web server, and what its journal says. */
interface SiteJournal {
  readonly site: Site
  readonly journal: Journal
}

/** What is to be undone at a web server. */
type Chosen<T> = T & { readonly entry: ReleaseEntry }

/**
 * The release to undo, on all web servers on which it is live.
 *
 * @returns none where it is undone already on all of them; that is noted
 * @throws DeployError `nothing-to-roll-back`, `release-not-live`, `farm-differs`
 */
function chosenOnAll<T extends SiteJournal>(sites: readonly T[], run: Run): Chosen<T>[] {
  const [first, ...more] = sites
  if (!first) return []
  const entry = chosen(first.journal, run.settings.releaseId)
  const all = [
    { ...first, entry },
    ...more.map(site => ({ ...site, entry: chosen(site.journal, run.settings.releaseId ?? entry.id) }))
  ]
  const live = all.filter(({ entry: { phase } }) => phase !== 'rolled-back')
  note(run, entry)
  if (more.length > 0)
    run.record.members = all.map(each => ({ name: each.site.name, record: recordOf(each.entry, run) }))
  if (live.length === 0) settleAlready(run, entry)
  const without = live.find(
    each => (each.entry.previousVersion === undefined) !== (entry.previousVersion === undefined)
  )
  if (!without) return live
  const [is, was] = [without.entry, entry].map(({ previousVersion }) => previousVersion ?? 'nothing')
  throw new DeployError(
    'farm-differs',
    `Before release ${entry.id} ${without.site.name} had ${is ?? ''}, and ${first.site.name} had ${was ?? ''}. After a rollback clients of one of them would get nothing.`,
    'Take the web server that had nothing out of the load balancer and out of site, and run the rollback again.'
  )
}

/** @throws DeployError `backup-missing`, `release-not-live` */
function listsOf<T extends SiteJournal>(
  live: readonly Chosen<T>[],
  target: string
): Promise<{ claim: T; entry: ReleaseEntry; list: MoveList }[]> {
  return together(
    live.map(async claim => {
      const list = await moveListOf(claim.journal, claim.entry)
      await refuseUnlessWhole(claim.site.transport, target, claim.entry, list)
      return { claim, entry: claim.entry, list }
    })
  )
}

/** @throws DeployError `switch-incomplete` */
async function undoOrSay(...given: Parameters<typeof undoAll>): Promise<number> {
  try {
    return await undoAll(...given)
  } catch (error) {
    const { message, advice } = asDeployError(error)
    throw new DeployError(
      'switch-incomplete',
      `The rollback broke off: ${message} Clients may meet files of both releases.`,
      `${advice} Then run the rollback again at once: it goes on from here.`,
      error
    )
  }
}

/** The release to undo: the one that is named, or the last. */
function chosen(journal: Journal, id: string | undefined): ReleaseEntry {
  const { releases } = journal
  const known = releases.map(entry => `${entry.id} (${entry.version}, ${entry.phase})`).join(', ')
  const entry = id === undefined ? releases.at(-1) : releases.find(candidate => candidate.id === id)
  if (!entry) {
    if (journal.state === 'unreadable') {
      throw new DeployError(
        'journal-unreadable',
        'The journal on the site cannot be read, so it is not to be known what to undo.',
        'Put the journal back from a backup of the server, or release the version before again under a higher version.'
      )
    }
    throw new DeployError(
      'nothing-to-roll-back',
      id === undefined
        ? 'The journal on the site has no release.'
        : `The journal on the site has no release "${id}"${known === '' ? '' : `; it has ${known}`}.`,
      'Only what this action has released can be undone, and only the last three releases. Check cloud-app-target, state-path and release-id.'
    )
  }
  const later = releases.slice(releases.indexOf(entry) + 1).find(({ phase }) => phase === 'released')
  if (entry.phase === 'released' && later) {
    throw new DeployError(
      'release-not-live',
      `Release ${entry.id} (${entry.version}) is not live: ${later.id} (${later.version}) came after it.`,
      `Roll ${later.id} back first.`
    )
  }
  return entry
}

/**
 * All that an undoing needs must be there, and what it replaces must be what the release has put there.
 *
 * @throws DeployError `backup-missing`, `release-not-live`
 */
async function refuseUnlessWhole(
  transport: Reading,
  target: string,
  entry: ReleaseEntry,
  list: MoveList
): Promise<void> {
  await refusePruned(transport, target, entry)
  const sizes = new Map<string, number>()
  for (const { name, size } of await listOrNothing(transport, list.backupFolder)) sizes.set(name, size)
  const moves = list.groups.flat()
  const gone = moves.filter(({ backup, oldSize }) => backup !== undefined && sizes.get(backup) !== oldSize)
  // A file that was to be taken away, and could not be, has no backup and needs none.
  const needed = gone.filter(({ kind, backup = '' }) => kind === 'replace' || sizes.has(backup))
  if (needed[0] !== undefined) {
    throw new DeployError(
      'backup-missing',
      `The backup of "${needed[0].path}" is not on ${transport.description} as it was made${needed.length > 1 ? `, nor are ${needed.length - 1} others` : ''}: "${list.backupFolder}".`,
      'Put the folder back from a backup of the server; or release the version before again under a higher version.'
    )
  }
  await forEachInFlight(moves.filter(isCheckable), transport.inFlight, async ({ path, hash, oldHash }) => {
    const there = await hashOnSite(transport, joinRemote(transport.root, path))
    if (there === hash || there === oldHash) return
    throw new DeployError(
      'release-not-live',
      `"${path}" on ${transport.description} is neither what release ${entry.id} put there nor what was there before: somebody has changed it since.`,
      'Look at the file. To undo the release all the same, put back what the release had there.'
    )
  })
}

/** A release after it may have deleted the folder of the version that clients would go back to (keep-versions). */
async function refusePruned(transport: Reading, target: string, entry: ReleaseEntry): Promise<void> {
  const { previousVersion, version } = entry
  if (previousVersion === undefined || previousVersion === version) return
  if (await isFolderThere(transport, joinRemote(target, previousVersion))) return
  throw new DeployError(
    'backup-missing',
    `The folder of version ${previousVersion}, to which clients would go back, is not on ${transport.description} any more.`,
    'Put it back from a backup of the server, or release that version again under a higher number. keep-versions says how many stay.'
  )
}

function isCheckable({ isPointer }: Move): boolean {
  return isPointer === true
}

/** Clients go back to the Web APIs before: these must be up, or they would be worse off than now. */
async function waitForPrevious(entry: ReleaseEntry, { settings, log, signal }: Run): Promise<void> {
  const { previousWebApiUrl } = entry
  const { path, urls } = settings.readiness
  const own =
    previousWebApiUrl !== undefined && path !== undefined
      ? memberUrls(below(previousWebApiUrl, path), settings.webApiSites)
      : []
  const polled = urls.length > 0 ? urls : own
  if (polled.length === 0) log.info('Not checked.')
  await waitUntilReady({ ...settings.readiness, urls: polled }, log, signal)
}

/** @throws DeployError `not-verified` */
async function checkRestored({ transport }: Site, entry: ReleaseEntry, list: MoveList): Promise<void> {
  for (const { path, oldHash } of restoredPointers(list)) {
    if ((await hashOnSite(transport, joinRemote(transport.root, path))) === oldHash) continue
    throw new DeployError(
      'not-verified',
      `"${path}" on ${transport.description} is not what it was before release ${entry.id}, although it was put back.`,
      'Something else writes to the site. Look at the file and run the job again.'
    )
  }
}

/** @throws DeployError `check-failed` */
async function checkServedAgain(
  { previousWebApiUrl }: ReleaseEntry,
  list: MoveList | undefined,
  target: string,
  run: Run
): Promise<void> {
  const { appUrl } = run.settings
  const pointer = list && restoredPointers(list).find(({ path }) => nameOf(path).toLowerCase() === 'apprun.json')
  if (appUrl === undefined || !pointer || previousWebApiUrl === undefined) {
    run.log.info(`The pointers of "${target}" are as they were; the web server is not asked.`)
    return
  }
  await checkServed(new URL(nameOf(pointer.path), appUrl).href, previousWebApiUrl, run)
}

function restoredPointers({ groups }: MoveList): Move[] {
  return groups.flat().filter(({ isPointer, oldHash }) => isPointer === true && oldHash !== undefined)
}

/** What the report says of a web server of a farm. */
function recordOf({ phase, version }: ReleaseEntry, { record }: Run): ReleaseRecord {
  const own = newRecord(record.startedAt)
  return { ...own, previousVersion: version, status: phase === 'rolled-back' ? 'unchanged' : undefined }
}

function settleAlready({ record, log }: Run, entry: ReleaseEntry): void {
  log.info(`Release ${entry.id} is rolled back already; nothing to do.`)
  record.status = 'unchanged'
  record.reasonCode = 'already-rolled-back'
}

function note({ record, settings }: Run, entry: ReleaseEntry): void {
  record.releaseId = entry.id
  record.app = entry.app
  record.strategy = entry.strategy
  record.version = entry.previousVersion
  record.previousVersion = entry.version
  record.webApiUrl = entry.previousWebApiUrl
  record.previousWebApiUrl = entry.webApiUrl
  record.slot = slotOf(settings.slots ?? [], entry.previousWebApiUrl)?.name
  record.previousSlot = slotOf(settings.slots ?? [], entry.webApiUrl)?.name
  record.switchGuarantee = entry.guarantee
}

async function listOrNothing(transport: Reading, folder: string): Promise<readonly { name: string; size: number }[]> {
  const path = folder.slice(transport.root.length).replace(/^\//, '')
  return (await isFolderThere(transport, path)) ? transport.list(folder) : []
}
