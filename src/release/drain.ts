import { asDeployError, DeployError } from '../errors'
import { slotOf } from '../plan/slots'
import { readLiveAppRun } from '../site/live'
import { placesOf } from '../site/site-url'
import { together } from '../transport/in-flight'
import { nameOf } from '../transport/remote-path'
import { Http } from '../web-api/http'
import { SessionCalls } from '../web-api/farm-sessions'
import { memberUrls } from '../web-api/member-urls'
import type { SessionSource } from '../web-api/sessions'
import { claimSites, readJournalUnlocked, releaseClaims } from './claim'
import { refuseLive, sideToDrain, type OldSide } from './drain-side'
import { onlyTarget } from './only-target'
import { folderToRetire, retire, type Found } from './retire'
import type { Run } from './run'
import { SessionWatch } from './session-watch'
import { Connecting, type Sites } from './sites'

/**
 * Waits until the Web APIs that clients have left have no session. Writes nothing, and takes no lock, but for `retire`: a
 * release may go on meanwhile.
 *
 * @throws DeployError `nothing-to-drain`, `drain-side-live`, `management-api-off`, `sessions-remain`, `sessions-unreadable`,
 * and those of retire
 */
export async function drain(run: Run): Promise<void> {
  const { settings, log, record, signal } = run
  await using connecting = new Connecting(run)
  const sites = await log.phase('Connect', () => connecting.sites())
  const target =
    settings.cloudAppTarget ??
    (await onlyTarget(sites.apps[0].transport, settings.statePath, 'nothing-to-drain', 'drained'))
  record.cloudAppAt = placesOf(settings.sites, target)
  const side = await log.phase('Read the site and plan', () => findSide(sites, target, run))
  const drained = { url: side.url, samples: [], retiredAt: side.retiredAt }
  record.drain = drained
  const servers = memberUrls(side.url, settings.webApiSites)
  await using calls = new SessionCalls(side.url, servers, settings.readiness)
  const { sessions } = calls
  const watch = new SessionWatch({
    sessions,
    // The page stops all apps on these Web APIs.
    names: settings.retire ? undefined : [side.entry?.app ?? '', nameOf(target)],
    drain: drained,
    record,
    log,
    signal,
    look: isLast => look(sites, target, side.url, isLast, run)
  })
  if (settings.dryRun) {
    await log.phase('Drain', () => rehearse(watch, side, run))
    return
  }
  if (await log.phase('Drain', () => watch.untilEmpty(settings.drainTimeoutMs))) {
    record.status = 'unchanged'
    record.reasonCode = 'already-retired'
    return
  }
  if (settings.retire) await retireLocked(sites, sessions, target, run)
  record.status = 'drained'
}

/** The side to drain, and where its page would go. */
interface Side extends OldSide {
  readonly retiredAt: string | undefined
}

async function findSide(sites: Sites, target: string, run: Run): Promise<Side> {
  const { settings, log, record } = run
  const [app] = sites.apps
  // A release may have put away the journal that was listed.
  const read = (): ReturnType<typeof readJournalUnlocked> => readJournalUnlocked(app, target, run)
  const journal = await read().catch(read)
  if (journal.state === 'unreadable' && settings.webApiUrl === '') {
    throw new DeployError(
      'journal-unreadable',
      'The journal on the site cannot be read, so it is not to be known which Web APIs were live before.',
      'Name them with web-api-url.'
    )
  }
  const { releases } = journal
  const liveUrls = await liveUrlsOf(sites, target)
  const [liveUrl] = liveUrls
  const { url, entry } = sideToDrain(releases, liveUrl, settings.webApiUrl)
  const last = releases.at(-1)
  record.app = (entry ?? last)?.app ?? nameOf(target)
  record.version = last?.phase === 'rolled-back' ? last.previousVersion : last?.version
  record.previousVersion = entry?.phase === 'rolled-back' ? entry.version : entry?.previousVersion
  record.releaseId = entry?.id
  record.webApiUrl = liveUrl
  record.previousWebApiUrl = url
  record.slot = slotOf(settings.slots ?? [], liveUrl)?.name
  record.previousSlot = slotOf(settings.slots ?? [], url)?.name
  log.info(`Live: Web APIs ${liveUrl ?? '(none)'}. To be drained: ${url}`)
  if (!entry) log.warning(`The journal knows no release from or to ${url}. Is it the right URL?`)
  for (const other of liveUrls) refuseLive(url, other)
  if (!settings.retire) return { url, entry, retiredAt: undefined }
  const found: Found = { releases, liveUrl, target }
  const folder = await folderToRetire({ app, webApi: sites.webApis[0] }, url, found, run)
  return { url, entry, retiredAt: placesOf(settings.webApiSites, folder) }
}

/** What the live `apprun.json` of each web server names. */
function liveUrlsOf({ apps }: Sites, target: string): Promise<(string | undefined)[]> {
  return together(apps.map(async ({ transport }) => (await readLiveAppRun(transport, target))?.webApiUrl))
}

/** Has the side become live? What cannot be read for a moment is read again with the next poll, but for the last. */
async function look(sites: Sites, target: string, url: string, isLast: boolean, { log, signal }: Run): Promise<void> {
  try {
    for (const liveUrl of await liveUrlsOf(sites, target)) refuseLive(url, liveUrl)
  } catch (error) {
    signal.throwIfAborted()
    const { reasonCode, message } = asDeployError(error)
    if (isLast || reasonCode === 'drain-side-live') throw error
    log.info(`What is live could not be read just now: ${message}`)
  }
}

async function rehearse(watch: SessionWatch, side: Side, { settings, record, log }: Run): Promise<void> {
  const answer = await watch.ask(true, 100_000)
  if (answer.kind === 'known' && answer.value.awaited > 0) {
    log.info(`A drain would wait up to ${settings.drainTimeoutMs / 1000} s until ${side.url} has no session.`)
  }
  if (side.retiredAt !== undefined) log.info(`Then it would put app_offline.htm into ${side.retiredAt}.`)
  record.status = 'planned'
  record.reasonCode = 'dry-run'
}

async function retireLocked(sites: Sites, sessions: SessionSource, target: string, run: Run): Promise<void> {
  const { log, settings } = run
  await using http = new Http(settings.readiness.tlsCa, settings.readiness.allowAnyCertificate)
  const { claims } = await log.phase('Lock', () => claimSites(sites, target, run, () => Promise.resolve()))
  try {
    await log.phase('Retire', () => retire(claims, http, sessions, target, run))
  } finally {
    await releaseClaims(claims, run)
  }
}
