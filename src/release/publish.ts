import type { Hashes } from '../build/hashes'
import type { ReleaseEntry } from '../site/release-entry'
import { forEachInFlight, together } from '../transport/in-flight'
import { waitUntilReady } from '../web-api/readiness'
import { begin, newEntry } from './beginning'
import { checkServedRelease, checkSite } from './check'
import { eachOf } from './claim'
import type { HaltableRun } from './haltable'
import { sitesAtOnce } from './member'
import type { Part } from './part'
import type { Run } from './run'
import { finish, recordSwitches, settleAll } from './settle'
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
  const entry = newEntry(first.plan, run)
  record.releaseId = entry.id
  const begun = begin(parts, entry)
  begun.catch(() => undefined)
  run.announce({ releaseId: entry.id, app: entry.app, version: entry.version, target: record.cloudAppAt ?? entry.app })
  try {
    const withWebApi = parts.filter(({ plan }) => plan.webApi)
    if (withWebApi.length > 0) {
      await log.phase('Stage Web API B', async () => {
        await begun
        await atEachSite(withWebApi, run, async ({ plan, claims, webApiRun }) => {
          if (plan.webApi) {
            await stageWebApi({ run: webApiRun, claim: claims.webApi, begun }, plan.webApi, plan.deletions.webApi)
          }
        })
      })
    }
    await log.phase('Wait until Web API B is ready', () => waitUntilReady(settings.readiness, log, run.signal))
    const withApp = parts.filter(({ owns }) => owns.app)
    const switches = await log.phase('Stage the cloud app', async () => {
      const staged: Staged[] = []
      await atEachSite(withApp, run, async part => {
        const { prepared, sent } = await stageCloudApp(
          { run: part.run, claim: part.claims.app, begun },
          part.plan,
          () => prepareSwitch(part, entry, hashes, workPath)
        )
        staged.push({ part, ...prepared, sent })
      })
      await beforeSwitch(parts, staged, run)
      return staged
    })
    await orUndo(parts, switches, entry, run, () => log.phase('Switch', () => switchAll(switches, run)))
    await orUndo(parts, switches, entry, run, () =>
      log.phase('Check as a client', async () => {
        await together([recordSwitches(parts, switches, entry, run), checkAll(switches, run)])
      })
    )
    record.status = 'deployed'
    await log.phase('Clean up', () => finish(parts, switches, entry, run))
  } catch (error) {
    const claims = eachOf(parts.map(part => part.claims))
    await Promise.all(claims.map(({ journal }) => journal.flush())).catch(() => undefined)
    // Whoever has the lock now may write under the same name.
    if (!isLockLost(error)) await Promise.all(claims.map(({ journal }) => journal.discard())).catch(() => undefined)
    throw error
  }
}

/** Does a part of the work at some sites at a time; when it fails at one of them, it is stopped at the others. */
async function atEachSite(
  parts: readonly Part[],
  run: HaltableRun,
  work: (part: Part) => Promise<void>
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
