import { messageOf } from '../errors'
import type { Plan } from '../plan/plan'
import type { ReleaseEntry } from '../site/release-entry'
import { forEachInFlight, together } from '../transport/in-flight'
import { entryAt } from './beginning'
import { eachOf, type Claim } from './claim'
import { cleanUp } from './clean-up'
import { sitesAtOnce } from './member'
import type { MoveList } from './moves'
import type { Part } from './part'
import { noteMoved, settleForward } from './recover'
import type { Run } from './run'
import type { Staged } from './staged'

/**
 * Writes down what will be recorded when all files are in their places: at once that the release stands, unless there is
 * more to be taken away, which waits for the check.
 *
 * @returns records it
 */
export async function prepareRecords(
  parts: readonly Part[],
  switches: readonly Staged[]
): Promise<() => Promise<void>> {
  const releasedAt = new Date().toISOString()
  const ofSwitches = switches.map(async ({ part, list }) => {
    const { journal } = part.claims.app
    if (isMoreToDo(part.plan, list)) return journal.prepare({ phase: 'switched', releasedAt })
    noteMoved(journal, list)
    const record = await journal.prepareFinish({ phase: 'released', releasedAt })
    return async () => {
      await record()
      // The check takes its time anyway. What stays is swept away after it.
      await journal.sweepDocuments().catch(() => undefined)
    }
  })
  const ofOthers = othersOf(parts, switches).map(({ journal }) => journal.prepareFinish(undefined))
  const records = await together([...ofSwitches, ...ofOthers])
  return async () => {
    await together(records.map(record => record()))
  }
}

function isMoreToDo({ deletions }: Plan, { groups }: MoveList): boolean {
  return deletions.versions.length > 0 || groups.flat().some(({ kind }) => kind === 'retire')
}

/** Whatever fails here, the release is live, and the next run does what is left. */
export async function finish(
  parts: readonly Part[],
  switches: readonly Staged[],
  entry: ReleaseEntry,
  run: Run
): Promise<void> {
  try {
    await forEachInFlight(switches, sitesAtOnce, async ({ part, list }) => {
      if (!part.claims.app.journal.unfinished) return
      await cleanUp(part.claims.app, part.plan, list, part.run)
      await settle(part, list, entry, run)
    })
    await together(eachOf(parts.map(({ claims }) => claims)).map(({ journal }) => journal.sweep()))
  } catch (error) {
    run.signal.throwIfAborted()
    run.log.warning(
      `The release is live, and cleaning up after it broke off: ${messageOf(error)} The next run goes on.`
    )
  }
}

export async function settleAll(
  parts: readonly Part[],
  switches: readonly Staged[],
  entry: ReleaseEntry,
  run: Run
): Promise<void> {
  await together([
    ...switches.map(async ({ part, list }) => {
      if (part.claims.app.journal.unfinished) await settle(part, list, entry, run)
    }),
    ...othersOf(parts, switches).map(({ journal }) => journal.finish(undefined))
  ])
}

async function settle(part: Part, list: MoveList, entry: ReleaseEntry, { record }: Run): Promise<void> {
  const { app } = part.claims
  const now = app.journal.unfinished ?? entryAt(entry, part, app)
  await settleForward(app, { ...now, releasedAt: record.releasedAt?.toISOString() }, list)
}

/** Sites that Web APIs alone went to have nothing that could be moved back. */
function othersOf(parts: readonly Part[], switches: readonly Staged[]): Claim[] {
  const switched = new Set(switches.map(({ part }) => part.claims.app))
  return eachOf(parts.map(({ claims }) => claims)).filter(
    claim => !switched.has(claim) && claim.journal.unfinished !== undefined
  )
}
