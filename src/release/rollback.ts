import { asDeployError, DeployError } from '../errors'
import { below } from '../inputs/web-address'
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
import { chosenOnAll, type Chosen, type SiteJournal } from './release-to-undo'
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

async function listOrNothing(transport: Reading, folder: string): Promise<readonly { name: string; size: number }[]> {
  const path = folder.slice(transport.root.length).replace(/^\//, '')
  return (await isFolderThere(transport, path)) ? transport.list(folder) : []
}
