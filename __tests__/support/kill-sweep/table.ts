import { writeFile } from 'node:fs/promises'
import { harmOf, pointerGap } from './strike'
import type { SweepResult } from './sweep'

/** The numbers of a sweep over one server. */
export interface Numbers {
  readonly server: string
  readonly kills: number
  /** Runs that had ended before they could be killed. */
  readonly tooLate: number
  readonly clientStarts: number
  readonly brokenInstants: number
  readonly locksLeft: number
  readonly sitesNotWhole: number
  readonly runsNotRepaired: number
  readonly sideATouched: number
  /** Runs after which files were still there that the release was to take away. */
  readonly oldFilesLeft: number
  /** Undisturbed, and with a kill, until the site was mended. */
  readonly pointerGapMs: { readonly undisturbed: number; readonly killed: number }
  readonly killsByPhase: Readonly<Record<string, number>>
  readonly killsByWay: Readonly<Record<string, number>>
  readonly killsByScenario: Readonly<Record<string, number>>
  readonly secondsPerKill: number
  readonly seconds: number
}

export function numbersOf({ server, outcomes, rehearsed, milliseconds }: SweepResult): Numbers {
  const kills = outcomes.filter(({ phase }) => phase !== undefined)
  const sum = (count: (outcome: (typeof outcomes)[number]) => number): number =>
    outcomes.reduce((total, outcome) => total + count(outcome), 0)
  return {
    server,
    kills: kills.length,
    tooLate: outcomes.length - kills.length,
    clientStarts: sum(({ starts }) => starts),
    brokenInstants: sum(({ broken }) => broken.length),
    locksLeft: sum(({ locks }) => locks.length),
    sitesNotWhole: sum(({ notWhole }) => Math.min(1, notWhole.length)),
    runsNotRepaired: sum(({ notRepaired }) => Math.min(1, notRepaired.length)),
    sideATouched: sum(({ touched }) => Math.min(1, touched.length)),
    oldFilesLeft: sum(({ behind }) => Math.min(1, behind.length)),
    pointerGapMs: {
      undisturbed: Math.max(...rehearsed.map(({ pointerGapMs }) => pointerGapMs)),
      killed: Math.max(0, ...outcomes.map(({ gaps }) => pointerGap(gaps)))
    },
    killsByPhase: counted(kills.map(({ phase = '' }) => phase)),
    killsByWay: counted(kills.map(({ way }) => way)),
    killsByScenario: counted(kills.map(({ scenario }) => scenario)),
    secondsPerKill: round(sum(outcome => outcome.milliseconds) / 1000 / Math.max(1, outcomes.length)),
    seconds: round(milliseconds / 1000)
  }
}

/** The numbers as Markdown. */
export function tableOf(all: readonly Numbers[], seed: number): string {
  const total = (of: (numbers: Numbers) => number): number => all.reduce((sum, numbers) => sum + of(numbers), 0)
  const rows: [string, (numbers: Numbers) => string | number, (string | number)?][] = [
    ['kills', ({ kills }) => kills, total(({ kills }) => kills)],
    ['clients that started', ({ clientStarts }) => clientStarts, total(({ clientStarts }) => clientStarts)],
    ['broken instants', ({ brokenInstants }) => brokenInstants, total(({ brokenInstants }) => brokenInstants)],
    ['locks left', ({ locksLeft }) => locksLeft, total(({ locksLeft }) => locksLeft)],
    ['sites not whole', ({ sitesNotWhole }) => sitesNotWhole, total(({ sitesNotWhole }) => sitesNotWhole)],
    ['runs not repaired', ({ runsNotRepaired }) => runsNotRepaired, total(({ runsNotRepaired }) => runsNotRepaired)],
    ['side A touched', ({ sideATouched }) => sideATouched, total(({ sideATouched }) => sideATouched)],
    ['runs that left old files', ({ oldFilesLeft }) => oldFilesLeft, total(({ oldFilesLeft }) => oldFilesLeft)],
    ['longest gap of a pointer, undisturbed (ms)', ({ pointerGapMs }) => pointerGapMs.undisturbed],
    ['longest gap of a pointer, until mended (ms)', ({ pointerGapMs }) => pointerGapMs.killed],
    ['too late', ({ tooLate }) => tooLate, total(({ tooLate }) => tooLate)],
    ['seconds per kill', ({ secondsPerKill }) => secondsPerKill],
    ...rowsByName('in', all, ({ killsByPhase }) => killsByPhase),
    ...rowsByName('of', all, ({ killsByScenario }) => killsByScenario),
    ...rowsByName('by', all, ({ killsByWay }) => killsByWay)
  ]
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  return [
    `Kill sweep, seed ${seed}`,
    '',
    line(['', ...all.map(({ server }) => server), 'all']),
    line(['---', ...all.map(() => '--:'), '--:']),
    ...rows.map(([what, of, sum = '']) => line([what, ...all.map(of), sum])),
    ''
  ].join('\n')
}

/** Writes all there is to know into a file: as Markdown where its name ends so, else as JSON. */
export async function writeSweepReport(file: string, results: readonly SweepResult[], seed: number): Promise<void> {
  const numbers = results.map(numbersOf)
  const outcomes = results.flatMap(({ server, outcomes: all }) =>
    all.map(({ story, ...outcome }) => ({ server, ...outcome, ...(harmOf({ story, ...outcome })[0] && { story }) }))
  )
  const text = file.endsWith('.md') ? tableOf(numbers, seed) : JSON.stringify({ seed, numbers, outcomes }, null, 2)
  await writeFile(file, `${text}\n`)
}

function rowsByName(
  word: string,
  all: readonly Numbers[],
  of: (numbers: Numbers) => Readonly<Record<string, number>>
): [string, (numbers: Numbers) => number, number][] {
  const names = new Set(all.flatMap(numbers => Object.keys(of(numbers))))
  return [...names].sort().map(name => {
    const count = (numbers: Numbers): number => of(numbers)[name] ?? 0
    return [`kills ${word} ${name}`, count, all.reduce((sum, numbers) => sum + count(numbers), 0)]
  })
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
