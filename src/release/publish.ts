import { randomBytes } from 'node:crypto'
import { asDeployError, DeployError, messageOf } from '../errors'
import type { Hashes } from '../build/hashes'
import type { Plan, PlannedFile } from '../plan/plan'
import type { LiveRelease } from '../site/live'
import { readBytes } from '../site/read-bytes'
import type { ReleaseEntry } from '../site/release-entry'
import { stagedName } from '../site/temporary-name'
import { forEachInFlight, together } from '../transport/in-flight'
import { joinRemote } from '../transport/remote-path'
import { waitUntilReady } from '../web-api/readiness'
import { backUp, probeReplacing, type Replacing } from './backup'
import { check } from './check'
import type { Claim, Claims } from './claim'
import { cleanUp } from './clean-up'
import type { Decision } from './decide'
import { movesOf } from './move-list'
import type { MoveList } from './moves'
import { settleForward, undoRelease } from './recover'
import type { Run } from './run'
import { stageCloudApp, stageWebApi } from './stage'
import { switchOver } from './switch'
import { siteName } from './site-name'
import { thisRun } from './this-run'

/** How long removing staged files may take when the job is cancelled; what is left the next run removes. */
const clearingMs = 2_000

/**
 * Stages a release, switches to it and checks it, with the journal ahead of each step that clients could see.
 *
 * @param workPath a folder on the runner
 * @throws DeployError; a switch or a check that failed is undone before
 */
export async function publish(
  claims: Claims,
  decision: Decision,
  hashes: Hashes,
  workPath: string,
  run: Run
): Promise<void> {
  const { plan } = decision
  const { settings, log, record } = run
  const { app, webApi } = claims
  const entry = newEntry(plan, run)
  record.releaseId = entry.id
  const begun = begin(claims, plan, entry)
  begun.catch(() => undefined)
  run.announce({ releaseId: entry.id, app: entry.app, version: entry.version, target: record.cloudAppAt ?? entry.app })
  try {
    const webApiPlan = plan.webApi
    if (webApiPlan) {
      await log.phase('Stage Web API B', async () => {
        await begun
        await stageWebApi({ run, claim: webApi, begun }, webApiPlan, plan.deletions.webApi)
      })
    }
    await log.phase('Wait until Web API B is ready', () => waitUntilReady(settings.readiness, log, run.signal))
    const list = await log.phase('Stage the cloud app', async () => {
      const { prepared, sent } = await stageCloudApp({ run, claim: app, begun }, plan, () =>
        prepareSwitch(app, entry, decision, hashes, workPath, run)
      )
      await beforeSwitch(claims, decision, prepared, sent, run)
      return prepared.list
    })
    await orUndo(claims, entry, plan, list, run, () => log.phase('Switch', () => switchAll(app, plan, list, run)))
    await orUndo(claims, entry, plan, list, run, () =>
      log.phase('Check as a client', async () => {
        await together([recordSwitch(claims, entry, plan, list, run), check(app.site.transport, plan, run)])
      })
    )
    record.status = 'deployed'
    await log.phase('Clean up', () => finish(claims, entry, plan, list, run))
  } catch (error) {
    await Promise.all([app.journal.flush(), webApi.journal.flush()]).catch(() => undefined)
    // Whoever has the lock now may write under the same name.
    if (!isLockLost(error)) await app.journal.discard().catch(() => undefined)
    throw error
  }
}

function newEntry(plan: Plan, { settings, record }: Run): ReleaseEntry {
  const started = record.startedAt.toISOString()
  return {
    // Sorts by time, tells the version, and differs for two runs in one second.
    id: `${started.slice(0, 19).replace(/[-:]/g, '')}-${plan.version}-${randomBytes(3).toString('hex')}`,
    phase: 'staging',
    app: plan.app,
    strategy: plan.strategy,
    version: plan.version,
    previousVersion: plan.previousVersion,
    minimum: plan.minimum,
    webApiUrl: plan.webApiUrl,
    previousWebApiUrl: plan.previousWebApiUrl,
    startedAt: started,
    run: thisRun(process.env).name,
    offline: plan.webApi?.offline === true ? plan.webApi.folder : undefined,
    webApiFolder: plan.webApi?.folder,
    webApiSite: plan.webApi && siteName(settings.webApiSite)
  }
}

/** What will be written in place counts as unknown from here on, in whatever state it is left. */
async function begin({ app, webApi }: Claims, plan: Plan, entry: ReleaseEntry): Promise<void> {
  const paths = (files: readonly PlannedFile[], { journal }: Claim): string[] =>
    files.flatMap(({ path, sizeOnSite }) => (sizeOnSite !== undefined || journal.files.has(path) ? [path] : []))
  const ofWebApi = paths(plan.webApi?.files ?? [], webApi)
  const ofApp = paths(plan.unseen, app)
  if (webApi === app) await app.journal.begin(entry, [...ofWebApi, ...ofApp])
  // Side by side, so that both forget before anything new is noted.
  else
    await together([webApi.journal.begin(entry, ofWebApi), app.journal.begin({ ...entry, offline: undefined }, ofApp)])
}

/** What a switch needs. */
interface Preparation {
  readonly list: MoveList
  /** Records that it begins. */
  readonly begin: () => Promise<void>
}

/** Keeps the files that will be replaced, and writes down what the switch is going to do. */
async function prepareSwitch(
  { site, journal }: Claim,
  entry: ReleaseEntry,
  { plan, live }: Decision,
  hashes: Hashes,
  workPath: string,
  run: Run
): Promise<Preparation> {
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
    found.then(({ mode }) => backUp(site.transport, { groups, backupFolder, mode }, workPath))
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

/** Looks around a last time, and records that the switch begins. */
async function beforeSwitch(
  claims: Claims,
  { plan, live }: Decision,
  { list, begin }: Preparation,
  sent: ReadonlyMap<string, string>,
  run: Run
): Promise<void> {
  const { site } = claims.app
  try {
    refuseOther(list, sent)
    await together([
      ...[...new Set([claims.app, claims.webApi])].map(({ lock }) => lock.check()),
      refuseChanged(claims.app, plan, live)
    ])
    run.signal.throwIfAborted()
  } catch (error) {
    // Whoever has the lock now may have staged files of the same names.
    if (!isLockLost(error)) await clearStaged(site, plan, run)
    throw error
  }
  // Once this is tried, the staged files tell that nothing was moved: they stay, also when the answer is lost.
  await begin()
}

async function switchAll({ site }: Claim, plan: Plan, list: MoveList, { log, record, signal }: Run): Promise<void> {
  await switchOver(site.steady, plan, list, signal)
  record.releasedAt = new Date()
  log.info(`Renamed ${plan.staged.flat().length} files; clients that start get ${plan.version} and ${plan.webApiUrl}`)
}

/** Web API B may have taken minutes to get ready, in which somebody may have changed the pointers by hand. */
async function refuseChanged({ site }: Claim, plan: Plan, { appRun, versionList }: LiveRelease): Promise<void> {
  const pointers = [appRun, versionList].filter(pointer => pointer !== undefined)
  await forEachInFlight(pointers, site.transport.inFlight, async pointer => {
    const path = joinRemote(site.transport.root, plan.cloudAppFolder, pointer.name)
    if ((await readBytes(site.transport, path)).equals(pointer.bytes)) return
    throw new DeployError(
      'site-changed',
      `"${path}" has changed since this run began. Nothing was switched.`,
      'See who else writes to the site, and run the job again: it plans anew.'
    )
  })
}

/** Does a part of the switch, or the check after it; when it fails, the switch is undone. */
async function orUndo(
  claims: Claims,
  entry: ReleaseEntry,
  plan: Plan,
  list: MoveList,
  run: Run,
  work: () => Promise<void>
): Promise<void> {
  try {
    await work()
  } catch (error) {
    const { unfinished } = claims.app.journal
    const isSwitched = unfinished === undefined || unfinished.phase === 'switched'
    // A complete switch stands when the job is cancelled after it: moving it back would be one more switch.
    if (!isSwitched || !(run.signal.aborted || !run.settings.rollbackOnFailure)) {
      throw await undone(claims.app, entry, plan, list, run, error)
    }
    if (unfinished) await settle(claims, entry, list, run)
    throw error
  }
}

/**
 * Records that all files are in their places: at once that the release stands, unless there is more to be taken away, which
 * waits for the check.
 */
async function recordSwitch(claims: Claims, entry: ReleaseEntry, plan: Plan, list: MoveList, run: Run): Promise<void> {
  const releasedAt = run.record.releasedAt?.toISOString()
  if (isMoreToDo(plan, list)) await claims.app.journal.advance({ phase: 'switched', releasedAt })
  else await settle(claims, entry, list, run)
}

function isMoreToDo({ deletions }: Plan, { groups }: MoveList): boolean {
  return deletions.versions.length > 0 || groups.flat().some(({ kind }) => kind === 'retire')
}

/** Whatever fails here, the release is live, and the next run does what is left. */
async function finish(claims: Claims, entry: ReleaseEntry, plan: Plan, list: MoveList, run: Run): Promise<void> {
  try {
    if (claims.app.journal.unfinished) {
      await cleanUp(claims.app, plan, list, run)
      await settle(claims, entry, list, run)
    }
    await together([...new Set([claims.app, claims.webApi])].map(({ journal }) => journal.sweep()))
  } catch (error) {
    run.signal.throwIfAborted()
    run.log.warning(
      `The release is live, and cleaning up after it broke off: ${messageOf(error)} The next run goes on.`
    )
  }
}

async function settle({ app, webApi }: Claims, entry: ReleaseEntry, list: MoveList, { record }: Run): Promise<void> {
  await settleForward(app, { ...(app.journal.unfinished ?? entry), releasedAt: record.releasedAt?.toISOString() }, list)
  if (webApi !== app) await webApi.journal.finish(undefined)
}

/**
 * Moves a switch back, whatever the reason.
 *
 * @returns the error to end with
 */
async function undone(
  claim: Claim,
  entry: ReleaseEntry,
  plan: Plan,
  list: MoveList,
  run: Run,
  cause: unknown
): Promise<DeployError> {
  const { log, record } = run
  const error = asDeployError(cause)
  try {
    const moved = await log.phase('Undo the switch', async () => {
      const count = await undoRelease(claim, recordOf(claim, entry), list, text => {
        log.warning(text)
      })
      log.info(`${count} files are back as they were.`)
      return count
    })
    await clearStaged(claim.site, plan, run)
    record.releasedAt = undefined
    if (error.reasonCode !== 'cancelled') record.status = 'rolled-back'
    const state = moved > 0 ? 'It was undone' : 'Nothing had been moved yet'
    return new DeployError(
      error.reasonCode,
      `${error.message} ${state}: clients get ${plan.previousVersion ?? 'what they got before'} again.`,
      error.advice,
      cause
    )
  } catch (failure) {
    return new DeployError(
      'switch-incomplete',
      `${error.message} And it could not be undone: ${messageOf(failure)} Clients may meet files of both releases.`,
      'Run the job again at once: before anything else it brings the site to a whole state.',
      failure
    )
  }
}

/** A release as the journal has it now. */
function recordOf({ journal }: Claim, entry: ReleaseEntry): ReleaseEntry {
  return journal.unfinished ?? journal.releases.find(({ id }) => id === entry.id) ?? entry
}

function isLockLost(error: unknown): boolean {
  return error instanceof DeployError && error.reasonCode === 'lock-lost'
}

/** Removes the staged files; they are in nobody's way, so what fails here is left to the next run. */
async function clearStaged({ steady }: Claim['site'], plan: Plan, { signal }: Run): Promise<void> {
  const deadline = signal.aborted ? Date.now() + clearingMs : Infinity
  await forEachInFlight(plan.staged.flat(), steady.inFlight, async ({ path }) => {
    if (Date.now() < deadline) await steady.remove(stagedName(joinRemote(steady.root, path)))
  }).catch(() => undefined)
}
