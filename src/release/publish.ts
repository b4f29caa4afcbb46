import type { Hashes } from '../build/hashes'
import type { ReleaseEntry } from '../site/release-entry'
import { forEachInFlight, together } from '../transport/in-flight'
import { isAsked, waitUntilReady } from '../web-api/readiness'
import { Ahead } from './ahead'
import { begin, newEntry } from './beginning'
import { checkServedRelease, checkSite } from './check'
import { eachOf } from './claim'
import type { HaltableRun } from './haltable'
import { sitesAtOnce } from './member'
import type { Part } from './part'
import type { Run } from './run'
import { finish, prepareRecords, settleAll } from './settle'
import { stageCloudApp, stageWebApi } from './stage'
import { beforeSwitch, isLockLost, prepareSwitch, type Staged } from './staged'
import { Switch } from './switch'
import { undone } from './undo-switch'

/**
 * Stages a release on all sites, switches all of them and checks them, with the journals ahead of each step that clients
 * could see.
 *
 * @param parts what is to be done at each member; at least one
 * @param workPath a folder on the runner
 * @throws DeployError; a switch or a check that failed is undone before, on all sites
 */
export async function publish(
  parts: readonly Part[],
  hashes: Hashes,
  workPath: string,
  run: HaltableRun
): Promise<void> {
  const { settings, log, record } = run
  const [first] = parts
  if (!first) throw new Error('There is nothing to publish.')
  const claims = eachOf(parts.map(part => part.claims))
  const entry = newEntry(first.plan, run)
  record.releaseId = entry.id
  const begun = begin(parts, entry)
  begun.catch(() => undefined)
  run.announce({ releaseId: entry.id, app: entry.app, version: entry.version, target: record.cloudAppAt ?? entry.app })
  // The cloud app follows Web API B at its heels: nobody sees it, so it need not wait until B is ready.
  const ready = new Ahead(async () => {
    await stageWebApis(parts, begun, run, () => {
      staging.begin()
    })
    const recorded = together(claims.map(({ journal }) => journal.flush()))
    // What fails here fails again when more is recorded.
    recorded.catch(() => undefined)
    await log.phase('Wait until Web API B is ready', async () => {
      await waitUntilReady(settings.readiness, log, run.signal)
      // B's answer took as long. From here on a run that is killed has recorded all of B.
      if (isAsked(settings.readiness)) await recorded
    })
  })
  const staging = new Ahead(() => stageCloudApps(parts, { entry, begun, ready, hashes, workPath }, run))
  const records = new Ahead(async () => prepareRecords(parts, await staging.result()))
  try {
    await ready.result().catch(async (error: unknown) => {
      if (!staging.isBegun) throw error
      // Or it is the cloud app that failed, and ended the waiting.
      run.halt(error)
      await staging.settled()
      throw run.signal.reason
    })
    const switches = await log.phase('Stage the cloud app', async () => {
      const staged = await staging.result()
      await beforeSwitch(parts, staged, run)
      return staged
    })
    // Not before the last look at the lock: whoever has it may write an inventory of the same name.
    records.begin()
    await orUndo(parts, switches, entry, run, () => log.phase('Switch', () => switchAll(switches, run)))
    await orUndo(parts, switches, entry, run, () =>
      log.phase('Check as a client', async () => {
        await together([records.result().then(record => record()), checkAll(switches, run)])
      })
    )
    record.status = 'deployed'
    await log.phase('Clean up', () => finish(parts, switches, entry, run))
  } catch (error) {
    await records.settled()
    await Promise.all(claims.map(({ journal }) => journal.flush())).catch(() => undefined)
    // Whoever has the lock now may write under the same name.
    if (!isLockLost(error)) await Promise.all(claims.map(({ journal }) => journal.discard())).catch(() => undefined)
    throw error
  }
}

/** @param onRunningOut called when there is nothing of any Web API B left to begin with */
async function stageWebApis(
  parts: readonly Part[],
  begun: Promise<void>,
  run: HaltableRun,
  onRunningOut: () => void
): Promise<void> {
  const withWebApi = parts.flatMap(part => (part.plan.webApi ? [{ ...part, webApi: part.plan.webApi }] : []))
  if (withWebApi.length === 0) return
  let left = withWebApi.length
  await run.log.phase('Stage Web API B', () =>
    atEachSite(withWebApi, run, async ({ plan, webApi, claims, webApiRun }) => {
      await stageWebApi({ run: webApiRun, claim: claims.webApi, begun }, webApi, plan.deletions.webApi, () => {
        left -= 1
        if (left === 0) onRunningOut()
      })
    })
  )
}

/** What the cloud apps are staged with. */
interface Staging {
  readonly entry: ReleaseEntry
  readonly begun: Promise<void>
  readonly ready: Ahead<void>
  readonly hashes: Hashes
  readonly workPath: string
}

/** Stages all cloud apps. Should one fail while the run still waits for Web API B, there is nothing left to wait for. */
async function stageCloudApps(
  parts: readonly Part[],
  { entry, begun, ready, hashes, workPath }: Staging,
  run: HaltableRun
): Promise<readonly Staged[]> {
  const withApp = parts.filter(({ owns }) => owns.app)
  const staged: Staged[] = []
  try {
    await atEachSite(withApp, run, async part => {
      const { prepared, sent } = await stageCloudApp(
        { run: part.run, claim: part.claims.app, begun },
        part.plan,
        ready.result(),
        () => prepareSwitch(part, entry, hashes, workPath, ready.result())
      )
      staged.push({ part, ...prepared, sent })
    })
  } catch (error) {
    run.halt(error)
    throw error
  }
  return staged
}

/** Does a part of the work at some sites at a time; when it fails at one of them, it is stopped at the others. */
async function atEachSite<T extends Part>(
  parts: readonly T[],
  run: HaltableRun,
  work: (part: T) => Promise<void>
): Promise<void> {
  await forEachInFlight(parts, sitesAtOnce, async part => {
    try {
      await work(part)
    } catch (error) {
      if (parts.length > 1) run.halt(error)
      throw error
    }
  })
}

/** Content first, pointers last: no site of a farm names the release while another lacks a part of it. */
async function switchAll(switches: readonly Staged[], { log, record, signal }: Run): Promise<void> {
  const movings = switches.map(({ part, list }) => new Switch(part.claims.app.site, part.plan, list, signal))
  await together(movings.map(moving => moving.moveContent()))
  await together(movings.map(moving => moving.movePointers()))
  record.releasedAt = new Date()
  for (const { part } of switches) {
    const { plan } = part
    part.run.record.releasedAt = record.releasedAt
    const where = part.claims.app.site.name
    log.info(
      `${where === '' ? '' : `${where}: `}Renamed ${plan.staged.flat().length} files; clients that start get ${plan.version} and ${plan.webApiUrl}`
    )
  }
}

/** Looks at each site, and once as a client does. */
async function checkAll(switches: readonly Staged[], run: Run): Promise<void> {
  const [first] = switches
  await together([
    ...switches.map(({ part }) => checkSite(part.claims.app.site.transport, part.plan, run)),
    ...(first ? [checkServedRelease(first.part.plan, run)] : [])
  ])
}

/** Does a part of the switch, or the check after it; when it fails, the switch is undone on all sites. */
async function orUndo(
  parts: readonly Part[],
  switches: readonly Staged[],
  entry: ReleaseEntry,
  run: Run,
  work: () => Promise<void>
): Promise<void> {
  try {
    await work()
  } catch (error) {
    const phases = switches.map(({ part }) => part.claims.app.journal.unfinished?.phase)
    const isSwitched = phases.every(phase => phase === undefined || phase === 'switched')
    // A complete switch stands when the job is cancelled after it: moving it back would be one more switch.
    if (!isSwitched || !(run.signal.aborted || !run.settings.rollbackOnFailure)) {
      throw await undone(switches, entry, run, error)
    }
    await settleAll(parts, switches, entry, run)
    throw error
  }
}
