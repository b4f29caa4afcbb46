import { randomBytes } from 'node:crypto'
import { below } from '../inputs/web-address'
import { DeployError } from '../errors'
import { targetsOf } from '../plan/make-plan'
import { chooseSlot, unknownSlot, type Slot } from '../plan/slots'
import { readLiveAppRun } from '../site/live'
import type { SiteState } from '../site/state'
import { stagedName } from '../site/temporary-name'
import { placesOf } from '../site/site-url'
import { together } from '../transport/in-flight'
import { isFolderThere } from '../site/tree'
import type { Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import { memberUrls } from '../web-api/member-urls'
import { decideUnchanged, type Decision } from './decide'
import { decideEach, statesOf, type Givens } from './decide-each'
import { runAt } from './member'
import type { Run } from './run'

export interface SlotDecision {
  /** One for each that was given. */
  readonly decisions: readonly Decision[]
  /** With the slot as Web API B, where there are slots. */
  readonly run: Run
  readonly idle: Slot | undefined
  readonly live: Slot | undefined
}

/**
 * Decides what to do, where there are slots on one that is not live. What is live already, slot included, stays; and where a
 * part of a farm has it, the others follow.
 *
 * @param givens one for each member
 * @param seen the state of the sites, where it is known already
 * @throws DeployError `live-slot-unknown`, `farm-differs`, and as decide
 */
export async function decideOnSlot(givens: Givens, seen: SiteState | undefined, run: Run): Promise<SlotDecision> {
  const [{ build, releases }] = givens
  const { slots } = run.settings
  if (!slots) {
    const states = seen ? [seen] : await statesOf(givens, run)
    return { decisions: await decideEach(givens, states, run), run, idle: undefined, live: undefined }
  }
  if (build.isUrlBuiltIn) throw builtIn()
  const liveUrls = await liveUrlsOf(givens, run)
  const used = releases.map(({ webApiUrl }) => webApiUrl)
  const chosen = chooseSlot(slots, liveUrls, used)
  const { live } = chosen
  // Without Web APIs of its own a release stays where clients are.
  const idle = build.webApi ? chosen.idle : (live ?? chosen.idle)
  const onIdle = onSlot(run, idle)
  const states = await statesOf(givens, onIdle)
  // Somewhere its clients are, and without apprun.json nothing tells where.
  if (liveUrls.some((url, index) => url === undefined && states[index]?.live.version !== undefined)) {
    throw unknownSlot(slots, undefined)
  }
  if (live && states.some(state => state.live.version === build.cloudApp.version)) {
    const onLive = onSlot(run, live)
    const decisions = await unchangedOn(givens, onLive)
    if (decisions) {
      noteSlot(onLive, live, live, build.webApi !== undefined)
      return { decisions, run: onLive, idle: undefined, live }
    }
  }
  noteSlot(onIdle, idle, live, build.webApi !== undefined)
  tell(onIdle, idle, live)
  return { decisions: await decideEach(givens, states, onIdle), run: onIdle, idle, live }
}

/** Of those members that have a web server of their own; the others go by the one that they share. */
function liveUrlsOf(givens: Givens, { settings }: Run): Promise<(string | undefined)[]> {
  const own = givens.filter(({ member }) => member.owns.app)
  return together(
    own.map(async ({ build, member }) => {
      const { cloudApp } = targetsOf(build, settings)
      return (await readLiveAppRun(member.sites.app.transport, cloudApp))?.webApiUrl
    })
  )
}

/** @returns undefined when the release is live nowhere on this slot */
async function unchangedOn(givens: Givens, run: Run): Promise<readonly Decision[] | undefined> {
  const states = await statesOf(givens, run)
  const decisions: (Decision | undefined)[] = []
  for (const [index, given] of givens.entries()) {
    const state = states[index]
    const { member } = given
    decisions.push(state && (await decideUnchanged(given, state, runAt(run, member, member.sites.app))))
  }
  if (decisions.every(decision => decision === undefined)) return undefined
  return decisions.every(decision => decision !== undefined) ? decisions : decideEach(givens, states, run)
}

function builtIn(): DeployError {
  return new DeployError(
    'web-api-url-built-in',
    'The build is one of PowerServer 2021 or 2022: its Web API URL is a part of it, so web-api-slots cannot choose one.',
    'Give web-api-url and web-api-target of the side that the build is for, and build-file.'
  )
}

/** The same run, with a slot as Web API B. */
function onSlot(run: Run, { url, target }: Slot): Run {
  const { settings } = run
  const { readiness } = settings
  const urls =
    readiness.urls.length > 0 || readiness.path === undefined
      ? readiness.urls
      : memberUrls(below(url, readiness.path), settings.webApiSites)
  return { ...run, settings: { ...settings, webApiUrl: url, webApiTarget: target, readiness: { ...readiness, urls } } }
}

function noteSlot({ record, settings }: Run, slot: Slot, live: Slot | undefined, hasWebApi: boolean): void {
  record.webApiUrl = slot.url
  record.slot = slot.name
  record.previousSlot = live?.name
  if (hasWebApi) record.webApiAt = placesOf(settings.webApiSites, slot.target)
}

function tell({ log }: Run, idle: Slot, live: Slot | undefined): void {
  log.info(
    live
      ? `Slot ${live.name} is live; the release goes to slot ${idle.name}.`
      : `No slot is live yet; the release goes to the first one, ${idle.name}.`
  )
}

/**
 * Makes sure that two slots are two folders: one may be a link to the other, which no path tells. A file that is made in
 * the idle one must not show in the live one.
 *
 * @throws DeployError `target-is-live`
 */
export async function refuseSameFolder(transport: Transport, idle: Slot, live: Slot): Promise<void> {
  if (!(await isFolderThere(transport, idle.target)) || !(await isFolderThere(transport, live.target))) return
  const name = stagedName(`slot-${randomBytes(4).toString('hex')}`)
  const file = joinRemote(transport.root, idle.target, name)
  await transport.write(file, { bytes: Buffer.alloc(0) })
  try {
    const entries = await transport.list(joinRemote(transport.root, live.target))
    if (!entries.some(entry => entry.name === name)) return
  } finally {
    await transport.remove(file)
  }
  throw new DeployError(
    'target-is-live',
    `"${idle.target}" and "${live.target}" are one folder on ${transport.description}, and slot ${live.name} is live. Users would lose their sessions.`,
    'Look for a link, a junction or a virtual directory, and give each slot a folder of its own in web-api-slots.'
  )
}
