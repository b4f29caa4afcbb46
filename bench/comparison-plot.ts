import type { Results } from './results'
import { scenarios } from './scenarios'
import { significant, type Verdict } from './statistics'
import { arrow, dot, line, logScale, picture, text, type LogScale } from './svg'
import { groupsOf, type Entry, type Group } from './table'

const WIDTH = 1080
const NAMES = 92
const GAP = 14
const LINE = 19
const HEAD = 46
const FOOT = 26
/** Beside a mark there is room for its number. */
const NUMBER = 84

const NEED_A_SHELL = ['tar', 'rsync']

/** All scenarios below each other, distances beside each other, and in each a line for a client: its median and spread. */
export function comparisonPlot({ rows }: Results): string {
  const bands = scenarios
    .map(scenario => ({ title: scenario.title, groups: groupsOf(rows, scenario) }))
    .filter(({ groups }) => groups.length > 0)
  const distances = [...new Set(bands.flatMap(({ groups }) => groups.map(({ distance }) => distance)))]
  const columnWidth = (WIDTH - NAMES - GAP * distances.length) / Math.max(1, distances.length)
  const times = bands.flatMap(({ groups }) => groups.flatMap(({ entries }) => entries.flatMap(timesOf)))
  const pieces: string[] = [
    text(GAP, 20, 'Seconds for a whole release, and how many times as long as ours', { className: 'title' })
  ]
  pieces.push(
    text(WIDTH - GAP, 20, 'median and spread, logarithmic; hollow: needs a shell on the server', {
      className: 'faint',
      anchor: 'end'
    })
  )
  let top = 30
  for (const { title, groups } of bands) {
    const clients = [...new Set(groups.flatMap(({ entries }) => entries.map(({ side }) => side.client)))]
    const bottom = top + HEAD + clients.length * LINE
    pieces.push(text(GAP, top + 18, title, { className: 'title' }))
    for (const [number, client] of clients.entries()) {
      pieces.push(
        text(NAMES - 6, lineAt(top, number) + 4, client, { anchor: 'end', className: client === 'ours' ? 'ours' : '' })
      )
    }
    for (const [column, distance] of distances.entries()) {
      const left = NAMES + column * (columnWidth + GAP)
      const scale = logScale(times, left, left + columnWidth - NUMBER)
      pieces.push(...frame(scale, top, bottom, distance, left))
      const group = groups.find(each => each.distance === distance)
      if (group !== undefined) pieces.push(...marks(group, clients, scale, top))
    }
    top = bottom + FOOT
  }
  return picture(WIDTH, top, 'Seconds for a whole release, by scenario, distance and client', pieces)
}

function frame(scale: LogScale, top: number, bottom: number, distance: string, left: number): string[] {
  return [
    text(left, top + 34, distance, { className: 'faint' }),
    ...scale.ticks.flatMap(tick => [
      line(scale.place(tick), top + HEAD - 6, scale.place(tick), bottom, 'grid'),
      text(scale.place(tick), bottom + 11, String(tick), { className: 'faint', anchor: 'middle' })
    ])
  ]
}

function marks({ entries }: Group, clients: readonly string[], scale: LogScale, top: number): string[] {
  return entries.flatMap(entry => {
    const y = lineAt(top, clients.indexOf(entry.side.client))
    const isOurs = entry.side.client === 'ours'
    const className = isOurs ? 'ours' : NEED_A_SHELL.includes(entry.side.client) ? 'shell' : 'mark'
    const { verdict } = entry
    if (verdict.kind === 'failed')
      return [text(scale.place(scale.ticks[0] ?? 1) + 4, y + 4, 'failed', { className: 'faint' })]
    if (verdict.kind === 'capped')
      return [arrow(scale.place(verdict.seconds), y, className), label(entry, scale.place(verdict.seconds), y)]
    const { median, min, max } = verdict.seconds
    return [
      line(scale.place(min), y, scale.place(max), y, isOurs ? 'spread ours' : 'spread'),
      dot(scale.place(median), y, className),
      label(entry, scale.place(max), y)
    ]
  })
}

function label({ side, verdict, ratio }: Entry, x: number, y: number): string {
  const own = side.client === 'ours' ? 'ours' : ''
  return text(x + 8, y + 4, `${saidSeconds(verdict)}${ratio === '' ? '' : ` · ${ratio.replace(' ', '')}×`}`, {
    className: own
  })
}

function saidSeconds(verdict: Verdict): string {
  if (verdict.kind === 'capped') return `>${significant(verdict.seconds)}`
  return verdict.kind === 'times' ? significant(verdict.seconds.median) : ''
}

function timesOf({ verdict }: Entry): number[] {
  if (verdict.kind === 'failed') return []
  return verdict.kind === 'capped' ? [verdict.seconds] : [verdict.seconds.min, verdict.seconds.max]
}

function lineAt(top: number, number: number): number {
  return top + HEAD + number * LINE + LINE / 2 - 4
}
