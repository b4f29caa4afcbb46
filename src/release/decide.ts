import type { Build } from '../build/build'
import type { Settings } from '../inputs/settings'
import { looksLive } from '../plan/already-live'
import { checkPlan } from '../plan/check-plan'
import { makePlan, targetsOf } from '../plan/make-plan'
import type { Plan } from '../plan/plan'
import { isSameUrl } from '../plan/same-url'
import { isSameContent } from '../site/same-content'
import { readState, type SiteState } from '../site/state'
import { leftoversOf, type Leftovers } from '../site/temporary-name'
import { forEachInFlight } from '../transport/in-flight'
import type { Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import type { Log } from './log'
import type { ReleaseRecord } from './record'
import type { Sites } from './sites'
import { tidy } from './tidy'

/**
 * Reads the sites, clears away what an interrupted run left there, and decides what to do.
 *
 * @returns the plan, and whether all of it is live already
 * @throws DeployError for a plan that would not reach users, or would hurt those at work
 */
export async function decide(
  build: Build,
  sites: Sites,
  settings: Settings,
  log: Log,
  record: ReleaseRecord
): Promise<{ plan: Plan; isLive: boolean }> {
  const state = await readTidied(build, sites, settings, log)
  const { live } = state
  const whole = makePlan(build, state, settings, new Date())
  record.plan = whole
  record.previousVersion = live.version
  record.previousWebApiUrl = live.appRun?.webApiUrl
  record.filesKept = whole.kept.length + (whole.webApi?.kept.length ?? 0)
  log.info(
    whole.isFirstRelease
      ? 'Nothing is live yet: this is the first release.'
      : `Live: version ${live.version ?? '(unknown)'}, Web APIs ${live.appRun?.webApiUrl ?? '(unknown)'}`
  )
  if (looksLive(whole, live)) {
    log.info('Version, pointers and sizes are live already; comparing the contents.')
    if (await isContentLive(whole, sites)) return { plan: whole, isLive: true }
  }
  const plan = await sparingLiveWebApi(whole, sites, log)
  record.plan = plan
  record.filesUnchanged = plan.unchanged
  checkPlan(plan, live, settings)
  log.plan(plan)
  for (const warning of plan.warnings) log.warning(warning)
  await compareKept(plan, sites, log, record)
  return { plan, isLive: false }
}

/**
 * After a switch that broke off clients may be on Web API B already, and the rest of the release is still to come. Where
 * all of B is in place it is left alone; otherwise check-plan refuses to touch it.
 */
async function sparingLiveWebApi(plan: Plan, sites: Sites, log: Log): Promise<Plan> {
  const { webApi, webApiUrl, previousWebApiUrl } = plan
  if (!webApi || previousWebApiUrl === undefined || !isSameUrl(webApiUrl, previousWebApiUrl)) return plan
  const isInPlace = webApi.files.every(file => file.size === file.sizeOnSite)
  if (!isInPlace || !(await isSameContent(sites.webApi, pairs(sites.webApi, webApi.files)))) return plan
  log.info('Clients are on these Web APIs already, and all their files are as in the build: they are left alone.')
  return { ...plan, webApi: undefined, unchanged: plan.unchanged + webApi.files.length }
}

/** The state of the sites, after what an interrupted run left there is cleared away. */
async function readTidied(build: Build, sites: Sites, settings: Settings, log: Log): Promise<SiteState> {
  const targets = targetsOf(build, settings)
  const state = await readState(sites.app, sites.webApi, build, targets)
  const app = state.live.leftovers
  const publisher = leftoversOf(state.publisher.files)
  if (isNothing(app) && isNothing(publisher)) return state
  if (settings.dryRun) {
    log.warning('An interrupted run has left temporary files on the site; a deploy clears them away first.')
    return state
  }
  await tidy(sites.app, joinRemote(sites.app.root, targets.cloudApp), app, log)
  await tidy(sites.app, sites.app.root, publisher, log)
  return readState(sites.app, sites.webApi, build, targets)
}

function isNothing({ remove, restore }: Leftovers): boolean {
  return remove.length === 0 && restore.length === 0
}

async function isContentLive(plan: Plan, sites: Sites): Promise<boolean> {
  const app = await isSameContent(sites.app, pairs(sites.app, [...plan.unseen, ...plan.staged.flat()]))
  return app && isSameContent(sites.webApi, pairs(sites.webApi, plan.webApi?.files ?? []))
}

function pairs(transport: Transport, files: Plan['unseen']): { localPath: string; remotePath: string }[] {
  return files.flatMap(({ path, content }) =>
    'localPath' in content ? [{ localPath: content.localPath, remotePath: joinRemote(transport.root, path) }] : []
  )
}

/** A kept file may lack what a new build brings along, such as the database of a new app (docs/powerserver.md §5). */
async function compareKept(plan: Plan, sites: Sites, log: Log, record: ReleaseRecord): Promise<void> {
  const kept = [
    ...plan.kept.map(file => ({ ...file, transport: sites.app })),
    ...(plan.webApi?.kept ?? []).map(file => ({ ...file, transport: sites.webApi }))
  ]
  await forEachInFlight(kept, sites.app.inFlight, async ({ path, localPath, transport }) => {
    const remotePath = joinRemote(transport.root, path)
    if (!(await isSameContent(transport, [{ localPath, remotePath }]))) record.keptDifferent.push(path)
  })
  record.keptDifferent.sort()
  if (record.keptDifferent.length > 0) {
    log.info(`Kept, although the build has other content: ${record.keptDifferent.join(', ')}`)
  }
}
