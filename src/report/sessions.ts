import type { ReleaseRecord, SessionSample } from '../release/record'
import { address, code, details, fence, table } from './markdown'
import { inDigits, inTime } from './size'

/** More points than this make no better curve. */
const mostPoints = 40
const mostRows = 60

/** Below it Mermaid marks parts of a session. */
const leastTop = 10

/** Mermaid's own is too pale on white. */
const lineColor = '#2da44e'

/** What a drain has seen: the two sides, and the number of sessions over time as a Mermaid chart and as a table. */
export function sessions(record: ReleaseRecord): string[] {
  if (record.command !== 'drain') return []
  return [...sides(record), ...overTime(record.drain?.samples ?? [])]
}

function sides({ drain, webApiUrl, cloudAppAt, releaseId, sessionsRemaining, status }: ReleaseRecord): string[] {
  if (!drain) return []
  const { url, retiredAt } = drain
  const isRetired = status === 'drained'
  const rows: [string, string | undefined][] = [
    ['Drained', address(url)],
    ['Sessions left', sessionsRemaining === undefined ? 'not known' : inDigits(sessionsRemaining)],
    ['Live', webApiUrl && address(webApiUrl)],
    ['Cloud app', cloudAppAt && code(cloudAppAt)],
    [isRetired ? 'Retired' : 'To be retired', retiredAt && code(retiredAt)],
    ['Release', releaseId && code(releaseId)]
  ]
  return [
    table(
      ['Web APIs', ''],
      rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
    )
  ]
}

function overTime(samples: readonly SessionSample[]): string[] {
  const changes = samples.filter((sample, n) => n === samples.length - 1 || isOther(sample, samples[n - 1]))
  if (samples.length < 2) return []
  const left = changes.length - mostRows
  const shown = left > 0 ? [...changes.slice(0, mostRows - 1), ...changes.slice(-1)] : changes
  const hasOthers = samples.some(({ others }) => others > 0)
  const rows = shown.map(({ atMs, awaited, others }) => [
    inTime(atMs),
    inDigits(awaited),
    ...(hasOthers ? [inDigits(others)] : [])
  ])
  const header = ['After', 'Sessions', ...(hasOthers ? ['Of other apps'] : [])]
  return ['### Sessions over time', chart(samples), details('The changes as a table', table(header, rows, [0, 1, 2]))]
}

function isOther(sample: SessionSample, before: SessionSample | undefined): boolean {
  return before?.awaited !== sample.awaited || before.others !== sample.others
}

/** Mermaid spreads its points evenly, and polls are not even: so it gets what was known at even times. */
function chart(samples: readonly SessionSample[]): string {
  const end = samples.at(-1)?.atMs ?? 0
  const gaps = samples.slice(1).map(({ atMs }, n) => atMs - (samples[n]?.atMs ?? 0))
  const gap = Math.max(1, Math.min(...gaps))
  const count = Math.max(2, Math.min(mostPoints, Math.round(end / gap) + 1))
  const step = end / (count - 1)
  // No poll is on the dot.
  const values = Array.from({ length: count }, (_, n) => knownAt(samples, n * step + gap / 2))
  const most = Math.max(leastTop, ...samples.map(({ awaited }) => awaited))
  const isShort = end < 120_000
  const width = (end / (isShort ? 1000 : 60_000)).toFixed(1)
  return fence(
    'mermaid',
    [
      `%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "${lineColor}"}}}}%%`,
      'xychart-beta',
      `  x-axis "${isShort ? 'Seconds' : 'Minutes'}" 0 --> ${width === '0.0' ? '0.1' : width}`,
      `  y-axis "Sessions" 0 --> ${most}`,
      `  line [${values.join(', ')}]`
    ].join('\n')
  )
}

function knownAt(samples: readonly SessionSample[], time: number): number {
  return (samples.findLast(({ atMs }) => atMs <= time) ?? samples[0])?.awaited ?? 0
}
