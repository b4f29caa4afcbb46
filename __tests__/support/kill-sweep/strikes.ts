import type { Rehearsed } from './scenario'
import { ways, type Way } from './ways'

/** When a run is killed. */
export type Moment =
  /** Right after the n-th time that a step of this name was done. */
  | { readonly step: string }
  /** When that part of all that it does is done: its time until the first step, and then its steps. */
  | { readonly part: number }

/** A kill to be. */
export interface Strike {
  readonly scenario: Rehearsed
  readonly moment: Moment
  readonly way: Way
}

/** Of so many kills one is of a rollback. */
const ROLLBACK_EVERY = 5
/** Which part of the kills goes by steps, the others by time. */
const BY_STEPS = 2 / 3

/**
 * Spreads kills over deploys and rollbacks, over their steps and their time, and over the ways of killing: evenly, with
 * each one moved by chance within its stretch.
 */
export function spreadStrikes(
  count: number,
  deploys: readonly Rehearsed[],
  rollbacks: readonly Rehearsed[],
  random: () => number
): Strike[] {
  const ofRollbacks = Math.round(count / ROLLBACK_EVERY)
  const shares = [...shared(count - ofRollbacks, deploys), ...shared(ofRollbacks, rollbacks)]
  const strikes = shares.flatMap(([scenario, share]) => {
    const bySteps = Math.ceil(share * BY_STEPS)
    const steps = Array.from({ length: bySteps }, (_, n): Moment => {
      return { step: scenario.steps[Math.floor(((n + random()) / bySteps) * scenario.steps.length)] ?? '' }
    })
    const parts = Array.from({ length: share - bySteps }, (_, n): Moment => {
      return { part: (n + random()) / (share - bySteps) }
    })
    return [steps, parts].flatMap(moments => {
      // Another way for each moment, and another one for the same moment in the next sweep.
      const first = Math.floor(random() * ways.length)
      return moments.map((moment, n) => ({ scenario, moment, way: wayOf(first + n) }))
    })
  })
  return strikes
}

/** A kill after each step whose name matches, by SIGKILL, with and without the post step: what signals cannot soften. */
export function strikeEachStep(steps: RegExp, scenarios: readonly Rehearsed[]): Strike[] {
  const hard = ways.filter(({ signal }) => signal === 'SIGKILL')
  return scenarios.flatMap(scenario =>
    scenario.steps
      .filter(step => steps.test(step))
      .flatMap(step => hard.map(way => ({ scenario, moment: { step }, way })))
  )
}

function shared(count: number, scenarios: readonly Rehearsed[]): [Rehearsed, number][] {
  return scenarios.map((scenario, n) => {
    const from = Math.floor((count * n) / scenarios.length)
    return [scenario, Math.floor((count * (n + 1)) / scenarios.length) - from]
  })
}

function wayOf(n: number): Way {
  const way = ways[n % ways.length]
  if (!way) throw new Error('There is no way to kill.')
  return way
}
