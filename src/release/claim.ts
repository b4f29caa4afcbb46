import { randomBytes } from 'node:crypto'
import { messageOf } from '../errors'
import { isBroken } from '../transport/network-error'
import type { Settings } from '../inputs/settings'
import { Journal } from '../site/journal'
import { holderOf, Lock } from '../site/lock'
import { makeStateFolder, stateFolder } from '../site/state-folder'
import { isFolderThere } from '../site/tree'
import type { Reading, Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import type { Run } from './run'
import type { Site, Sites } from './sites'
import { thisRun } from './this-run'

/** A site that this run alone works on: its lock, and what the journal says of it. */
export interface Claim {
  readonly site: Site
  readonly lock: Lock
  readonly journal: Journal
}

/** The sites of a run; both are the same claim where they are the same site. */
export interface Claims {
  readonly app: Claim
  readonly webApi: Claim
}

/** What the post step needs to know of a lock that the main step has taken. */
export interface ClaimNote {
  readonly token: string
  /** The cloud app's folder. */
  readonly target: string
}

const lockName = 'lock'

/** Is a path (below a site's root) the action's own folder? */
export function isStatePath({ statePath }: Settings): (path: string) => boolean {
  const own = statePath.toLowerCase()
  return path => path.toLowerCase() === own
}

/**
 * Takes the locks of an app on all its sites, always in the same order, and reads the journals.
 *
 * @param look begins to look at what is locked, while the journals are read
 * @throws DeployError `locked`, `state-not-writable`, `journal-newer`; then no lock is left
 */
export async function claimSites<T>(
  sites: Sites,
  target: string,
  run: Run,
  look: () => Promise<T>
): Promise<{ readonly claims: Claims; readonly seen: Promise<T> }> {
  const token = randomBytes(8).toString('hex')
  run.log.remember({ token, target })
  const taken: Claim[] = []
  let isLeft = false
  const claim = async (site: Site, isLast: boolean): Promise<{ claim: Claim; seen: Promise<T> | undefined }> => {
    const folder = stateFolder(run.settings.statePath, target)
    let seen: Promise<T> | undefined
    const { lock, seen: journal } = await takeLock(site.steady, folder, token, run, () =>
      readJournal(site.steady, folder, target, run, () => {
        seen = isLast ? look() : undefined
        // Heard of by whoever needs it.
        seen?.catch(() => undefined)
      })
    )
    try {
      const claimed = { site, lock, journal: await journal }
      taken.push(claimed)
      return { claim: claimed, seen }
    } catch (error) {
      isLeft ||= !(await leave(lock, run))
      throw error
    }
  }
  try {
    const isOneSite = sites.webApi === sites.app
    const app = await claim(sites.app, isOneSite)
    const webApi = isOneSite ? app : await claim(sites.webApi, true)
    return { claims: { app: app.claim, webApi: webApi.claim }, seen: webApi.seen ?? look() }
  } catch (error) {
    for (const { lock } of taken) isLeft ||= !(await leave(lock, run))
    // After a break a lock may be there all the same: then the note stays, and the post step looks.
    if (!isLeft && !isBroken(error)) run.log.remember(undefined)
    throw error
  }
}

/**
 * Takes up the locks that another process of this run has left.
 *
 * @returns undefined when none is left that is this run's
 */
export async function adoptClaims(sites: Sites, note: ClaimNote, run: Run): Promise<Claims | undefined> {
  const folder = stateFolder(run.settings.statePath, note.target)
  const adopt = async (site: Site): Promise<Claim | undefined> => {
    const lock = await Lock.adopt(site.steady, lockFolder(site.steady, folder), note.token)
    return lock && { site, lock, journal: await readJournal(site.steady, folder, note.target, run) }
  }
  const app = await adopt(sites.app)
  const webApi = sites.webApi === sites.app ? app : await adopt(sites.webApi)
  if (app && webApi) return { app, webApi }
  // Killed between the two: no work was begun, so there is nothing but a lock.
  await app?.lock.release()
  await webApi?.lock.release()
  return undefined
}

/** What removing a lock fails with must not hide why it is given up. @returns whether the lock is gone */
async function leave(lock: Lock, { log }: Run): Promise<boolean> {
  try {
    await lock.release()
    return true
  } catch (error) {
    log.warning(`The lock could not be removed: ${messageOf(error)} The post step tries again.`)
    return false
  }
}

/**
 * Lets the next run in. What fails here is said, and tried again by the post step: while it finds the lock of the app, it
 * looks after both sites, so that one goes first, and the other only after it.
 */
export async function releaseClaims({ app, webApi }: Claims, run: Run): Promise<void> {
  for (const { lock } of new Set([app, webApi])) {
    if (!(await leave(lock, run))) return
  }
  run.log.remember(undefined)
}

/** For a dry run: the journal as it is, and a word on who holds the lock. */
export async function readJournalOnly(site: Site, target: string, run: Run): Promise<Journal> {
  const folder = stateFolder(run.settings.statePath, target)
  const holder = await holderOf(site.transport, lockFolder(site.transport, folder)).catch(() => undefined)
  if (holder !== undefined) run.log.warning(`The app is locked by ${holder}; a deploy would wait for it.`)
  return readJournalUnlocked(site, target, run)
}

/** The journal as it is, while another run may be writing the next one. */
export async function readJournalUnlocked(site: Site, target: string, run: Run): Promise<Journal> {
  const folder = stateFolder(run.settings.statePath, target)
  if (await isFolderThere(site.transport, folder)) return readJournal(site.transport, folder, target, run)
  return Journal.read(site.transport, joinRemote(site.transport.root, folder), target, [], () => undefined)
}

function takeLock<T>(
  transport: Transport,
  folder: string,
  token: string,
  { settings, log, signal }: Run,
  look: () => Promise<T>
): Promise<{ readonly lock: Lock; readonly seen: Promise<T> }> {
  const options = {
    owner: thisRun(process.env),
    token,
    waitMs: settings.lockWaitMs,
    staleAfterMs: settings.lockStaleAfterMs,
    signal,
    say: (text: string) => {
      log.info(text)
    }
  }
  const makeLock = (): Promise<boolean> => makeStateFolder(transport, joinRemote(folder, lockName))
  return Lock.take(transport, lockFolder(transport, folder), options, makeLock, look)
}

function lockFolder(transport: Reading, folder: string): string {
  return joinRemote(transport.root, folder, lockName)
}

/** @param onListed called when the journal is found, and about to be read: it is small, and goes before what is not */
async function readJournal(
  transport: Transport,
  folder: string,
  target: string,
  { log }: Run,
  onListed: () => void = () => undefined
): Promise<Journal> {
  const path = joinRemote(transport.root, folder)
  const reading = Journal.read(transport, path, target, await transport.list(path), text => {
    log.warning(text)
  })
  onListed()
  return reading
}
