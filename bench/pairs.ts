import { ours } from './clients'
import type { Client } from './clients/client'
import { deliver, type Bench, type Carrier } from './deliver'
import type { Distance } from './distance'
import type { Scenario } from './scenarios'
import type { Run, Trial } from './row'

/** A client's runs so far. */
export interface Turns {
  readonly carrier: Carrier
  readonly trials: readonly Trial[]
  readonly runs: Run[]
  /** No variant gets through. */
  readonly isHopeless: boolean
}

/** A variant that takes so many times as long as the best one is not waited for. */
const PATIENCE = 1.3
/** A client that fails so often in a row will not do better. */
const FAILURES = 2

/** Lets a peer and the action take turns; which of them begins changes each time. */
export async function runPairs(
  bench: Bench,
  scenario: Scenario,
  distance: Distance,
  pairs: number,
  peer: Client
): Promise<{ readonly ours: Turns; readonly peer: Turns }> {
  const mine: Turns = { carrier: { client: ours, variant: '' }, trials: [], runs: [], isHopeless: false }
  const theirs = await tryVariants(bench, scenario, distance, peer)
  for (let pair = 0; pair < pairs; pair++) {
    for (const turns of pair % 2 === 0 ? [theirs, mine] : [mine, theirs]) {
      if (isOver(turns)) continue
      turns.runs.push(await deliver(bench, scenario, turns.carrier, distance))
    }
  }
  return { ours: mine, peer: theirs }
}

/** Finds the best variant of a client; when none of them gets through, the last try is its result. */
async function tryVariants(bench: Bench, scenario: Scenario, distance: Distance, client: Client): Promise<Turns> {
  const variants = client.variants(scenario.protocol)
  const [first = ''] = variants
  if (variants.length < 2) return { carrier: { client, variant: first }, trials: [], runs: [], isHopeless: false }
  const trials: Trial[] = []
  let best: Trial | undefined
  for (const variant of variants) {
    const cap = best === undefined ? bench.capSeconds : Math.min(bench.capSeconds, best.seconds * PATIENCE)
    const run = await deliver(bench, scenario, { client, variant }, distance, cap)
    const trial = { variant, ...run }
    trials.push(trial)
    if (!run.isCapped && run.fault === undefined && run.seconds < (best?.seconds ?? Infinity)) best = trial
  }
  const last = trials.find(({ isCapped }) => isCapped) ?? trials.at(-1)
  const carrier = { client, variant: best?.variant ?? last?.variant ?? first }
  if (best !== undefined || last === undefined) return { carrier, trials, runs: [], isHopeless: false }
  return { carrier, trials, runs: [last], isHopeless: true }
}

function isOver({ runs, isHopeless }: Turns): boolean {
  if (isHopeless || runs.some(({ isCapped }) => isCapped)) return true
  return runs.length >= FAILURES && runs.slice(-FAILURES).every(({ fault }) => fault !== undefined)
}
