import { DeployError } from '../errors'
import type { Hashes } from '../build/hashes'
import { readBytes } from '../site/read-bytes'
import type { ReleaseEntry } from '../site/release-entry'
import { stagedName } from '../site/temporary-name'
import { forEachInFlight, together } from '../transport/in-flight'
import { joinRemote } from '../transport/remote-path'
import { backUp, probeReplacing, type Replacing } from './backup'
import { eachOf, type Claim } from './claim'
import { isCancelled } from './haltable'
import { movesOf } from './move-list'
import type { MoveList } from './moves'
import type { Part } from './part'
import type { Run } from './run'

/** How long removing staged files may take when the job is cancelled; what is left the next run removes. */
const clearingMs = 2_000

/** A member whose cloud app is staged, and what its switch needs. */
export interface Staged extends Preparation {
  readonly part: Part
  /** SHA-256 of what was sent to lie beside its target, by path. */
  readonly sent: ReadonlyMap<string, string>
}

/** What a switch needs. */
interface Preparation {
  readonly list: MoveList
  /** Records that it begins. */
  readonly begin: () => Promise<void>
}

/**
 * Keeps the files that will be replaced, and writes down what the switch is going to do.
 *
 * @param ready until then nothing is kept: somebody may change a file meanwhile
 */
export async function prepareSwitch(
  { claims, plan, live, run }: Part,
  entry: ReleaseEntry,
  hashes: Hashes,
  workPath: string,
  ready: Promise<void>
): Promise<Preparation> {
  const { site, journal } = claims.app
  const backupFolder = journal.backupFolder(entry.id)
  const appFolder = joinRemote(site.transport.root, plan.cloudAppFolder)
  const remembered = rememberedReplacing(journal)
  const groups = movesOf(plan, live, journal.files, hashes)
  const found = site.transport
    .makeFolder(backupFolder)
    .then(() => remembered ?? probeReplacing(site.steady, appFolder, backupFolder))
  const prepare = ({ mode, guarantee }: Replacing): Promise<() => Promise<void>> =>
    journal.prepare({ phase: 'switching', guarantee, backupMode: mode })
  const [{ mode, guarantee }, begin] = await together([
    found,
    remembered ? prepare(remembered) : found.then(prepare),
    journal.saveMoves(entry.id, groups),
    together([found, ready]).then(([{ mode }]) => backUp(site.transport, { groups, backupFolder, mode }, workPath))
  ])
  run.record.switchGuarantee = guarantee
  return { list: { groups, backupFolder, mode }, begin }
}

/**
 * What a server does is found out once. A release that was switched back may have met another server than the one before
 * it, so it is found out anew after it.
 */
function rememberedReplacing({ releases }: Claim['journal']): Replacing | undefined {
  const last = releases.at(-1)
  if (last?.phase !== 'released' || last.backupMode === undefined || last.guarantee === undefined) return undefined
  return { mode: last.backupMode, guarantee: last.guarantee }
}

/** What the journal says of a file must be what was sent. */
function refuseOther({ groups }: MoveList, sent: ReadonlyMap<string, string>): void {
  const other = groups.flat().find(({ path, hash }) => hash !== undefined && (sent.get(path) ?? hash) !== hash)
  if (other === undefined) return
  throw new DeployError(
    'build-changed',
    `"${other.path}" has changed on the runner since it was planned. Nothing was switched.`,
    'Let the build end before this step, and let nothing write to it meanwhile; then run the job again.'
  )
}

/** Looks around a last time, and records on all sites that the switch begins. */
export async function beforeSwitch(parts: readonly Part[], switches: readonly Staged[], run: Run): Promise<void> {
  try {
    for (const { list, sent } of switches) refuseOther(list, sent)
    await together([
      ...eachOf(parts.map(({ claims }) => claims)).map(({ lock }) => lock.check()),
      ...switches.map(({ part }) => refuseChanged(part))
    ])
    run.signal.throwIfAborted()
  } catch (error) {
    // Whoever has the lock now may have staged files of the same names.
    if (!isLockLost(error)) await together(switches.map(({ part }) => clearStaged(part, run)))
    throw error
  }
  // Once this is tried, the staged files tell that nothing was moved: they stay, also when the answer is lost.
  await together(switches.map(({ begin: record }) => record()))
}

/** Web API B may have taken minutes to get ready, in which somebody may have changed the pointers by hand. */
async function refuseChanged({ claims, plan, live: { appRun, versionList } }: Part): Promise<void> {
  const { transport } = claims.app.site
  const pointers = [appRun, versionList].filter(pointer => pointer !== undefined)
  await forEachInFlight(pointers, transport.inFlight, async pointer => {
    const path = joinRemote(transport.root, plan.cloudAppFolder, pointer.name)
    if ((await readBytes(transport, path)).equals(pointer.bytes)) return
    throw new DeployError(
      'site-changed',
      `"${path}" on ${transport.description} has changed since this run began. Nothing was switched.`,
      'See who else writes to the site, and run the job again: it plans anew.'
    )
  })
}

/** Removes the staged files; they are in nobody's way, so what fails here is left to the next run. */
export async function clearStaged({ claims, plan }: Part, { signal }: Run): Promise<void> {
  const { steady } = claims.app.site
  const deadline = isCancelled(signal) ? Date.now() + clearingMs : Infinity
  await forEachInFlight(plan.staged.flat(), steady.inFlight, async ({ path }) => {
    if (Date.now() < deadline) await steady.remove(stagedName(joinRemote(steady.root, path)))
  }).catch(() => undefined)
}

export function isLockLost(error: unknown): boolean {
  return error instanceof DeployError && error.reasonCode === 'lock-lost'
}
