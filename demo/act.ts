import { runAction, type Run } from '../scripts/as-runner.mjs'
import type { Sight } from '../__tests__/support/client-watch'
import type { SamplePackage } from '../__tests__/support/sample-package'
import { whileClientsStart, type CrowdReport } from './crowd'
import { RunnerView, type Step } from './runner-view'
import { print } from './screen'
import { timeline, type SideOf } from './timeline'
import type { Claim } from './verdict'

/** What all releases of the demo share. */
export interface Stage {
  readonly appUrl: string
  readonly sideOf: SideOf
  readonly signal: AbortSignal
  /** Milliseconds since the demo began. */
  readonly now: () => number
}

/** A release. */
export interface Act {
  readonly name: string
  readonly inputs: Record<string, string>
  readonly build: SamplePackage
}

/** A release while clients start. */
export interface WatchedAct extends Act {
  /** The build before it. */
  readonly from: SamplePackage
  /** What clients get before and after it, as `A/1.05`. */
  readonly journey: readonly [string, string]
}

export interface ActResult {
  readonly run: Run
  readonly claims: readonly Claim[]
}

/** Makes a release, and shows the action's log while it runs. */
export async function release({ signal, now }: Stage, act: Act): Promise<{ run: Run; steps: readonly Step[] }> {
  signal.throwIfAborted()
  const view = new RunnerView(now)
  const run = await runAction(act.inputs, {
    onOutput: text => {
      view.hear(text)
    },
    onStart: kill => {
      const stop = (): void => {
        kill('SIGTERM')
      }
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
    }
  })
  view.end()
  signal.throwIfAborted()
  return { run, steps: view.steps }
}

/** Makes a release while clients start, and shows what they saw. */
export async function releaseUnderWatch(stage: Stage, act: WatchedAct): Promise<ActResult> {
  const { result, seen } = await whileClientsStart(stage.appUrl, [act.from, act.build], stage.now, () =>
    release(stage, act)
  )
  print()
  print('What clients that started meanwhile got, and when the first of them had it (ms of the demo):', 2, 'bold')
  print()
  for (const row of timeline(result.steps, seen.journeys, stage.sideOf)) print(row, 4)
  print()
  return { run: result.run, claims: [success(act, result.run), ...claimsOf(seen, act, stage.sideOf)] }
}

/** That the release succeeded. */
export function success({ name, build }: Act, { exitCode, outputs }: Run): Claim {
  const { status = 'none', 'duration-ms': duration } = outputs
  return {
    text: `${name}: ${build.version} is released${duration === undefined ? '' : `, in ${duration} ms`}`,
    holds: exitCode === 0 && status === 'deployed',
    instead: [`Exit code ${exitCode ?? 'none'}, status ${status}, reason code ${outputs['reason-code'] ?? 'none'}`]
  }
}

/** In between, the new Web APIs serve the old version: the server side goes first. */
function claimsOf(seen: CrowdReport, { journey, name }: WatchedAct, sideOf: SideOf): Claim[] {
  const [from, to] = journey
  const between = `${to.split('/')[0] ?? ''}/${from.split('/')[1] ?? ''}`
  const paths = [[from, to].join(' -> '), [from, between, to].join(' -> ')]
  const journeys = seen.journeys.map(sights => pathOf(sights, sideOf))
  return [
    {
      text: `${name}: clients went from ${from} to ${to}, once and for all`,
      holds: journeys.every(path => paths.includes(path)),
      instead: journeys
    },
    {
      text: `${name}: ${seen.starts} clients started, and no answer was broken`,
      holds: seen.starts > 0 && seen.broken.length === 0,
      instead: [`${seen.broken.length} of ${seen.starts} clients got something that is not whole:`, ...seen.broken]
    },
    {
      text: `${name}: no file was missing for a moment (longest gap 0 ms)`,
      holds: seen.longestGap === 0,
      instead: [`The longest gap was ${seen.longestGap} ms`]
    }
  ]
}

/** As `A/1.05 -> B/1.06`. */
function pathOf(sights: readonly Sight[], sideOf: SideOf): string {
  const places = sights.map(({ version, webApiUrl }) => `${sideOf(webApiUrl)}/${version}`)
  return places.filter((place, number) => place !== places[number - 1]).join(' -> ') || 'nothing'
}
