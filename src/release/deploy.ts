import { readBuild, type Build } from '../build/build'
import type { Settings } from '../inputs/settings'
import { targetsOf } from '../plan/make-plan'
import { filesOf } from '../plan/plan'
import { joinRemote } from '../transport/remote-path'
import { waitUntilReady } from '../web-api/readiness'
import { check, checkAsClient } from './check'
import { decide } from './decide'
import type { Log } from './log'
import type { ReleaseRecord } from './record'
import { connectSites } from './sites'
import { stageCloudApp, stageWebApi } from './stage'
import { switchOver } from './switch'
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
