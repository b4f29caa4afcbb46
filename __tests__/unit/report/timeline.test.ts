import { describe, expect, test } from '@jest/globals'
import { timeline } from '../../../src/report/timeline'
import { record } from './records'

const short = { name: 'Lock', milliseconds: 100, failed: false } as const
const long = { name: 'Wait until Web API B is ready', milliseconds: 300_000, failed: true } as const

test('draws the steps one after another, with their times, and what failed in red', () => {
  expect(timeline(record())).toEqual([
    '### Steps',
    `\`\`\`mermaid
gantt
  dateFormat YYYY-MM-DD HH:mm:ss.SSS
  axisFormat %S.%L s
  todayMarker off
  section Prepare
    Read the build (0.3 s) :2001-01-01 00:00:00.000, 300ms
  section Switch
    Switch (1.2 s) :2001-01-01 00:00:00.300, 1200ms
\`\`\``,
    expect.stringContaining('| Read the build | 0.3 s | ✔ |\n| Switch | 1.2 s | ✔ |')
  ])
})

test('makes a short step wide enough to be seen beside a long one, and begins the next one where it ended', () => {
  const [, chart] = timeline(record({ phases: [short, long] }))
  expect(chart).toContain('Lock (0.1 s) :2001-01-01 00:00:00.000, 1201ms')
  expect(chart).toContain('Wait until Web API B is ready (5 min 0 s) :crit, 2001-01-01 00:00:00.100, 300000ms')
  expect(chart).toContain('axisFormat %M:%S')
})

test('of a run of hours has hours on its axis', () => {
  expect(timeline(record({ phases: [short, { ...long, milliseconds: 3_600_000 }] }))[1]).toContain('%H:%M:%S')
})

test('of steps of no time is drawn too', () => {
  const nothing = [0, 0].map(milliseconds => ({ ...short, milliseconds }))
  expect(timeline(record({ phases: nothing }))[1]).toContain('00:00:00.000, 1ms')
})

describe('a run', () => {
  test('of one step needs no chart', () => {
    expect(timeline(record({ phases: [long] }))).toEqual([
      '### Steps',
      '| Step | Time |  |\n| --- | ---: | --- |\n| Wait until Web API B is ready | 5 min 0 s | ❌ |'
    ])
  })

  test('of none has nothing to show', () => {
    expect(timeline(record({ phases: [] }))).toEqual([])
  })
})
