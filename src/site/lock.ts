import { setTimeout as sleep } from 'node:timers/promises'
import { DeployError } from '../errors'
import { together } from '../transport/in-flight'
import { isBroken } from '../transport/network-error'
import type { Reading, Transport } from '../transport/port'
import { joinRemote, nameOf as lastOf, parentOf } from '../transport/remote-path'
import { readBytes } from './read-bytes'
import { stagedName } from './temporary-name'

/** Who holds a lock. */
export interface LockOwner {
  /** For people: `acme/sales, run 17, attempt 1, job deploy`. */
  readonly name: string
  readonly runUrl: string | undefined
  /** Repository and run: the same for all attempts. */
  readonly githubRun: string | undefined
  readonly attempt: number
}

export interface LockOptions {
  readonly owner: LockOwner
  readonly token: string
  readonly waitMs: number
  readonly staleAfterMs: number
  readonly signal: AbortSignal
  readonly say: (text: string) => void
}

/** What a lock says of its holder. */
interface Holder extends LockOwner {
  readonly takenAt: string
  readonly renewEveryMs: number
}

/** Renewals of a live holder that a waiting run must have missed before it takes a lock over. */
const missedRenewals = 2.5
const longestRenewalMs = 30_000
const pollMs = 2_000

/** Whoever has just made a lock has said soon who he is. */
const soonMs = 250

/** How long a folder without a file is left to its maker; one who comes later finds that he is not alone. */
const emptyMs = 5_000
const firstFileMs = 1_500

/*
 * A lock is a folder, since every server makes a folder for just one of several that ask. In it is one file, named
 * `<token>.<time of the last renewal>`: a renewal is a rename, and so is a take-over, of which only one of several
 * succeeds, and after which the holder before can renew no more.
 */

/** The lock of an app on a site, held by this run. */
export class Lock {
  readonly #transport: Transport
  readonly #folder: string
  readonly #token: string
  readonly #timer: NodeJS.Timeout
  /** Its file, as far as is known: a renewal whose answer was lost may have renamed it. */
  #file: string
  #renewal: Promise<void> = Promise.resolve()

  private constructor(transport: Transport, folder: string, token: string, file: string, renewEveryMs: number) {
    this.#transport = transport
    this.#folder = folder
    this.#token = token
    this.#file = file
    this.#timer = setInterval(() => {
      // A renewal that fails shows at the next check.
      this.#renewal = this.#renewal.then(() => this.#renew()).catch(() => undefined)
    }, renewEveryMs)
    this.#timer.unref()
  }

  /**
   * Takes the lock, and waits while another run holds it.
   *
   * @param transport one whose work cannot be stopped by the signal: a lock half taken is in everybody's way
   * @param folder absolute
   * @param makeLock makes the folder, and those above it; false when it was there
   * @param look begins to look at what is locked, as soon as the lock is made; while this run makes sure that it is its
   * own. What it sees counts only then
   * @throws DeployError `locked`; the signal's reason
   */
  static async take<T>(
    transport: Transport,
    folder: string,
    options: LockOptions,
    makeLock: () => Promise<boolean>,
    look: () => Promise<T>
  ): Promise<{ readonly lock: Lock; readonly seen: Promise<T> }> {
    const { owner, token, waitMs, staleAfterMs, signal, say } = options
    const renewEveryMs = Math.min(longestRenewalMs, staleAfterMs / 4)
    const holder: Holder = { ...owner, takenAt: new Date().toISOString(), renewEveryMs }
    const content = { bytes: Buffer.from(JSON.stringify(holder)) }
    const deadline = Date.now() + waitMs
    const watch = new Watch(transport, folder, owner, staleAfterMs)
    for (let isSaid = false; ;) {
      signal.throwIfAborted()
      const file = nameOf(token, Date.now())
      const path = joinRemote(folder, file)
      if (await makeLock()) {
        const seen = look()
        seen.catch(() => undefined)
        const isOurs = writeAndLook(transport, folder, file, content)
        await Promise.allSettled([isOurs, seen])
        if (await isOurs) return { lock: new Lock(transport, folder, token, file, renewEveryMs), seen }
      }
      const stale = await watch.look()
      if (watch.token === token) throw lockedByItself(transport, folder)
      if (stale !== undefined && (await takeOver(transport, folder, stale, file))) {
        say(`Took over the lock of ${watch.holder}, which has not renewed it.`)
        await writeOrLeave(transport, folder, path, content)
        return { lock: new Lock(transport, folder, token, file, renewEveryMs), seen: look() }
      }
      if (Date.now() >= deadline) throw locked(transport, folder, watch, waitMs)
      if (!isSaid && watch.isHeld) say(`Waiting for ${watch.holder}, which holds the lock of this app.`)
      isSaid ||= watch.isHeld
      // The jitter parts runs that have got in each other's way.
      const pause = Math.min(watch.isHeld ? pollMs : soonMs, staleAfterMs / 4) * (0.5 + Math.random())
      await sleep(Math.max(1, Math.min(pause, deadline - Date.now())), undefined, { signal })
    }
  }

  /**
   * Goes on with a lock that another process of this run has taken.
   *
   * @returns undefined when it is not there any more, or somebody else's
   */
  static async adopt(transport: Transport, folder: string, token: string): Promise<Lock | undefined> {
    const own = (files: readonly string[]): string | undefined => files.find(name => parse(name)?.token === token)
    const file = own(await filesOf(transport, folder)) ?? (await adoptEmpty(transport, folder, token))
    return file === undefined ? undefined : new Lock(transport, folder, token, file, longestRenewalMs)
  }

  /**
   * Makes sure that nobody has taken the lock over; worth asking before anything that clients see.
   *
   * @throws DeployError `lock-lost`
   */
  async check(): Promise<void> {
    await this.#renewal
    // Beside it may be the file of a waiting run that just tries.
    if ((await this.#ownFiles()).length > 0) return
    throw new DeployError(
      'lock-lost',
      `This run does not hold the lock "${this.#folder}" any more: another run has taken it over, or somebody has removed it.`,
      'Nothing was switched. See that lock-stale-after is longer than any pause of the runner, and run the job again.'
    )
  }

  /** Lets the next run in. What is not this run's lock any more stays as it is. */
  async release(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renewal
    const away = joinRemote(parentOf(this.#folder), stagedName(`lock-${this.#token}`))
    try {
      // Done for its holder alone, so it tells as much as a listing would, and sooner.
      await this.#transport.rename(joinRemote(this.#folder, this.#file), away)
    } catch (error) {
      if (isBroken(error)) throw error
      await this.#releaseSeen()
      return
    }
    // Where that file lies now it is in nobody's way, and the next run sweeps it up.
    await together([this.#removeFolder(), this.#transport.remove(away).catch(() => undefined)])
  }

  /** Of another run that just tries there may be a file beside; then the folder is that one's to take or leave. */
  async #removeFolder(): Promise<void> {
    try {
      await this.#transport.removeFolder(this.#folder)
    } catch (error) {
      if (isBroken(error) || (await filesOf(this.#transport, this.#folder)).length === 0) throw error
    }
  }

  /** For a lock whose file has another name than is known, or is somebody else's. */
  async #releaseSeen(): Promise<void> {
    const files = await filesOf(this.#transport, this.#folder)
    const own = files.filter(file => parse(file)?.token === this.#token)
    for (const file of own) await this.#transport.remove(joinRemote(this.#folder, file))
    if (own.length > 0 && own.length === files.length) await this.#transport.removeFolder(this.#folder)
  }

  /** The name is looked up: whether a renewal before was done whose answer was lost, only the folder tells. */
  async #renew(): Promise<void> {
    const next = nameOf(this.#token, Date.now())
    for (const file of await this.#ownFiles()) {
      await this.#transport.rename(joinRemote(this.#folder, file), joinRemote(this.#folder, next))
      this.#file = next
    }
  }

  async #ownFiles(): Promise<string[]> {
    return (await filesOf(this.#transport, this.#folder)).filter(file => parse(file)?.token === this.#token)
  }
}

/** Who holds the lock of an app; undefined when nobody does. Changes nothing. */
export async function holderOf(transport: Reading, folder: string): Promise<string | undefined> {
  const [file] = await filesOf(transport, folder)
  return file === undefined ? undefined : describe(await readHolder(transport, folder, file))
}

/** Watches a lock that somebody else holds, to see whether he is alive. */
class Watch {
  isHeld = false
  holder = 'another run'
  token: string | undefined
  readonly #transport: Transport
  readonly #folder: string
  readonly #owner: LockOwner
  readonly #staleAfterMs: number
  #seen: { readonly file: string; readonly since: number } | undefined
  #record: Holder | undefined
  #looks = 0

  constructor(transport: Transport, folder: string, owner: LockOwner, staleAfterMs: number) {
    this.#transport = transport
    this.#folder = folder
    this.#owner = owner
    this.#staleAfterMs = staleAfterMs
  }

  /**
   * Looks at the lock once.
   *
   * Clocks of two machines may differ, so the age in a lock's name is not enough: a renewal must have failed to come
   * while this run looked on.
   *
   * @returns the file of a lock that may be taken over, empty for one without a file; undefined for a live one
   */
  async look(): Promise<string | undefined> {
    const now = Date.now()
    const file = (await filesOf(this.#transport, this.#folder)).sort().at(-1) ?? ''
    const isNewHolder = parse(file)?.token !== parse(this.#seen?.file ?? '')?.token || this.#seen === undefined
    if (this.#seen?.file !== file) this.#seen = { file, since: now }
    if (isNewHolder || this.#record === undefined) {
      this.#record = file === '' ? undefined : await readHolder(this.#transport, this.#folder, file)
      this.holder = describe(this.#record)
    }
    this.#looks += 1
    // At the first look its holder may just be about to write who he is.
    this.isHeld = this.#record !== undefined || this.#looks > 1
    this.token = parse(file)?.token
    const renewEveryMs = this.#record?.renewEveryMs ?? longestRenewalMs
    const watched = now - this.#seen.since
    if (file === '') return watched >= Math.min(emptyMs, this.#staleAfterMs) ? file : undefined
    // A holder that renews less often than this run would wait is not dead yet.
    if (watched >= Math.max(this.#staleAfterMs, (this.#record?.renewEveryMs ?? 0) * missedRenewals)) return file
    const isOld = now - (parse(file)?.renewedAt ?? now) > this.#staleAfterMs || this.#isOver()
    return isOld && watched >= renewEveryMs * missedRenewals ? file : undefined
  }

  /** GitHub starts another attempt of a run only when the one before has ended. */
  #isOver(): boolean {
    const { githubRun, attempt } = this.#owner
    return githubRun !== undefined && this.#record?.githubRun === githubRun && this.#record.attempt < attempt
  }
}

/** A lock that cannot be written whole, as on a full disk, must not stay. */
async function writeOrLeave(
  transport: Transport,
  folder: string,
  path: string,
  content: { readonly bytes: Buffer }
): Promise<void> {
  try {
    await transport.write(path, content)
  } catch (error) {
    await transport
      .remove(path)
      .then(() => transport.removeFolder(folder))
      .catch(() => undefined)
    throw error
  }
}

/** A kill in the first or last moment of a lock leaves its folder without a file. */
async function adoptEmpty(transport: Transport, folder: string, token: string): Promise<string | undefined> {
  const isEmpty = async (): Promise<boolean> => {
    const entries = await transport.list(parentOf(folder))
    return entries.some(({ name }) => name === lastOf(folder)) && (await filesOf(transport, folder)).length === 0
  }
  if (!(await isEmpty())) return undefined
  // It may be another run's that writes its file just now.
  await sleep(firstFileMs)
  const file = nameOf(token, Date.now())
  return (await isEmpty()) && (await takeOver(transport, folder, '', file)) ? file : undefined
}

async function takeOver(transport: Transport, folder: string, stale: string, file: string): Promise<boolean> {
  const path = joinRemote(folder, file)
  try {
    if (stale === '') await transport.write(path, { bytes: Buffer.from('{}') })
    else await transport.rename(joinRemote(folder, stale), path)
  } catch (error) {
    if (isBroken(error)) throw error
    // Another waiting run was faster, or the holder has come back to life.
    return false
  }
  return isAlone(transport, folder, file)
}

/**
 * Writes the file of a new lock, and looks whether it is alone. Where several things can be asked for at once the listing
 * is asked for along with it: one that shows the file was made after it, and tells as much as a later one.
 */
async function writeAndLook(
  transport: Transport,
  folder: string,
  file: string,
  content: { readonly bytes: Buffer }
): Promise<boolean> {
  const written = writeOrLeave(transport, folder, joinRemote(folder, file), content)
  const early: Promise<string[]> = transport.sendsByConnection
    ? Promise.resolve([])
    : filesOf(transport, folder).catch(() => [])
  await written
  const files = await early
  return isAlone(transport, folder, file, files.includes(file) ? files : undefined)
}

/**
 * Servers have been seen that make a folder twice; a file of another run beside ours tells.
 *
 * @param seen what was listed after the file was written, where that is known already
 */
async function isAlone(transport: Transport, folder: string, file: string, seen?: readonly string[]): Promise<boolean> {
  const files = seen ?? (await filesOf(transport, folder))
  if (files.length === 1 && files[0] === file) return true
  await transport.remove(joinRemote(folder, file))
  if (files.length > 0) return false
  await transport.removeFolder(folder)
  throw new DeployError(
    'live-unreadable',
    `${transport.description} does not list the file "${joinRemote(folder, file)}", which was just written there. So it is not to be known what is on the site, and nothing was changed.`,
    'Look for rules of the server that hide files from listings, or give the account the right to list folders.'
  )
}

async function filesOf(transport: Reading, folder: string): Promise<string[]> {
  try {
    const entries = await transport.list(folder)
    return entries.flatMap(({ name, kind }) => (kind === 'file' && parse(name) ? [name] : []))
  } catch (error) {
    // Its holder may just have removed it; any other failure says nothing about who holds it.
    const above = await transport.list(parentOf(folder))
    if (above.some(({ name }) => name === lastOf(folder))) throw error
    return []
  }
}

async function readHolder(transport: Reading, folder: string, file: string): Promise<Holder | undefined> {
  try {
    const value = JSON.parse((await readBytes(transport, joinRemote(folder, file))).toString()) as Partial<Holder>
    if (typeof value.name !== 'string' || typeof value.renewEveryMs !== 'number') return undefined
    return value as Holder
  } catch (error) {
    if (isBroken(error)) throw error
    // It is renewed at this moment, or its holder was stopped while he wrote it.
    return undefined
  }
}

function describe(holder: Holder | undefined): string {
  if (!holder) return 'another run'
  return `${holder.name} since ${holder.takenAt}${holder.runUrl === undefined ? '' : ` (${holder.runUrl})`}`
}

function nameOf(token: string, time: number): string {
  return `${token}.${time}`
}

function parse(file: string): { readonly token: string; readonly renewedAt: number } | undefined {
  const [, token, time] = /^([0-9a-f]+)\.(\d+)$/.exec(file) ?? []
  return token === undefined ? undefined : { token, renewedAt: Number(time) }
}

/** Two addresses may lead to one folder. */
function lockedByItself(transport: Reading, folder: string): DeployError {
  return new DeployError(
    'targets-overlap',
    `"${folder}" on ${transport.description} is locked by this very run: site and web-api-site are one site under two addresses or users.`,
    'Leave web-api-site out, or write it exactly like site.'
  )
}

function locked(transport: Reading, folder: string, watch: Watch, waitMs: number): DeployError {
  return new DeployError(
    'locked',
    `The app is locked on ${transport.description} by ${watch.holder}, and was still after ${Math.round(waitMs / 1000)} s.`,
    `Wait for that run, or give lock-wait more time. If it was killed, its lock is taken over when it is older than lock-stale-after and was not renewed for 75 s of waiting; to go on at once, see that the run is over and delete the folder "${folder}".`
  )
}
