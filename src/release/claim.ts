import { randomBytes } from 'node:crypto'
import { messageOf } from '../errors'
import { isBroken } from '../transport/network-error'
import type { Settings } from '../inputs/settings'
import { Journal } from '../site/journal'
import { holderOf, Lock } from '../site/lock'
import { siteName } from '../site/site-url'
import { makeStateFolder, stateFolder } from '../site/state-folder'
import { isFolderThere } from '../site/tree'
import { together } from '../transport/in-flight'
import type { Reading, Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import { labelled } from './log'
import type { Run } from './run'
import { pairsOf, type Site, type SitePair, type Sites } from './sites'
import { thisRun } from './this-run'

/** A site that this run alone works on: its lock, and what the journal says of it. */
export interface Claim {
  readonly site: Site
  readonly lock: Lock
  readonly journal: Journal
}

/** The claims of a web server and of its server of Web API B; both are the same claim where they are the same site. */
export interface Claims {
  readonly app: Claim
  readonly webApi: Claim
}

/** The sites of a run, in the pairs of pairsOf. */
export type AllClaims = readonly [Claims, ...Claims[]]

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
 * Takes the locks of an app on all its sites, and reads the journals. Runs of one farm meet at the same site first, and
 * whoever gets that gets the others: none of them waits for another that waits for it.
 *
 * @param look begins to look at what is locked, beside the last journal; in a farm that is left to the caller
 * @throws DeployError `locked`, `state-not-writable`, `journal-newer`; then no lock is left
 */
export async function claimSites<T>(
  sites: Sites,
  target: string,
  run: Run,
  look: () => Promise<T>
): Promise<{ readonly claims: AllClaims; readonly seen: Promise<T> | undefined }> {
  const token = randomBytes(8).toString('hex')
  run.log.remember({ token, target })
  const taken = new Map<Site, Claim>()
  const isFarm = pairsOf(sites).length > 1
  let isLeft = false
  let seen: Promise<T> | undefined
  const claim = async (site: Site, isLast: boolean): Promise<void> => {
    const folder = stateFolder(run.settings.statePath, target)
    const { lock, seen: journal } = await takeLock(site, folder, token, run, () => {
      const reading = readJournal(site.steady, folder, target, run)
      seen = isLast && !isFarm ? look() : undefined
      // Heard of by whoever needs it.
      seen?.catch(() => undefined)
      return reading
    })
    try {
      taken.set(site, { site, lock, journal: await journal })
    } catch (error) {
      if (!(await leave(lock, run))) isLeft = true
      throw error
    }
  }
  try {
    const [first = sites.all[0], ...more] = [...sites.all].sort(byName)
    await claim(first, more.length === 0)
    await together(more.map(site => claim(site, more.length === 1)))
    return { claims: inPairs(sites, taken), seen: isFarm ? undefined : (seen ?? look()) }
  } catch (error) {
    const gone = await together([...taken.values()].map(({ lock }) => leave(lock, run)))
    isLeft ||= gone.includes(false)
    // After a break a lock may be there all the same: then the note stays, and the post step looks.
    if (!isLeft && !isBroken(error)) run.log.remember(undefined)
    throw error
  }
}

function byName(one: Site, other: Site): number {
  return siteName(one.place.address) < siteName(other.place.address) ? -1 : 1
}

function inPairs(sites: Sites, claims: ReadonlyMap<Site, Claim>): AllClaims {
  const claimOf = (site: Site): Claim => {
    const claim = claims.get(site)
    if (!claim) throw new Error('A site was not claimed.')
    return claim
  }
  const [first, ...more] = pairsOf(sites)
  const pair = ({ app, webApi }: SitePair): Claims => ({ app: claimOf(app), webApi: claimOf(webApi) })
  return [pair(first), ...more.map(pair)]
}

/** Each claim once. */
export function eachOf(all: readonly Claims[]): Claim[] {
  return [...new Set(all.flatMap(({ app, webApi }) => [app, webApi]))]
}

/**
 * Takes up the locks that another process of this run has left.
 *
 * @returns undefined when none is left that is this run's
 */
export async function adoptClaims(sites: Sites, note: ClaimNote, run: Run): Promise<AllClaims | undefined> {
  const folder = stateFolder(run.settings.statePath, note.target)
  const adopted = new Map<Site, Claim>()
  const locks: Lock[] = []
  await together(
    sites.all.map(async site => {
      const lock = await Lock.adopt(site.steady, lockFolder(site.steady, folder), note.token)
      if (!lock) return
      locks.push(lock)
      adopted.set(site, { site, lock, journal: await readJournal(site.steady, folder, note.target, run) })
    })
  )
  if (adopted.size === sites.all.length) return inPairs(sites, adopted)
  // Killed while it took the locks, or let them go: there is no work to be gone on with.
  await together(locks.map(lock => lock.release()))
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

/** Lets the next run in. What fails here is said, and tried again by the post step. */
export async function releaseClaims(claims: AllClaims, run: Run): Promise<void> {
  const left = await together(eachOf(claims).map(({ lock }) => leave(lock, run)))
  if (left.every(Boolean)) run.log.remember(undefined)
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
  { steady: transport, name }: Site,
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
      labelled(log, name).info(text)
    }
  }
  const makeLock = (): Promise<boolean> => makeStateFolder(transport, joinRemote(folder, lockName))
  return Lock.take(transport, lockFolder(transport, folder), options, makeLock, look)
}

function lockFolder(transport: Reading, folder: string): string {
  return joinRemote(transport.root, folder, lockName)
}

async function readJournal(transport: Transport, folder: string, target: string, { log }: Run): Promise<Journal> {
  const path = joinRemote(transport.root, folder)
  return Journal.read(transport, path, target, await transport.list(path), text => {
    log.warning(text)
  })
}
