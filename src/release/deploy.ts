import { readBuild, type Build } from '../build/build'
import { targetsOf } from '../plan/make-plan'
import { filesOf } from '../plan/plan'
import { joinRemote } from '../transport/remote-path'
import { checkAsClient } from './check'
import { claimSites, readJournalOnly, releaseClaims, type Claims } from './claim'
import { decide } from './decide'
import { publish } from './publish'
import { recover } from './recover'
import { repairNeeded } from './repair-needed'
import type { Run } from './run'
import { connectSites, type Sites } from './sites'
import { workFolder } from './work-folder'

/**
 * One deploy, from the build to the check as a client. What is known of it is in the record at every moment, also when
 * it ends with an error.
 *
 * @throws DeployError; what clients get is then what they got before, unless the message says otherwise
 */
export async function deploy(run: Run): Promise<void> {
  const { settings, log } = run
  await using work = await workFolder()
  const build = await log.phase('Read the build', async () => {
    const read = await readBuild(settings.build, work.path)
    noteBuild(run, read)
    describeBuild(run, read)
    return read
  })
  await using sites = await log.phase('Connect', () => connectSites(run))
  const target = targetsOf(build, settings).cloudApp
  if (settings.dryRun) {
    await rehearse(build, sites, target, run)
    return
  }
  const claims = await log.phase('Lock', () => claimSites(sites, target, run))
  try {
    const isBroken = claims.app.journal.unfinished !== undefined
    if (isBroken) await log.phase('Repair', () => recover(claims, run))
    await release(build, sites, claims, work.path, isBroken, run)
  } finally {
    await releaseClaims(claims, run)
  }
}

/** A dry run: the plan, and nothing else. */
async function rehearse(build: Build, sites: Sites, target: string, run: Run): Promise<void> {
  const { log, record } = run
  const { isLive } = await log.phase('Read the site and plan', async () => {
    const app = await readJournalOnly(sites.app, target, run)
    const webApi = sites.webApi === sites.app ? app : await readJournalOnly(sites.webApi, target, run)
    const { unfinished } = app
    if (unfinished?.phase === 'switching' || unfinished?.phase === 'undoing') throw repairNeeded(unfinished)
    return decide(build, sites, { app: app.files, webApi: webApi.files }, unfinished !== undefined, run)
  })
  if (isLive) await settleUnchanged(run)
  else {
    record.status = 'planned'
    record.reasonCode = 'dry-run'
  }
}

async function release(
  build: Build,
  sites: Sites,
  claims: Claims,
  workPath: string,
  isAfterRepair: boolean,
  run: Run
): Promise<void> {
  const { log } = run
  const known = { app: claims.app.journal.files, webApi: claims.webApi.journal.files }
  const decision = await log.phase('Read the site and plan', () => decide(build, sites, known, isAfterRepair, run))
  if (decision.isLive) {
    await settleUnchanged(run)
    return
  }
  await publish(claims, decision, workPath, run)
}

/** A run before may have failed at just this check; then this one must not turn green unchecked. */
async function settleUnchanged(run: Run): Promise<void> {
  const { settings, log, record } = run
  const { plan } = record
  const { appUrl } = settings
  if (appUrl !== undefined && plan) await log.phase('Check as a client', () => checkAsClient(plan, appUrl, run))
  record.status = 'unchanged'
  record.reasonCode = 'already-live'
  record.filesUnchanged = plan ? filesOf(plan).length + plan.unchanged + plan.present : 0
}

function describeBuild({ log }: Run, { cloudApp, webApi, publisher }: Build): void {
  const minimum = cloudApp.versionList?.parsed?.minimum
  log.info(
    `Cloud app ${cloudApp.name}, version ${cloudApp.version}, minimum compatible version ${minimum ?? '(unknown)'}`
  )
  log.info(
    webApi ? `Web APIs ${webApi.name}, ${webApi.files.length} files` : 'No Web APIs: the cloud app alone is released.'
  )
  for (const folder of publisher) log.info(`Launcher or runtime ${folder.path}`)
}

function noteBuild({ record, settings }: Run, build: Build): void {
  const targets = targetsOf(build, settings)
  record.app = build.cloudApp.name
  record.version = build.cloudApp.version
  record.minimum = build.cloudApp.versionList?.parsed?.minimum
  record.cloudAppAt = `${settings.site.label} ${joinRemote(settings.site.root ?? '', targets.cloudApp)}`
  if (targets.webApi !== undefined) {
    record.webApiAt = `${settings.webApiSite.label} ${joinRemote(settings.webApiSite.root ?? '', targets.webApi)}`
  }
}
