import type { PhaseName } from '../release/log'
import type { ReleaseRecord } from '../release/record'
import { details, fence, table } from './markdown'
import { inTime } from './size'

type Phases = ReleaseRecord['phases']

/** The steps of a run and how long each took: as a Mermaid gantt chart, and as text. */
export function timeline({ phases }: ReleaseRecord): string[] {
  if (phases.length === 0) return []
  const times = table(
    ['Step', 'Time', ''],
    phases.map(({ name, milliseconds, failed }) => [name, inTime(milliseconds), failed ? '❌' : '✔']),
    [1]
  )
  return phases.length === 1
    ? ['### Steps', times]
    : ['### Steps', gantt(phases), details('The times as a table', times)]
}

/** Midnight of a day on which no clock changes, since Mermaid draws times in the zone of who looks. */
const midnight = Date.UTC(2001, 0, 1)

/** The least part of the width that a bar gets, so that a step of no time is seen. */
const leastPart = 1 / 250

/** Steps follow one another, so each begins where the one before it ended. */
function gantt(phases: Phases): string {
  const total = phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const least = Math.max(1, Math.ceil(total * leastPart))
  let start = 0
  let section = ''
  const tasks = phases.flatMap(({ name, milliseconds, failed }) => {
    const mark = failed ? 'crit, ' : ''
    const width = Math.max(least, Math.round(milliseconds))
    const task = `    ${name} (${inTime(milliseconds)}) :${mark}${clock(start)}, ${width}ms`
    start += milliseconds
    if (sections[name] === section) return [task]
    section = sections[name]
    return [`  section ${section}`, task]
  })
  return fence(
    'mermaid',
    [
      'gantt',
      '  dateFormat YYYY-MM-DD HH:mm:ss.SSS',
      `  axisFormat ${axisFor(total)}`,
      '  todayMarker off',
      ...tasks
    ].join('\n')
  )
}

function clock(milliseconds: number): string {
  return new Date(midnight + Math.round(milliseconds)).toISOString().replace('T', ' ').replace('Z', '')
}

function axisFor(total: number): string {
  if (total < 5_000) return '%S.%L s'
  return total < 3_600_000 ? '%M:%S' : '%H:%M:%S'
}

const sections: Record<PhaseName, string> = {
  'Ask the gate': 'Prepare',
  'Read the build': 'Prepare',
  Connect: 'Prepare',
  Lock: 'Prepare',
  Repair: 'Prepare',
  'Read the site and plan': 'Prepare',
  'Stage Web API B': 'Stage',
  'Wait until Web API B is ready': 'Stage',
  'Wait until the Web APIs before are ready': 'Stage',
  'Stage the cloud app': 'Stage',
  Switch: 'Switch',
  'Undo the switch': 'Switch',
  'Check as a client': 'Switch',
  'Clean up': 'Switch',
  Drain: 'Drain',
  Retire: 'Drain'
}
