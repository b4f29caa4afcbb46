import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { SamplePackage } from './sample-package'

/** What a client that started at some moment got. */
export interface Sight {
  /** Milliseconds since the watch began. */
  readonly at: number
  readonly version: string
  readonly webApiUrl: string
  readonly build: string
}

export interface WatchReport {
  /** How many clients started. */
  readonly starts: number
  /** How many of them read one pointer before the switch and the other after it. */
  readonly across: number
  /** Each start that got anything but a whole old or a whole new release. */
  readonly broken: readonly string[]
  /** Milliseconds for which a name was missing at the longest; only where the server cannot replace in one act. */
  readonly longestGap: number
  /** The same for each name that was missing at any time, by its path in the app. */
  readonly gaps: Readonly<Record<string, number>>
  /** Each change of what clients get. */
  readonly sights: readonly Sight[]
}

export interface WatchOptions {
  /** The server replaces in one act: a name that is missing is broken at once. */
  readonly atomic?: boolean
  /** Where it does not: for how many milliseconds a name may be missing; 1000. */
  readonly gapLimitMs?: number
  /** Builds may also go back. New clients on old Web APIs are broken all the same. */
  readonly rollback?: boolean
}

/** Left without stop(), as by a failing test, it ends with its scope. */
export interface ClientWatch extends AsyncDisposable {
  /** Lets a last client start, and ends. The same report when asked again. */
  stop(): Promise<WatchReport>
}

/** From the project's folder, where all npm scripts run: the demo has this file in its bundle, which is elsewhere. */
const PROGRAM = '__tests__/support/client-watch-process.mjs'

/**
 * Clients that start one after the other, as fast as they can, while a release is made: each reads the entry page with
 * what it loads, the pointers, objects of the version that the list offers, and asks the Web APIs that apprun.json
 * names for their health and build. Whatever they get must be whole: the bytes of a build, pointers as a build has
 * them, a version whose files are all there, Web APIs that are up and not older than the client. Unless builds may go
 * back, no client may get less than one before it.
 *
 * The clients are a process of their own; the first of them has started when this resolves.
 *
 * @param builds in the order of their releases
 */
export async function watchClients(
  appUrl: string,
  builds: readonly SamplePackage[],
  options: WatchOptions = {}
): Promise<ClientWatch> {
  const { atomic = false, gapLimitMs = 1000, rollback = false } = options
  // Jest is started with flags that are not for it.
  const child = fork(PROGRAM, { execArgv: [] })
  child.send(JSON.stringify({ appUrl, builds, options: { atomic, gapLimitMs, rollback } }))
  await nextWord(child)

  const end = async (): Promise<WatchReport> => {
    const report = nextWord(child)
    if (child.connected) child.send('stop')
    const text = await report
    const gone = once(child, 'exit')
    child.disconnect()
    await gone
    // Said as text, since jest takes objects that were made outside of its realm for others.
    return JSON.parse(text) as WatchReport
  }
  let ended: Promise<WatchReport> | undefined
  const stop = (): Promise<WatchReport> => (ended ??= end())
  return {
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
    }
  }
}

/** What the process says next; why it says nothing any more is on standard error. */
function nextWord(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      reject(new Error(`the client watch ended unasked: ${child.signalCode ?? child.exitCode ?? 'not started'}`))
    }
    if (child.exitCode !== null || child.signalCode !== null) {
      fail()
      return
    }
    child.once('exit', fail)
    child.once('error', reject)
    child.once('message', text => {
      child.off('exit', fail)
      child.off('error', reject)
      resolve(text as string)
    })
  })
}
