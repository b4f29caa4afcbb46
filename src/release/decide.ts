import type { Build } from '../build/build'
import type { Hashes } from '../build/hashes'
import { looksLive } from '../plan/already-live'
import { checkPlan } from '../plan/check-plan'
import { makePlan, targetsOf } from '../plan/make-plan'
import type { Plan } from '../plan/plan'
import type { Inventory } from '../site/inventory'
import { liveWebApiUrl, type LiveRelease } from '../site/live'
import type { ReleaseEntry } from '../site/release-entry'
import { isSameContent } from '../site/same-content'
import { readState, type SiteState } from '../site/state'
import { leftoversOf } from '../site/temporary-name'
import { forEachInFlight } from '../transport/in-flight'
import type { Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import { withNotice } from './with-notice'
import { isStatePath } from './claim'
import type { Log } from './log'
import type { ReleaseRecord } from './record'
import type { Run } from './run'
import type { Member } from './member'
import { ownPart } from '../plan/own-part'
import type { SitePair } from './sites'
import { tidy } from './tidy'
import { withCopies } from './copies'
import { driftOf } from './drift'
import { withoutUnchanged } from './unchanged'

/** What a run decides on: the plan, and the state of the site that it rests on. */
export interface Decision {
  readonly plan: Plan
  readonly live: LiveRelease
  /** All of it is on the site already, as it should be. */
  readonly isLive: boolean
}

/** What a decision is made on, besides the state of the sites. */
export interface Given {
  readonly build: Build
  readonly hashes: Hashes
  readonly member: Member
  /** When the release is planned: on all sites of a farm the same moment. */
  readonly now: Date
  /** What the journals know to be on the sites. */
  readonly known: { readonly app: Inventory; readonly webApi: Inventory }
  /** What the journal of the app knows to have been released, oldest first. */
  readonly releases: readonly ReleaseEntry[]
  /** A run before this one broke off, so temporary files of launchers and runtimes may be its own. */
  readonly isAfterRepair: boolean
}

/**
 * Reads what a decision needs to know of the sites.
 *
 * @param known what is known already, and not read again
 */
export function stateOf(
  build: Build,
  { app, webApi }: SitePair,
  { settings }: Run,
  known?: Partial<SiteState>
): Promise<SiteState> {
  return readState(app.transport, webApi.transport, build, targetsOf(build, settings), isStatePath(settings), known)
}

/**
 * Clears away temporary files that an interrupted run left on the sites, and decides what to do there. The plan's warnings
 * are left to the caller to say.
 *
 * @param found the state of the sites as it was found
 * @param run as it is told of at the member
 * @throws DeployError for a plan that would not reach users, or would hurt those at work
 */
export async function decide(given: Given, found: SiteState, run: Run): Promise<Decision> {
  const { build, hashes, member, known, now } = given
  const { settings, log, record } = run
  const { sites } = member
  const clear = await tidied(given, found, run)
  const live = withRecordedUrl(clear.live, given.releases)
  const state = { ...clear, live }
  const all = makePlan(build, state, settings, known, now)
  const whole = ownPart(all, member.owns)
  warnOfDrift(driftOf(whole, known), log)
  const content = withCopies(withoutUnchanged(whole, known, hashes), live, known.app, hashes)
  noteLive(content, live, run)
  const paths = build.cloudApp.files.map(({ path }) => path)
  const plan = member.owns.app ? withNotice(content, live, paths, run, now) : content
  record.plan = plan
  log.info(
    plan.isFirstRelease
      ? 'Nothing is live yet: this is the first release.'
      : `Live: version ${live.version ?? '(unknown)'}, Web APIs ${liveWebApiUrl(live) ?? '(unknown)'}`
  )
  // The notice differs each time, if only by the hour.
  if (await isLive(content, live, sites, run)) {
    record.plan = content
    return { plan: content, live, isLive: true }
  }
  checkPlan(all, live, { app: sites.app.place, webApi: sites.webApi.place })
  log.plan(plan)
  await compareKept(plan, sites, log, record)
  return { plan, live, isLive: false }
}

/**
 * Looks whether all of a release is live already, and decides to do nothing then.
 *
 * @returns undefined when there is something to do
 */
export async function decideUnchanged(given: Given, state: SiteState, run: Run): Promise<Decision | undefined> {
  const { build, hashes, member, known, now } = given
  const whole = ownPart(makePlan(build, state, run.settings, known, now), member.owns)
  const plan = withoutUnchanged(whole, known, hashes)
  if (!(await isLive(plan, state.live, member.sites, run))) return undefined
  noteLive(plan, state.live, run)
  run.record.plan = plan
  return { plan, live: state.live, isLive: true }
}

function noteLive(plan: Plan, live: LiveRelease, { record }: Run): void {
  record.previousVersion = live.version
  record.previousWebApiUrl = liveWebApiUrl(live)
  record.filesKept = plan.kept.length + (plan.webApi?.kept.length ?? 0)
  record.filesUnchanged = plan.unchanged + plan.present
}

async function isLive(plan: Plan, live: LiveRelease, sites: SitePair, { log }: Run): Promise<boolean> {
  if (!looksLive(plan, live)) return false
  log.info('Version, pointers and sizes are live already; comparing what is not known for sure.')
  return isContentLive(plan, sites)
}

/** An app of PowerServer 2021 or 2022 has no file that tells its Web APIs; what the action has released, it remembers. */
function withRecordedUrl(live: LiveRelease, releases: readonly ReleaseEntry[]): LiveRelease {
  if (live.appRun !== undefined || live.version === undefined) return live
  const last = releases.findLast(({ phase, version }) => phase === 'released' && version === live.version)
  return { ...live, recordedWebApiUrl: last?.webApiUrl }
}

function warnOfDrift(paths: readonly string[], log: Log): void {
  if (paths.length === 0) return
  const shown = paths.slice(0, 5).join(', ') + (paths.length > 5 ? ', …' : '')
  log.warning(
    `Somebody has changed or removed ${paths.length} files since they were released; they are sent again: ${shown}`
  )
}

/** The state of the sites, after what an interrupted run left there is cleared away. */
async function tidied({ build, member, isAfterRepair }: Given, found: SiteState, run: Run): Promise<SiteState> {
  const { settings, log } = run
  const { sites } = member
  const { transport } = sites.app
  const app = found.live.leftovers
  // Else a run of another app, which has a lock of its own, may just be staging them.
  const publisher = isAfterRepair ? leftoversOf(found.publisher.files) : []
  if (app.length === 0 && publisher.length === 0) return found
  if (settings.dryRun) {
    log.warning('An interrupted run has left temporary files on the site; a deploy clears them away first.')
    return found
  }
  await tidy(transport, joinRemote(transport.root, targetsOf(build, settings).cloudApp), app, log)
  await tidy(transport, transport.root, publisher, log)
  return stateOf(build, sites, run)
}

async function isContentLive(plan: Plan, sites: SitePair): Promise<boolean> {
  const [app, webApi] = [sites.app.transport, sites.webApi.transport]
  const isAppLive = await isSameContent(app, pairs(app, [...plan.unseen, ...plan.staged.flat()]))
  return isAppLive && isSameContent(webApi, pairs(webApi, plan.webApi?.files ?? []))
}

function pairs(transport: Transport, files: Plan['unseen']): { localPath: string; remotePath: string }[] {
  return files.flatMap(({ path, content }) =>
    'localPath' in content ? [{ localPath: content.localPath, remotePath: joinRemote(transport.root, path) }] : []
  )
}

/** A kept file may lack what a new build brings along, such as the database of a new app (docs/powerserver.md §5). */
async function compareKept(plan: Plan, sites: SitePair, log: Log, record: ReleaseRecord): Promise<void> {
  const kept = [
    ...plan.kept.map(file => ({ ...file, transport: sites.app.transport })),
    ...(plan.webApi?.kept ?? []).map(file => ({ ...file, transport: sites.webApi.transport }))
  ]
  await forEachInFlight(kept, sites.app.transport.inFlight, async ({ path, localPath, transport }) => {
    const remotePath = joinRemote(transport.root, path)
    if (!(await isSameContent(transport, [{ localPath, remotePath }]))) record.keptDifferent.push(path)
  })
  record.keptDifferent.sort()
  if (record.keptDifferent.length > 0) {
    log.info(`Kept, although the build has other content: ${record.keptDifferent.join(', ')}`)
  }
}
