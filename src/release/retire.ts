import { looksLikeWebApi } from '../build/part'
import { DeployError } from '../errors'
import { isOneSite } from '../plan/check-plan'
import { checkTargets } from '../plan/targets'
import { readLiveAppRun } from '../site/live'
import type { ReleaseEntry } from '../site/release-entry'
import { placeOf } from '../site/site-url'
import { isFolderThere } from '../site/tree'
import type { Reading } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import type { Http } from '../web-api/http'
import { isRetiredPage, offlinePageName } from '../web-api/offline-page'
import { putRetiredPage, removeRetiredPage } from '../web-api/retired'
import type { Sessions } from '../web-api/sessions'
import type { Claims } from './claim'
import { placeOfSide, refuseLive } from './drain-side'
import { knownTargets } from './only-target'
import type { Run } from './run'
import { realClock } from './session-watch'
import { siteName } from './site-name'
import type { Site } from './sites'

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
export async function folderToRetire(transport: Reading, url: string, found: Found, run: Run): Promise<string> {
  const { settings } = run
  const folder = settings.webApiTarget ?? recordedFolder(url, found, run)
  refuseLiveFolder(folder, url, found, run)
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
  const here = siteName(settings.webApiSite)
  if (place && (place.site === undefined || place.site === here)) return place.folder
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

function refuseLiveFolder(folder: string, url: string, { releases, liveUrl, target }: Found, { settings }: Run): void {
  const live = liveUrl === undefined ? undefined : placeOfSide(releases, liveUrl)
  const isLive = live?.site === siteName(settings.webApiSite) && live.folder.toLowerCase() === folder.toLowerCase()
  try {
    checkTargets({ cloudApp: target, webApi: folder, onOneSite: isOneSite(settings) }, url, liveUrl)
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
 * Stops the drained side: puts `app_offline.htm` into its folder, after a last look around under the lock, and sees that it
 * is this side that stops.
 *
 * @throws DeployError `drain-side-live`, `sessions-remain`, `retire-failed`, `lock-lost`; the side then runs as before
 */
export async function retire(
  { app, webApi }: Claims,
  http: Http,
  sessions: Sessions,
  target: string,
  run: Run,
  clock = realClock
): Promise<string> {
  const { log, settings, signal } = run
  const { url } = sessions
  if (app.journal.unfinished) throw unfinished(app.journal.unfinished)
  const { transport, steady } = webApi.site
  const liveUrl = (await readLiveAppRun(app.site.transport, target))?.webApiUrl
  refuseLive(url, liveUrl)
  await refuseLiveForOthers(app.site.transport, url, target, run)
  const folder = await folderToRetire(transport, url, { releases: app.journal.releases, liveUrl, target }, run)
  const left = await sessions.count(signal, timeoutMs)
  if (left.kind === 'unknown' && left.isRetired) return folder
  if (left.kind === 'unknown' || left.value > 0) throw notEmptyAnyMore(url, left)
  await Promise.all([...new Set([app, webApi])].map(({ lock }) => lock.check()))
  signal.throwIfAborted()
  await putRetiredPage(steady, folder)
  try {
    await seeStopped(http, sessions, liveUrl, folder, run, clock)
  } catch (error) {
    await removeRetiredPage(steady, folder, log)
    throw error
  }
  log.info(`${offlinePageName} is in ${placeOf(settings.webApiSite, folder)}; ${url} has stopped.`)
  return folder
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
  sessions: Sessions,
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
  const isHere = place?.site === siteName(settings.webApiSite)
  const folders = new Set([isHere ? place.folder : undefined, settings.webApiTarget])
  for (const folder of folders) {
    if (folder !== undefined && (await isFolderThere(steady, folder))) await removeRetiredPage(steady, folder, log)
  }
}

function notEmptyAnyMore(url: string, left: Awaited<ReturnType<Sessions['count']>>): DeployError {
  return new DeployError(
    left.kind === 'known' ? 'sessions-remain' : 'sessions-unreadable',
    `${url} was empty, and ${left.kind === 'known' ? `has ${left.value} sessions again` : `does not say any more how many sessions it has: ${left.state}`}. It was not retired.`,
    'Somebody has started there meanwhile. Run the job again.'
  )
}

function unfinished(entry: ReleaseEntry): DeployError {
  return new DeployError(
    'repair-needed',
    `A release of ${entry.version} was left unfinished by ${entry.run}, so it is not known what will be live. Nothing was retired.`,
    'Run the deploy or the rollback again, which brings the site to a whole state first. Then drain.'
  )
}
