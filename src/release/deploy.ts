import type { Build } from '../build/build'
import { Hashes } from '../build/hashes'
import type { LocalFile } from '../build/local-file'
import { targetsOf } from '../plan/make-plan'
import { filesOf } from '../plan/plan'
import type { SiteState } from '../site/state'
import type { Load } from '../transport/width'
import { checkAsClient } from './check'
import { claimSites, readJournalOnly, releaseClaims } from './claim'
import { stateOf } from './decide'
import { publish } from './publish'
import { readAndNote } from './read-build'
import { recover } from './recover'
import { repairNeeded } from './repair-needed'
import type { Run } from './run'
import { decideOnSlot, refuseSameFolder } from './slot'
import { Connecting, type Sites } from './sites'
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
  await using connecting = new Connecting(run)
  const build = await readAndNote(work.path, run)
  const hashes = new Hashes()
  // Connecting and locking is waiting; what is not asked for in the end has cost nobody any time.
  void hashes.ahead(contentsOf(build))
  try {
    connecting.expect({ app: loadOf(build.cloudApp.files), webApi: loadOf(build.webApi?.files ?? []) })
    const sites = await log.phase('Connect', () => connecting.sites())
    if (settings.dryRun) await rehearse(build, hashes, sites, run)
    else await locked(build, hashes, sites, work.path, run)
  } finally {
    hashes.stop()
  }
}

async function locked(build: Build, hashes: Hashes, sites: Sites, workPath: string, run: Run): Promise<void> {
  const { log, settings } = run
  const look = (): Promise<SiteState | undefined> =>
    settings.slots ? Promise.resolve(undefined) : stateOf(build, sites, run)
  const { claims, seen } = await log.phase('Lock', () =>
    claimSites(sites, targetsOf(build, settings).cloudApp, run, look)
  )
  try {
    const isAfterRepair = claims.app.journal.unfinished !== undefined
    if (isAfterRepair) await log.phase('Repair', () => recover(claims, run))
    const known = { app: claims.app.journal.files, webApi: claims.webApi.journal.files }
    if (known.app.size + known.webApi.size === 0) hashes.stop()
    const given = { build, hashes, sites, known, releases: claims.app.journal.releases, isAfterRepair }
    const chosen = await log.phase('Read the site and plan', async () =>
      decideOnSlot(given, isAfterRepair ? undefined : await seen, run)
    )
    hashes.stop()
    const { decision, idle, live } = chosen
    if (decision.isLive) await settleUnchanged(chosen.run)
    else {
      if (idle && live && build.webApi) await refuseSameFolder(sites.webApi.transport, idle, live)
      await publish(claims, decision, hashes, workPath, chosen.run)
    }
  } finally {
    await releaseClaims(claims, run)
  }
}

/** What is hashed, and how much is to be sent at most. */
function contentsOf({ cloudApp, webApi }: Build): LocalFile[] {
  return [...cloudApp.files, ...(webApi?.files ?? [])]
}

function loadOf(files: readonly LocalFile[]): Load {
  return { operations: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) }
}

/** A dry run: the plan, and nothing else. */
async function rehearse(build: Build, hashes: Hashes, sites: Sites, run: Run): Promise<void> {
  const { log, record, settings } = run
  const target = targetsOf(build, settings).cloudApp
  const { decision, run: chosen } = await log.phase('Read the site and plan', async () => {
    const app = await readJournalOnly(sites.app, target, run)
    const webApi = sites.webApi === sites.app ? app : await readJournalOnly(sites.webApi, target, run)
    const { unfinished } = app
    if (unfinished?.phase === 'switching' || unfinished?.phase === 'undoing') throw repairNeeded(unfinished)
    const known = { app: app.files, webApi: webApi.files }
    const given = { build, hashes, sites, known, releases: app.releases, isAfterRepair: unfinished !== undefined }
    return decideOnSlot(given, undefined, run)
  })
  if (decision.isLive) await settleUnchanged(chosen)
  else {
    record.status = 'planned'
    record.reasonCode = 'dry-run'
  }
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
