import type { Results } from './results'
import { median, significant, verdictOf } from './statistics'
import { dot, line, logScale, picture, text, type LogScale } from './svg'

const WIDTH = 780
const HEIGHT = 282
const TOP = 56
const BOTTOM = HEIGHT - 40
const PANELS = [
  { left: 60, right: 350 },
  { left: 450, right: 740 }
] as const satisfies readonly Panel[]

interface Panel {
  readonly left: number
  readonly right: number
}

interface Point {
  readonly files: number
  readonly value: number
  readonly label: string
}

/** How time and memory grow with the number of files, side by side. */
export function linearityPlot({ linearity }: Results): string {
  const sorted = [...linearity].sort((a, b) => a.files - b.files)
  const times = sorted.flatMap(({ files, ours }) => {
    const verdict = verdictOf(ours.runs)
    if (verdict.kind !== 'times') return []
    return [{ files, value: verdict.seconds.median, label: significant(verdict.seconds.median) }]
  })
  const peaks = sorted.map(({ files, ours }) => {
    const value = median(ours.runs.map(({ peakMegabytes }) => peakMegabytes))
    return { files, value, label: value.toFixed(0) }
  })
  return picture(WIDTH, HEIGHT, 'Time and memory of a release by number of files', [
    ...panel('Seconds by number of files', times, PANELS[0]),
    ...guide(times, PANELS[0]),
    text(PANELS[0].left - 40, 34, 'SFTP, 0 ms; dashed: each file takes as long as in the largest set', {
      className: 'faint'
    }),
    ...panel('Peak memory in MB by number of files', peaks, PANELS[1])
  ])
}

function panel(title: string, points: readonly Point[], { left, right }: Panel): string[] {
  if (points.length === 0) return []
  const { x, y } = scales(points, { left, right })
  return [
    text(left - 40, 20, title, { className: 'title' }),
    ...y.ticks.flatMap(tick => [
      line(left, y.place(tick), right, y.place(tick), 'grid'),
      text(left - 6, y.place(tick) + 4, String(tick), { anchor: 'end', className: 'faint' })
    ]),
    ...x.ticks.flatMap(tick => [
      line(x.place(tick), TOP, x.place(tick), BOTTOM, 'grid'),
      text(x.place(tick), BOTTOM + 16, tick.toLocaleString('en'), { anchor: 'middle', className: 'faint' })
    ]),
    // The first point lies on the axis, which has labels of its own.
    ...points.flatMap(({ files, value, label }, index) => [
      dot(x.place(files), y.place(value), 'ours'),
      text(x.place(files) + (index === 0 ? 3 : 0), y.place(value) - 8, label, {
        anchor: index === 0 ? 'start' : 'middle'
      })
    ])
  ]
}

/** Where the points would be if each file took as long as those of the largest set. */
function guide(points: readonly Point[], edges: Panel): string[] {
  const [first, last] = [points.at(0), points.at(-1)]
  if (first === undefined || last === undefined) return []
  const { x, y } = scales(points, edges)
  const lowest = y.ticks[0] ?? 1
  const least = Math.max(first.files, (lowest / last.value) * last.files)
  return [
    line(x.place(least), y.place((last.value * least) / last.files), x.place(last.files), y.place(last.value), 'guide')
  ]
}

function scales(points: readonly Point[], { left, right }: Panel): { x: LogScale; y: LogScale } {
  return {
    x: logScale(
      points.map(({ files }) => files),
      left,
      right
    ),
    y: logScale(
      points.map(({ value }) => value),
      BOTTOM,
      TOP
    )
  }
}
