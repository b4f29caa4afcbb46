import { setTimeout as sleep } from 'node:timers/promises'
import { DeployError } from '../errors'
import { together } from '../transport/in-flight'
import { isBroken } from '../transport/network-error'
import type { Reading, Transport } from '../transport/port'
import { joinRemote, parentOf } from '../transport/remote-path'
import { isEmptyLock, lockFileName, lockFilesIn, parseLockFile, takeOver, writeAlone, writeLockFile } from './lock-file'
import { describeHolder, longestRenewalMs, readHolder, type Holder, type LockOwner } from './lock-holder'
import { LockWatch, longestSilenceMs } from './lock-watch'
import { stagedName } from './temporary-name'

export type { LockOwner } from './lock-holder'

/** How a run asks for a lock. */
export interface LockOptions {
  readonly owner: LockOwner
  readonly token: string
  readonly waitMs: number
  readonly staleAfterMs: number
  readonly signal: AbortSignal
  readonly say: (text: string) => void
}

const pollMs = 2_000

/** Whoever has just made a lock has said soon who he is. */
const soonMs = 250

/** And has written his file, so that a folder without one has been left. */
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
    const watch = new LockWatch(transport, folder, owner, staleAfterMs)
    for (let isSaid = false; ;) {
      signal.throwIfAborted()
      const file = lockFileName(token, Date.now())
      if (await makeLock()) {
        const seen = look()
        seen.catch(() => undefined)
        const isOurs = writeAlone(transport, folder, file, content)
        await Promise.allSettled([isOurs, seen])
        if (await isOurs) return { lock: new Lock(transport, folder, token, file, renewEveryMs), seen }
      }
      const other = await watch.look()
      if (other.token === token) throw lockedByItself(transport, folder)
      if (other.stale !== undefined && (await takeOver(transport, folder, other.stale, file))) {
        say(`Took over the lock of ${other.holder}, which has not renewed it.`)
        await writeLockFile(transport, folder, file, content)
        return { lock: new Lock(transport, folder, token, file, renewEveryMs), seen: look() }
      }
      if (Date.now() >= deadline) throw locked(transport, folder, other.holder, waitMs)
      if (!isSaid && other.isHeld) say(`Waiting for ${other.holder}, which holds the lock of this app.`)
      isSaid ||= other.isHeld
      // The jitter parts runs that have got in each other's way.
      const pause = Math.min(other.isHeld ? pollMs : soonMs, staleAfterMs / 4) * (0.5 + Math.random())
      await sleep(Math.max(1, Math.min(pause, deadline - Date.now())), undefined, { signal })
    }
  }

  /**
   * Goes on with a lock that another process of this run has taken.
   *
   * @returns undefined when it is not there any more, or somebody else's
   */
  static async adopt(transport: Transport, folder: string, token: string): Promise<Lock | undefined> {
    const [own] = ownAmong(await lockFilesIn(transport, folder), token)
    const file = own ?? (await adoptEmpty(transport, folder, token))
    return file === undefined ? undefined : new Lock(transport, folder, token, file, longestRenewalMs)
  }

  /**
   * Makes sure that nobody has taken the lock over; worth asking before anything that clients see.
   *
   * @throws DeployError `lock-lost`
   */
  async check(): Promise<void> {
    await this.#renewal
    // A take-over renames it, so that it is there says enough, and that is told sooner than a listing.
    if ((await this.#transport.size(joinRemote(this.#folder, this.#file))) !== undefined) return
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
      if (isBroken(error) || (await lockFilesIn(this.#transport, this.#folder)).length === 0) throw error
    }
  }

  /** For a lock whose file has another name than is known, or is somebody else's. */
  async #releaseSeen(): Promise<void> {
    const files = await lockFilesIn(this.#transport, this.#folder)
    const own = ownAmong(files, this.#token)
    for (const file of own) await this.#transport.remove(joinRemote(this.#folder, file))
    if (own.length > 0 && own.length === files.length) await this.#transport.removeFolder(this.#folder)
  }

  /** The name is looked up: whether a renewal before was done whose answer was lost, only the folder tells. */
  async #renew(): Promise<void> {
    const next = lockFileName(this.#token, Date.now())
    for (const file of await this.#ownFiles()) {
      await this.#transport.rename(joinRemote(this.#folder, file), joinRemote(this.#folder, next))
      this.#file = next
    }
  }

  async #ownFiles(): Promise<string[]> {
    return ownAmong(await lockFilesIn(this.#transport, this.#folder), this.#token)
  }
}

/** Who holds the lock of an app; undefined when nobody does. Changes nothing. */
export async function holderOf(transport: Reading, folder: string): Promise<string | undefined> {
  const [file] = await lockFilesIn(transport, folder)
  return file === undefined ? undefined : describeHolder(await readHolder(transport, folder, file))
}

/** A kill in the first or last moment of a lock leaves its folder without a file. */
async function adoptEmpty(transport: Transport, folder: string, token: string): Promise<string | undefined> {
  if (!(await isEmptyLock(transport, folder))) return undefined
  // It may be another run's that writes its file just now.
  await sleep(firstFileMs)
  const file = lockFileName(token, Date.now())
  return (await isEmptyLock(transport, folder)) && (await takeOver(transport, folder, '', file)) ? file : undefined
}

function ownAmong(files: readonly string[], token: string): string[] {
  return files.filter(file => parseLockFile(file)?.token === token)
}

/** Two addresses may lead to one folder. */
function lockedByItself(transport: Reading, folder: string): DeployError {
  return new DeployError(
    'targets-overlap',
    `"${folder}" on ${transport.description} is locked by this very run: site and web-api-site are one site under two addresses or users.`,
    'Leave web-api-site out, or write it exactly like site.'
  )
}

function locked(transport: Reading, folder: string, holder: string, waitMs: number): DeployError {
  return new DeployError(
    'locked',
    `The app is locked on ${transport.description} by ${holder}, and was still after ${Math.round(waitMs / 1000)} s.`,
    `Wait for that run, or give lock-wait more time. If it was killed, its lock is taken over when it is older than lock-stale-after and was not renewed for ${longestSilenceMs / 1000} s of waiting; to go on at once, see that the run is over and delete the folder "${folder}".`
  )
}
