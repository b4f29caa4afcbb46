import { readBuild, type Build } from '../build/build'
import type { Settings } from '../inputs/settings'
import { looksLive } from '../plan/already-live'
import { checkPlan } from '../plan/check-plan'
import { makePlan, targetsOf } from '../plan/make-plan'
import { filesOf, type Plan } from '../plan/plan'
import { isSameUrl } from '../plan/same-url'
import { isSameContent } from '../site/same-content'
import { readState, type SiteState } from '../site/state'
import { leftoversOf, type Leftovers } from '../site/temporary-name'
import { forEachInFlight } from '../transport/in-flight'
import type { Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import { waitUntilReady } from '../web-api/readiness'
import { check, checkAsClient } from './check'
import type { Log } from './log'
import type { ReleaseRecord } from './record'
import { connectSites, type Sites } from './sites'
import { stageCloudApp, stageWebApi } from './stage'
import { switchOver } from './switch'
import { tidy } from './tidy'
import { workFolder } from './work-folder'

/**
 * One deploy, from the build to the check as a client. What is known of it is in the record at every moment, also when
 * it ends with an error.
 *
 * @throws DeployError; before the switch nothing has changed for clients
 */
export async function deploy(settings: Settings, log: Log, record: ReleaseRecord): Promise<void> {
  await using work = await workFolder()
  const build = await log.phase('Read the build', async () => {
    const read = await readBuild(settings.build, work.path)
    noteBuild(record, read, settings)
    describeBuild(read, log)
    return read
  })

  await using sites = await log.phase('Connect', () => connectSites(settings, log))
  const { plan, isLive } = await log.phase('Read the site and plan', () => decide(build, sites, settings, log, record))
  if (isLive) {
    const { appUrl } = settings
    // A run before may have failed at just this check; then it must not turn green unchecked.
    if (appUrl !== undefined) await log.phase('Check as a client', () => checkAsClient(plan, appUrl, settings, log))
    record.status = 'unchanged'
    record.reasonCode = 'already-live'
    record.filesUnchanged = filesOf(plan).length + plan.unchanged
    return
  }
  if (settings.dryRun) {
    record.status = 'planned'
    record.reasonCode = 'dry-run'
    return
  }

  if (plan.webApi) {
    const { webApi } = plan
    await log.phase('Stage Web API B', () => stageWebApi({ transport: sites.webApi, log, record }, webApi))
  }
  await log.phase('Wait until Web API B is ready', () => waitUntilReady(settings.readiness, log))
  const replacing = await log.phase('Stage the cloud app', () =>
    stageCloudApp({ transport: sites.app, log, record }, plan)
  )
  await log.phase('Switch', async () => {
    record.switchGuarantee = replacing.guarantee
    await switchOver(sites.app, plan, replacing)
    record.releasedAt = new Date()
    log.info(`Renamed ${plan.staged.flat().length} files; clients that start get ${plan.version} and ${plan.webApiUrl}`)
  })
  await log.phase('Check as a client', () => check(sites.app, plan, settings, log))
  record.status = 'deployed'
}

async function decide(
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

/** A kept file may lack what a new build brings along, such as a database cache of a new app (facts §5.5). */
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

function describeBuild({ cloudApp, webApi, publisher }: Build, log: Log): void {
  const minimum = cloudApp.versionList?.parsed?.minimum
  log.info(
    `Cloud app ${cloudApp.name}, version ${cloudApp.version}, minimum compatible version ${minimum ?? '(unknown)'}`
  )
  log.info(
    webApi ? `Web APIs ${webApi.name}, ${webApi.files.length} files` : 'No Web APIs: the cloud app alone is released.'
  )
  for (const folder of publisher) log.info(`Launcher or runtime ${folder.path}`)
}

function noteBuild(record: ReleaseRecord, build: Build, settings: Settings): void {
  const targets = targetsOf(build, settings)
  record.app = build.cloudApp.name
  record.version = build.cloudApp.version
  record.minimum = build.cloudApp.versionList?.parsed?.minimum
  record.cloudAppAt = `${settings.site.label} ${joinRemote(settings.site.root ?? '', targets.cloudApp)}`
  if (targets.webApi !== undefined) {
    record.webApiAt = `${settings.webApiSite.label} ${joinRemote(settings.webApiSite.root ?? '', targets.webApi)}`
  }
}
