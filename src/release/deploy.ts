import type { Build } from '../build/build'
import { Hashes } from '../build/hashes'
import type { LocalFile } from '../build/local-file'
import { targetsOf } from '../plan/make-plan'
import { filesOf } from '../plan/plan'
import type { Journal } from '../site/journal'
import type { SiteState } from '../site/state'
import { forEachInFlight } from '../transport/in-flight'
import type { Load } from '../transport/width'
import { checkAsClient } from './check'
import { claimSites, eachOf, readJournalOnly, releaseClaims, type AllClaims } from './claim'
import { stateOf, type Decision, type Given } from './decide'
import type { Givens } from './decide-each'
import { gather } from './gather'
import { haltable, type HaltableRun } from './haltable'
import { membersOf, runAt, sitesAtOnce, type Member } from './member'
import type { Part } from './part'
import { publish } from './publish'
import { readAndNote } from './read-build'
import type { ReleaseRecord } from './record'
import { recover } from './recover'
import { repairNeeded } from './repair-needed'
import type { Run } from './run'
import { decideOnSlot, refuseSameFolder } from './slot'
import { Connecting, type Site, type Sites } from './sites'
import { workFolder } from './work-folder'

/**
 * One deploy, from the build to the check as a client. What is known of it is in the record at every moment, also when
 * it ends with an error.
 *
 * @throws DeployError; what clients get is then what they got before, unless the message says otherwise
 */
export async function deploy(given: Run): Promise<void> {
  const { settings, log } = given
  const run = haltable(given)
  await using work = await workFolder()
  await using connecting = new Connecting(run)
  const build = await readAndNote(work.path, run)
  const hashes = new Hashes()
  // Connecting and locking is waiting; what is not asked for in the end has cost nobody any time.
  void hashes.ahead(contentsOf(build))
  try {
    connecting.expect({ app: loadOf(build.cloudApp.files), webApi: loadOf(build.webApi?.files ?? []) })
    const sites = await log.phase('Connect', () => connecting.sites())
    const members = membersOf(sites, run)
    try {
      if (settings.dryRun) await rehearse(build, hashes, members, run)
      else await locked(build, hashes, sites, members, work.path, run)
    } finally {
      gather(run.record)
    }
  } finally {
    hashes.stop()
  }
}

type Members = ReturnType<typeof membersOf>

async function locked(
  build: Build,
  hashes: Hashes,
  sites: Sites,
  members: Members,
  workPath: string,
  run: HaltableRun
): Promise<void> {
  const { log, settings } = run
  const look = (): Promise<SiteState | undefined> =>
    settings.slots ? Promise.resolve(undefined) : stateOf(build, members[0].sites, run)
  const { claims, seen } = await log.phase('Lock', () =>
    claimSites(sites, targetsOf(build, settings).cloudApp, run, look)
  )
  try {
    const broken = new Set(claims.filter(({ app }) => app.journal.unfinished !== undefined))
    if (broken.size > 0) await log.phase('Repair', () => recover(claims, run))
    const journals = eachOf(claims).map(({ journal }) => journal)
    if (journals.every(({ files }) => files.size === 0)) hashes.stop()
    const now = new Date()
    const given = (member: Member, index: number): Given => {
      const { app, webApi } = claims[index] ?? claims[0]
      const known = { app: app.journal.files, webApi: webApi.journal.files }
      const isAfterRepair = broken.has(claims[index] ?? claims[0])
      return { build, hashes, member, now, known, releases: app.journal.releases, isAfterRepair }
    }
    const chosen = await log.phase('Read the site and plan', async () =>
      decideOnSlot(each(members, given), broken.size > 0 ? undefined : await seen, run)
    )
    hashes.stop()
    const { decisions, idle, live } = chosen
    const chosenRun = { ...run, ...chosen.run }
    const parts = partsOf(members, claims, decisions, chosenRun)
    if (parts.length === 0) await settleUnchanged(members, decisions, chosenRun)
    else {
      if (idle && live && build.webApi) {
        await forEachInFlight(sites.webApis, sitesAtOnce, ({ transport }) => refuseSameFolder(transport, idle, live))
      }
      for (const [index, { record }] of members.entries()) if (decisions[index]?.isLive) noteUnchanged(record)
      await publish(parts, hashes, workPath, chosenRun)
    }
  } finally {
    await releaseClaims(claims, run)
  }
}

function each(members: Members, given: (member: Member, index: number) => Given): Givens {
  const [first, ...more] = members
  return [given(first, 0), ...more.map((member, index) => given(member, index + 1))]
}

/** What there is to be done at the members that do not have the release already. */
function partsOf(members: Members, claims: AllClaims, decisions: readonly Decision[], run: Run): readonly Part[] {
  return members.flatMap((member, index) => {
    const [claim, decision] = [claims[index], decisions[index]]
    if (!claim || !decision || decision.isLive) return []
    const { app, webApi } = member.sites
    return [
      {
        ...decision,
        claims: claim,
        owns: member.owns,
        run: runAt(run, member, app),
        webApiRun: runAt(run, member, webApi)
      }
    ]
  })
}

/** What is hashed, and how much is to be sent at most. */
function contentsOf({ cloudApp, webApi }: Build): LocalFile[] {
  return [...cloudApp.files, ...(webApi?.files ?? [])]
}

function loadOf(files: readonly LocalFile[]): Load {
  return { operations: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) }
}

/** A dry run: the plan, and nothing else. */
async function rehearse(build: Build, hashes: Hashes, members: Members, run: Run): Promise<void> {
  const { log, record, settings } = run
  const target = targetsOf(build, settings).cloudApp
  const { decisions, run: chosen } = await log.phase('Read the site and plan', async () => {
    const journals = new Map<Site, Journal>()
    const sites = new Set(members.flatMap(({ sites: { app, webApi } }) => [app, webApi]))
    await forEachInFlight(sites, sitesAtOnce, async site => {
      journals.set(site, await readJournalOnly(site, target, run))
    })
    const now = new Date()
    const given = (member: Member): Given => {
      const [app, webApi] = [journals.get(member.sites.app), journals.get(member.sites.webApi)]
      if (!app || !webApi) throw new Error('The journal of a site was not read.')
      const { unfinished } = app
      if (unfinished?.phase === 'switching' || unfinished?.phase === 'undoing') throw repairNeeded(unfinished)
      const known = { app: app.files, webApi: webApi.files }
      const isAfterRepair = unfinished !== undefined
      return { build, hashes, member, now, known, releases: app.releases, isAfterRepair }
    }
    return decideOnSlot(each(members, given), undefined, run)
  })
  if (decisions.every(({ isLive }) => isLive)) await settleUnchanged(members, decisions, { ...run, ...chosen })
  else {
    record.status = 'planned'
    record.reasonCode = 'dry-run'
  }
}

/** A run before may have failed at just this check; then this one must not turn green unchecked. */
async function settleUnchanged(members: Members, [first]: readonly Decision[], run: Run): Promise<void> {
  const { settings, log, record } = run
  const { appUrl } = settings
  const plan = first?.plan
  if (appUrl !== undefined && plan) await log.phase('Check as a client', () => checkAsClient(plan, appUrl, run))
  record.status = 'unchanged'
  record.reasonCode = 'already-live'
  for (const member of members) noteUnchanged(member.record)
}

function noteUnchanged(record: ReleaseRecord): void {
  const { plan } = record
  record.status = 'unchanged'
  record.filesUnchanged = plan ? filesOf(plan).length + plan.unchanged + plan.present : 0
}
