import { performance } from 'node:perf_hooks'
import { runAction, runAsStep, type Run } from '../../../scripts/as-runner.mjs'
import { watchClients, type WatchReport } from '../client-watch'
import { snapshot, type Hosting } from '../hosting'
import { differences, filesBelow, locksIn, type Files } from './places'
import { staysBehind, whyNotDone, whyNotWhole, type Scenario } from './scenario'
import type { Steps } from './steps'
import type { Strike } from './strikes'
import { Trigger } from './trigger'
import { leavesNothing } from './ways'

/** Where kills happen. */
export interface Place {
  readonly hosting: Hosting
  readonly steps: Steps
  readonly isReal: boolean
  readonly isAtomic: boolean
  readonly bundle: string
}

/** How a kill ended. */
export interface Outcome {
  readonly title: string
  readonly scenario: string
  readonly way: string
  /** The phase that the log was in; undefined when the run had ended before. */
  readonly phase: string | undefined
  /** Each start of a client that got anything but a whole release. */
  readonly broken: readonly string[]
  readonly locks: readonly string[]
  /** Why the site was not whole before the second run, where something had a chance to mend it. */
  readonly notWhole: readonly string[]
  /** Why the second run did not do what the first was for. */
  readonly notRepaired: readonly string[]
  /** What the second run did not take away: harmless, and known to the journal. */
  readonly behind: readonly string[]
  /** What of A was touched. */
  readonly touched: readonly string[]
  readonly starts: number
  readonly gaps: WatchReport['gaps']
  readonly milliseconds: number
  /** All that was said, for whom it may concern. */
  readonly story: string
}

/** Beyond a server that cannot replace: until a killed run is mended, which takes a stale lock and a run. */
const GAP_LIMIT_MS = 20_000
const POINTERS = ['apprun.json', 'deploylist.ini.zip']

/** Kills a run, mends what it left, runs it again, and compares the site at each point with what it must be. */
export async function strike(place: Place, { scenario, moment, way }: Strike): Promise<Outcome> {
  const { hosting, isReal, isAtomic, bundle } = place
  const started = performance.now()
  await scenario.before.restore(isReal)
  await using watch = await watchClients(hosting.appUrl, scenario.builds, {
    atomic: isAtomic,
    rollback: true,
    gapLimitMs: GAP_LIMIT_MS
  })
  const trigger = new Trigger({ scenario, moment, way }, place.steps)
  const { main, post } = await runAsStep(scenario.inputs, {
    bundle,
    killPost: !way.hasPost,
    onStart: kill => {
      trigger.arm(kill)
    },
    onOutput: text => {
      trigger.hear(text)
    }
  })
  await trigger.disarm()
  const mended = await snapshot(hosting.server.root)
  const isMended = leavesNothing(way)
  const second = await runAction(scenario.inputs, { bundle })
  const done = await snapshot(hosting.server.root)
  const seen = await watch.stop()
  const when = 'step' in moment ? `after ${moment.step}` : `after ${Math.round(moment.part * 100)} % of its work`
  return {
    title: `${scenario.name}, ${way.name} ${when}, in ${trigger.phase ?? '(ended before)'}`,
    scenario: scenario.name,
    way: way.name,
    phase: trigger.phase,
    broken: seen.broken,
    locks: [...(isMended ? locksIn(mended) : []), ...locksIn(done)],
    notWhole: isMended ? whyNotWhole(mended, scenario) : [],
    notRepaired: [
      ...whyNotGreen(second),
      ...(post && post.exitCode !== 0 ? ['the post step failed'] : []),
      ...whyNotDone(done, scenario)
    ],
    behind: staysBehind(done, scenario),
    touched: [...touchedOfA(scenario, mended), ...touchedOfA(scenario, done)],
    starts: seen.starts,
    gaps: seen.gaps,
    milliseconds: Math.round(performance.now() - started),
    story: storyOf({ main, post, second }, seen)
  }
}

/** Everything that is wrong; empty for a kill that did no harm. */
export function harmOf({ broken, locks, notWhole, notRepaired, touched }: Outcome): string[] {
  return [
    ...broken.map(what => `broken: ${what}`),
    ...locks.map(what => `lock left: ${what}`),
    ...notWhole.map(what => `not whole: ${what}`),
    ...notRepaired.map(what => `not repaired: ${what}`),
    ...touched.map(what => `side A: ${what}`)
  ]
}

/** For how long a pointer was missing at the longest. */
export function pointerGap(gaps: WatchReport['gaps']): number {
  return Math.max(0, ...POINTERS.map(name => gaps[name] ?? 0))
}

function whyNotGreen({ exitCode, outputs }: Run): string[] {
  if (exitCode === 0) return []
  return [`the second run failed: ${outputs['reason-code'] ?? 'no reason'}, exit code ${exitCode ?? 'none'}`]
}

function touchedOfA({ before }: Scenario, found: Files): string[] {
  return differences(filesBelow(found, 'api_a/'), filesBelow(before.files, 'api_a/'))
}

function storyOf({ main, post, second }: { main: Run; post: Run | undefined; second: Run }, seen: WatchReport): string {
  const told = { main, ...(post && { post }), second }
  const runs = Object.entries(told).map(([name, { exitCode, signal, log }]) => {
    return `--- ${name}: ${signal ?? `exit code ${exitCode ?? 'none'}`}\n${log.replace(/^::add-mask::.*\n/gm, '')}`
  })
  return [...runs, `--- clients: ${JSON.stringify(seen)}`].join('\n')
}
