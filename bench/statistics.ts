import type { Run } from './row'

/** What many runs come to. */
export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** How a client did in a row: its times; or that it ran into the cap; or what it did wrong. */
export type Verdict =
  | { readonly kind: 'times'; readonly seconds: Summary; readonly faults: readonly string[] }
  | { readonly kind: 'capped'; readonly seconds: number }
  | { readonly kind: 'failed'; readonly faults: readonly string[] }

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export function summaryOf(values: readonly number[]): Summary {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/** Judges runs: those that left wrong files do not count, and one that ran into the cap speaks for all. */
export function verdictOf(runs: readonly Run[]): Verdict {
  const faults = runs.flatMap(({ fault }) => fault ?? [])
  const capped = runs.find(({ isCapped }) => isCapped)
  if (capped !== undefined) return { kind: 'capped', seconds: capped.seconds }
  const good = runs.filter(({ fault }) => fault === undefined)
  if (good.length === 0) return { kind: 'failed', faults }
  return { kind: 'times', seconds: summaryOf(good.map(({ seconds }) => seconds)), faults }
}

/** How many times as long a peer takes as the action: `2.31`, `> 12` or `< 0.5` where one ran into the cap, or nothing. */
export function ratioOf(peer: Verdict, ours: Verdict): string {
  if (peer.kind === 'failed' || ours.kind === 'failed') return ''
  if (peer.kind === 'capped' && ours.kind === 'capped') return ''
  const ratio = significant(secondsOf(peer) / secondsOf(ours))
  if (peer.kind === 'capped') return `> ${ratio}`
  return ours.kind === 'capped' ? `< ${ratio}` : ratio
}

/** A number with three digits that matter: `0.123`, `1.23`, `12.3`, `123`. */
export function significant(value: number): string {
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toFixed(Math.min(digits, 3))
}

function secondsOf(verdict: Exclude<Verdict, { kind: 'failed' }>): number {
  return verdict.kind === 'capped' ? verdict.seconds : verdict.seconds.median
}
