import { looksLikeWebApi } from '../build/part'
import { DeployError } from '../errors'
import type { Settings } from '../inputs/settings'
import { isOneSite } from '../plan/check-plan'
import { checkTargets } from '../plan/targets'
import { readLiveAppRun } from '../site/live'
import type { ReleaseEntry } from '../site/release-entry'
import { placeOf, siteName } from '../site/site-url'
import { isFolderThere } from '../site/tree'
import type { Reading } from '../transport/port'
import { together } from '../transport/in-flight'
import { joinRemote } from '../transport/remote-path'
import type { Http } from '../web-api/http'
import { isRetiredPage, offlinePageName } from '../web-api/offline-page'
import { putRetiredPage, removeRetiredPage } from '../web-api/retired'
import type { SessionSource } from '../web-api/sessions'
import { eachOf, type AllClaims } from './claim'
import { placeOfSide, refuseLive } from './drain-side'
import { knownTargets } from './only-target'
import type { Run } from './run'
import { realClock } from './session-watch'
import type { Site, SitePair } from './sites'

/** A shutdown takes up to 90 s, though the page is served at once. */
const stoppingMs = 100_000
const pauseMs = 2_000
const timeoutMs = 30_000

/** What the sites say before a side is retired. */
export interface Found {
  readonly releases: readonly ReleaseEntry[]
  readonly liveUrl: string | undefined
  /** The cloud app's folder. */
  readonly target: string
}

/**
 * The folder of the side to retire: `web-api-target`, else what the journal says.
 *
 * @throws DeployError `invalid-inputs` when neither tells, `target-is-live`, `targets-overlap`, `target-not-usable`
 */
export async function folderToRetire(sites: SitePair, url: string, found: Found, run: Run): Promise<string> {
  const { settings } = run
  const { transport } = sites.webApi
  const folder = settings.webApiTarget ?? recordedFolder(url, found, run)
  refuseLiveFolder(folder, url, found, sites, run)
  const isThere = await isFolderThere(transport, folder)
  const names = isThere ? await transport.list(joinRemote(transport.root, folder)) : []
  if (looksLikeWebApi(names.map(({ name }) => name))) return folder
  throw new DeployError(
    'target-not-usable',
    `"${joinRemote(transport.root, folder)}" on ${transport.description} holds no Web APIs: neither ServerAPIs.dll nor ServerAPIs.exe is in it.`,
    `Name the folder of ${url} with web-api-target, and its server with web-api-site.`
  )
}

function recordedFolder(url: string, { releases }: Found, { settings }: Run): string {
  const place = placeOfSide(releases, url)
  if (place && (place.site === undefined || isHere(place, settings))) return place.folder
  const here = settings.webApiSites.map(({ address }) => siteName(address)).join(', ')
  throw new DeployError(
    'invalid-inputs',
    place
      ? `The Web APIs of ${url} are on ${place.site ?? 'another site'}, in "${place.folder}", and this step is connected to ${here}.`
      : `The journal does not say in which folder the Web APIs of ${url} are: no release in it has put them there.`,
    place
      ? 'Give web-api-site as in the deploy to that side.'
      : 'Name it with web-api-target, as in a deploy to that side. Without retire it need not be known.'
  )
}

/** In a farm the Web APIs lie in the same folder of each server, and a journal names one of them. */
function isHere(place: { readonly site: string | undefined }, { webApiSites }: Settings): boolean {
  return webApiSites.some(({ address }) => siteName(address) === place.site)
}

function refuseLiveFolder(
  folder: string,
  url: string,
  { releases, liveUrl, target }: Found,
  sites: SitePair,
  { settings }: Run
): void {
  const live = liveUrl === undefined ? undefined : placeOfSide(releases, liveUrl)
  const isLive = live !== undefined && isHere(live, settings) && live.folder.toLowerCase() === folder.toLowerCase()
  const onOneSite = isOneSite(sites.app.place, sites.webApi.place)
  try {
    checkTargets({ cloudApp: target, webApi: folder, onOneSite }, url, liveUrl)
    if (!isLive) return
  } catch (error) {
    if (!(error instanceof DeployError)) throw error
    if (error.reasonCode === 'targets-overlap') throw error
  }
  throw new DeployError(
    'target-is-live',
    `"${folder}" is, or looks like, the folder of the live Web APIs (${liveUrl ?? 'unknown'}). ${offlinePageName} in it would stop them.`,
    `Set web-api-target to the folder that belongs to ${url}, and web-api-site to its server.`
  )
}

/**
 * Stops the drained side: puts `app_offline.htm` into its folder on each server, after a last look around under the locks,
 * and sees that it is this side that stops.
 *
 * @throws DeployError `drain-side-live`, `sessions-remain`, `retire-failed`, `lock-lost`; the side then runs as before
 */
export async function retire(
  claims: AllClaims,
  http: Http,
  sessions: SessionSource,
  target: string,
  run: Run,
  clock = realClock
): Promise<string> {
  const { log, signal } = run
  const { url } = sessions
  const apps = [...new Set(claims.map(({ app }) => app))]
  const unfinished = apps.map(({ journal }) => journal.unfinished).find(entry => entry !== undefined)
  if (unfinished) throw unfinishedRelease(unfinished)
  const liveUrls = await together(apps.map(({ site }) => liveUrlOf(site, target)))
  for (const liveUrl of liveUrls) refuseLive(url, liveUrl)
  await together(apps.map(({ site }) => refuseLiveForOthers(site.transport, url, target, run)))
  const [liveUrl] = liveUrls
  const folders = await foldersOnAll(claims, url, liveUrl, target, run)
  const [[, folder] = [undefined, '']] = folders
  const left = await sessions.count(signal, timeoutMs)
  if (left.kind === 'unknown' && left.isRetired) return folder
  if (left.kind === 'unknown' || left.value > 0) throw notEmptyAnyMore(url, left)
  await together(eachOf(claims).map(({ lock }) => lock.check()))
  signal.throwIfAborted()
  try {
    await together([...folders].map(([{ steady }, path]) => putRetiredPage(steady, path)))
    await seeStopped(http, sessions, liveUrl, folder, run, clock)
  } catch (error) {
    await together([...folders].map(([{ steady }, path]) => removeRetiredPage(steady, path, log)))
    throw error
  }
  for (const [{ place }, path] of folders) log.info(`${offlinePageName} is in ${placeOf(place.address, path)}.`)
  log.info(`${url} has stopped.`)
  return folder
}

async function liveUrlOf({ transport }: Site, target: string): Promise<string | undefined> {
  return (await readLiveAppRun(transport, target))?.webApiUrl
}

/** The folder to retire on each server of Web APIs. */
async function foldersOnAll(
  claims: AllClaims,
  url: string,
  liveUrl: string | undefined,
  target: string,
  run: Run
): Promise<Map<Site, string>> {
  const folders = new Map<Site, string>()
  for (const { app, webApi } of claims) {
    const found = { releases: app.journal.releases, liveUrl, target }
    const sites = { app: app.site, webApi: webApi.site }
    if (!folders.has(webApi.site)) folders.set(webApi.site, await folderToRetire(sites, url, found, run))
  }
  return folders
}

/** Looks at all apps of the site: their users may share these Web APIs. */
async function refuseLiveForOthers(transport: Reading, url: string, target: string, { settings }: Run): Promise<void> {
  for (const other of await knownTargets(transport, settings.statePath)) {
    if (other === target) continue
    refuseLive(url, (await readLiveAppRun(transport, other))?.webApiUrl, other)
  }
}

/** The page must show at the drained side, and must not at the live one: a wrong folder is found out in a moment. */
async function seeStopped(
  http: Http,
  sessions: SessionSource,
  liveUrl: string | undefined,
  folder: string,
  { log, signal }: Run,
  clock: typeof realClock
): Promise<void> {
  const deadline = clock.now() + stoppingMs
  for (;;) {
    const live = liveUrl === undefined ? undefined : await http.get(liveUrl, {}, timeoutMs, signal)
    if (live?.kind === 'answer' && isRetiredPage(live.body)) {
      throw new DeployError(
        'target-is-live',
        `"${folder}" is the folder of the live Web APIs: ${liveUrl ?? ''} answered with ${offlinePageName}. It is removed again.`,
        `Look whether users were hurt. Set web-api-target to the folder that belongs to ${sessions.url}.`
      )
    }
    const drained = await sessions.count(signal, timeoutMs)
    if (drained.kind === 'unknown') {
      if (!drained.isRetired) log.info(`The page itself does not show: ${sessions.url} says ${drained.state}.`)
      return
    }
    if (clock.now() >= deadline) break
    await clock.sleep(pauseMs, signal)
  }
  throw new DeployError(
    'retire-failed',
    `${offlinePageName} in "${folder}" has not stopped ${sessions.url}. It is removed again.`,
    'Most likely these Web APIs run from another folder: name it with web-api-target. Only the ASP.NET Core module of IIS stops for that file; Web APIs on another web server are stopped there.'
  )
}

/**
 * Lets a side start again that clients go back to, where a drain has retired it.
 *
 * @param url of the side; undefined = none
 */
export async function reopen(
  { steady }: Site,
  releases: readonly ReleaseEntry[],
  url: string | undefined,
  { settings, log }: Run
): Promise<void> {
  if (url === undefined) return
  const place = placeOfSide(releases, url)
  const folders = new Set([place && isHere(place, settings) ? place.folder : undefined, settings.webApiTarget])
  for (const folder of folders) {
    if (folder !== undefined && (await isFolderThere(steady, folder))) await removeRetiredPage(steady, folder, log)
  }
}

function notEmptyAnyMore(url: string, left: Awaited<ReturnType<SessionSource['count']>>): DeployError {
  return new DeployError(
    left.kind === 'known' ? 'sessions-remain' : 'sessions-unreadable',
    `${url} was empty, and ${left.kind === 'known' ? `has ${left.value} sessions again` : `does not say any more how many sessions it has: ${left.state}`}. It was not retired.`,
    'Somebody has started there meanwhile. Run the job again.'
  )
}

function unfinishedRelease(entry: ReleaseEntry): DeployError {
  return new DeployError(
    'repair-needed',
    `A release of ${entry.version} was left unfinished by ${entry.run}, so it is not known what will be live. Nothing was retired.`,
    'Run the deploy or the rollback again, which brings the site to a whole state first. Then drain.'
  )
}
