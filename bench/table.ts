import type { Results } from './results'
import type { Row, Run, Side } from './row'
import { scenarios, type Scenario } from './scenarios'
import { median, ratioOf, significant, summaryOf, verdictOf, type Verdict } from './statistics'

/** A client in a scenario at a distance, with all its runs there. */
export interface Entry {
  readonly side: Side
  readonly verdict: Verdict
  /** How many times as long as the action it takes; empty for the action itself, or where it cannot be said. */
  readonly ratio: string
}

/** What was measured in a scenario at a distance: the action, then its peers. */
export interface Group {
  readonly distance: string
  readonly entries: readonly Entry[]
}

/** The rows of a scenario by distance. The action has run in turn with each peer: all its runs are one entry. */
export function groupsOf(rows: readonly Row[], { name, peers }: Pick<Scenario, 'name' | 'peers'>): Group[] {
  const place = ({ peer }: Row): number => peers.indexOf(peer.client)
  const own = rows.filter(({ scenario }) => scenario === name).sort((a, b) => place(a) - place(b))
  return distancesOf(own).map(distance => {
    const there = own.filter(row => row.distance === distance)
    const [first] = there.map(({ ours }) => ours)
    if (first === undefined) return { distance, entries: [] }
    const ours = { ...first, runs: there.flatMap(row => row.ours.runs) }
    return {
      distance,
      entries: [
        { side: ours, verdict: verdictOf(ours.runs), ratio: '' },
        ...there.map(row => {
          const verdict = verdictOf(row.peer.runs)
          return { side: row.peer, verdict, ratio: ratioOf(verdict, verdictOf(row.ours.runs)) }
        })
      ]
    }
  })
}

/** A client's name with the variant that was best. */
export function nameOf({ client, variant }: Side): string {
  return variant === '' ? client : `${client} ${variant}`
}

/** The results as Markdown. */
export function tablesOf({ machine, scale, rows, linearity, firstBytes }: Results): string {
  const { cpu, cores, memoryGigabytes, kernel, node, servers, link } = machine
  const about = [
    `${cores} cores of ${cpu}, ${memoryGigabytes} GB, Linux ${kernel}, Node ${node}`,
    Object.entries(servers)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    `link by ${link}${scale === 1 ? '' : `, **sets scaled by ${scale}: these numbers compare with no others**`}`
  ]
  return [
    '# Results',
    `Measured on ${about.join('; ')}. [What the columns mean](../README.md#the-results).`,
    ...scenarios.flatMap(scenario => scenarioTable(scenario, rows)),
    ...(linearity.length > 0 ? ['## Time by number of files', linearityTable(linearity)] : []),
    ...(firstBytes.length > 0 ? ['## Until the first byte', firstByteTable(firstBytes)] : []),
    '## Versions',
    versionsOf(rows)
      .map(line => `- ${line}`)
      .join('\n'),
    ''
  ].join('\n\n')
}

function scenarioTable(scenario: Scenario, rows: readonly Row[]): string[] {
  const row = rows.find(each => each.scenario === scenario.name)
  if (row === undefined) return []
  const groups = groupsOf(rows, scenario)
  const lines = groups.flatMap(({ distance, entries }) => entries.map(entry => entryCells(distance, entry, row.files)))
  const header = ['distance', 'client', 'median s', 'min–max', 'ratio', 'CPU s', 'peak MB', 'requests', 'per file']
  const faults = groups.flatMap(({ distance, entries }) => entries.flatMap(({ side }) => faultsOf(distance, side)))
  return [
    `## ${scenario.title}`,
    `${row.files.toLocaleString('en')} files, ${(row.bytes / 1e6).toFixed(0)} MB.`,
    markdownTable(header, lines),
    ...(faults.length > 0 ? [faults.map(line => `- ${line}`).join('\n')] : [])
  ]
}

function entryCells(distance: string, { side, verdict, ratio }: Entry, files: number): string[] {
  const { requests } = side
  const good = side.runs.filter(({ fault, isCapped }) => fault === undefined && !isCapped)
  const counted = requests === undefined ? ['', ''] : [requests.toLocaleString('en'), significant(requests / files)]
  return [
    distance,
    side.client === 'ours' ? '**ours**' : nameOf(side),
    ...timeCells(verdict),
    ratio,
    medianOf(good, ({ cpuSeconds }) => significant(cpuSeconds)),
    medianOf(good, ({ peakMegabytes }) => peakMegabytes.toFixed(0)),
    ...counted
  ]
}

function timeCells(verdict: Verdict): [string, string] {
  if (verdict.kind === 'failed') return ['failed', '']
  if (verdict.kind === 'capped') return [`> ${significant(verdict.seconds)}`, '']
  const { median: middle, min, max } = verdict.seconds
  return [significant(middle), `${significant(min)}–${significant(max)}`]
}

/** The run in the middle by some measure, said. */
function medianOf(runs: readonly Run[], said: (run: Run) => string): string {
  const [run] = runs
  if (run === undefined) return ''
  return said({
    seconds: median(runs.map(({ seconds }) => seconds)),
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
    peakMegabytes: median(runs.map(({ peakMegabytes }) => peakMegabytes))
  })
}

function faultsOf(distance: string, side: Side): string[] {
  const faults = side.runs.flatMap(({ fault }) => fault ?? [])
  if (faults.length === 0) return []
  return [
    `${distance}, ${nameOf(side)}: ${faults.length} of ${side.runs.length} runs failed. ${[...new Set(faults)].join('. ')}`
  ]
}

function linearityTable(rows: Results['linearity']): string {
  const cells = [...rows]
    .sort((a, b) => a.files - b.files)
    .map(({ files, bytes, ours }) => [
      files.toLocaleString('en'),
      (bytes / 1e6).toFixed(1),
      ...timeCells(verdictOf(ours.runs)),
      medianOf(ours.runs, ({ seconds }) => significant((seconds / files) * 1000)),
      medianOf(ours.runs, ({ cpuSeconds }) => significant(cpuSeconds)),
      medianOf(ours.runs, ({ peakMegabytes }) => peakMegabytes.toFixed(0))
    ])
  return markdownTable(['files', 'MB', 'median s', 'min–max', 'ms per file', 'CPU s', 'peak MB'], cells)
}

function firstByteTable(rows: Results['firstBytes']): string {
  const cells = rows.map(({ client, runs }) => {
    const { median: middle, min, max } = summaryOf(runs.map(({ firstByte }) => firstByte))
    const connected = median(runs.map(run => run.connected))
    return [client, significant(connected), significant(middle), `${significant(min)}–${significant(max)}`]
  })
  return markdownTable(['client', 'connects, s', 'first byte, s', 'min–max'], cells)
}

function versionsOf(rows: readonly Row[]): string[] {
  const all = rows.flatMap(({ ours, peer }) => [ours, peer])
  return [...new Set(all.map(({ client, version }) => `${client}: ${version}`))].sort()
}

function distancesOf(rows: readonly Row[]): string[] {
  const byDelay = (label: string): number => Number.parseFloat(label) + (label.includes('Mbit') ? 0.5 : 0)
  return [...new Set(rows.map(({ distance }) => distance))].sort((a, b) => byDelay(a) - byDelay(b))
}

function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const [first, second, ...others] = header.map(() => '---')
  const alignment = [first ?? '', second ?? '', ...others.map(() => '---:')]
  return [line(header), line(alignment), ...rows.map(line)].join('\n')
}
