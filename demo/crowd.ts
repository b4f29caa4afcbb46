import { setTimeout as sleep } from 'node:timers/promises'
import { watchClients, type Sight } from '../__tests__/support/client-watch'
import type { SamplePackage } from '../__tests__/support/sample-package'

/** What many clients saw. */
export interface CrowdReport {
  /** How many clients started. */
  readonly starts: number
  /** What was not whole, a line each. */
  readonly broken: readonly string[]
  /** Milliseconds for which a file was missing at the longest. */
  readonly longestGap: number
  /** What those saw that started one after the other, a list for each place in the crowd. */
  readonly journeys: readonly (readonly Sight[])[]
}

const AT_A_TIME = 3
/** Longer than a client takes to start: the last ones have begun after the release. */
const AFTERWARDS_MS = 500

/**
 * Lets clients start, some at a time, one after the other, for as long as some work takes and a little longer.
 *
 * @param now the clock for the sights
 */
export async function whileClientsStart<T>(
  appUrl: string,
  builds: readonly SamplePackage[],
  now: () => number,
  work: () => Promise<T>
): Promise<{ readonly result: T; readonly seen: CrowdReport }> {
  const watches = await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      const watch = await watchClients(appUrl, builds)
      return { watch, began: now() }
    })
  )
  const stop = () =>
    Promise.all(
      watches.map(async ({ watch, began }) => {
        const report = await watch.stop()
        return { ...report, sights: report.sights.map(sight => ({ ...sight, at: Math.round(began + sight.at) })) }
      })
    )
  try {
    const result = await work()
    await sleep(AFTERWARDS_MS)
    const reports = await stop()
    const seen = {
      starts: reports.reduce((sum, { starts }) => sum + starts, 0),
      broken: reports.flatMap(({ broken }) => broken),
      longestGap: Math.max(...reports.map(({ longestGap }) => longestGap)),
      journeys: reports.map(({ sights }) => sights)
    }
    return { result, seen }
  } finally {
    // The servers go next, and nobody may be asking them then.
    await stop()
  }
}
