import { describe, expect, test } from '@jest/globals'
import type { ReleaseRecord, SessionSample } from '../../../src/release/record'
import { headline, summaryOf } from '../../../src/report/summary'
import { sessions } from '../../../src/report/sessions'
import { failedRecord, record } from './records'

const [a, b] = ['https://a.example.com/api/', 'https://b.example.com/api/']

function samples(...counts: (number | [number, number])[]): SessionSample[] {
  return counts.map((count, n) => {
    const [awaited, others] = typeof count === 'number' ? [count, 0] : count
    return { atMs: n * 60_000, awaited, others }
  })
}

function drained(overrides: Partial<ReleaseRecord> = {}, counts = samples(12, 9, 9, 4, 0)): ReleaseRecord {
  return record({
    command: 'drain',
    status: 'drained',
    plan: undefined,
    webApiUrl: b,
    previousWebApiUrl: a,
    releasedAt: undefined,
    sessionsRemaining: 0,
    drain: { url: a, samples: counts },
    phases: [{ name: 'Drain', milliseconds: 240_000, failed: false }],
    ...overrides
  })
}

describe('the summary of a drain', () => {
  test('shows the sides, the sessions over time, and what may be done with the side', () => {
    const text = summaryOf(drained())
    for (const words of [
      '## ✅ The Web APIs before of sales have no session left',
      'No user of this app works on the Web APIs before any more.',
      `| Drained | [${a}](${a}) |`,
      `| Live | [${b}](${b}) |`,
      '| Sessions left | 0 |',
      '\nxychart-beta\n  x-axis "Minutes" 0 --> 4.0\n  y-axis "Sessions" 0 --> 12\n  line [12, 9, 9, 4, 0]\n```',
      '| After | Sessions |\n| ---: | ---: |\n| 0.0 s | 12 |\n| 1 min 0 s | 9 |\n| 3 min 0 s | 4 |\n| 4 min 0 s | 0 |',
      `The next release may go to \`${a}\``,
      'with `retire: true` this step does so'
    ]) {
      expect(text).toContain(words)
    }
    expect(text).not.toMatch(/undefined|NaN|Before \||What was done|Tell users|flowchart/)
  })

  test('that has retired the side says where', () => {
    const text = summaryOf(drained({ drain: { url: a, samples: samples(1, 0), retiredAt: 'sftp://w:22 /www/api_a' } }))
    expect(text).toContain('are empty, and retired')
    expect(text).toContain('| Retired | `sftp://w:22 /www/api_a` |')
    expect(text).toContain('answer 503')
    expect(text).not.toContain('may be stopped')
  })

  test('of shared Web APIs has the sessions of other apps too', () => {
    const text = summaryOf(drained({}, samples([2, 1], [0, 3])))
    expect(text).toContain('3 sessions of other apps are still there.')
    expect(text).toContain('| After | Sessions | Of other apps |\n| ---: | ---: | ---: |\n| 0.0 s | 2 | 1 |')
  })

  test('that was empty at once has no chart', () => {
    expect(summaryOf(drained({}, samples(0)))).not.toContain('xychart')
  })

  test('of a day has a chart of few points and the true end, and a table of few rows', () => {
    const many = samples(...Array.from({ length: 1000 }, (_, n) => 1000 - n), 0)
    const [, , chart = '', table = ''] = sessions(drained({}, many))
    const line = /line \[(.*)\]/.exec(chart)?.[1]?.split(', ') ?? []
    expect([line.length, line[0], line.at(-1)]).toEqual([40, '1000', '0'])
    expect(table.split('\n').filter(row => row.startsWith('| ')).length).toBeLessThan(65)
    expect(table).toContain('| 1000 min 0 s | 0 |')
  })

  test('of which the polls are not even draws what was known at even times', () => {
    const uneven = [0, 1, 2, 10].map(minute => ({ atMs: minute * 60_000, awaited: 10 - minute, others: 0 }))
    expect(sessions(drained({}, uneven)).join('\n')).toContain('line [10, 9, 8, 8, 8, 8, 8, 8, 8, 8, 0]')
  })

  test('draws polls that are never on the dot', () => {
    const late = [130, 60_250, 120_120].map((atMs, n) => ({ atMs, awaited: 2 - n, others: 0 }))
    expect(sessions(drained({}, late)).join('\n')).toContain('line [2, 1, 0]')
  })

  test('that failed says how many are left', () => {
    const failed = failedRecord('sessions-remain', 'm', 'a', {
      command: 'drain',
      plan: undefined,
      sessionsRemaining: 1,
      drain: { url: a, samples: samples(3, 1) }
    })
    const text = summaryOf(failed)
    expect(text).toContain('## ❌ The Web APIs before of sales still have 1 session')
    expect(text).toContain('Nothing that users see was changed.')
    expect(text).toContain('run this step again later')
  })
})

test.each<[Partial<ReleaseRecord>, string]>([
  [{ status: 'planned', reasonCode: 'dry-run' }, '📝 Plan for the drain of sales; nothing was changed'],
  [{ status: 'unchanged', reasonCode: 'already-retired' }, '✅ The Web APIs before are retired already; nothing to do'],
  [{ status: 'failed', reasonCode: 'management-api-off' }, '❌ The Web APIs before of sales were not drained'],
  [
    { status: 'failed', reasonCode: 'cancelled' },
    '❌ The Web APIs before of sales were not drained: the job was cancelled'
  ],
  [
    { status: 'failed', reasonCode: 'sessions-remain', sessionsRemaining: 4000 },
    '❌ The Web APIs before of sales still have 4,000 sessions'
  ],
  [
    { status: 'failed', reasonCode: 'nothing-to-drain', app: undefined },
    '❌ The Web APIs before of the app were not drained'
  ]
])('the headline of %j', (change, words) => {
  expect(headline(drained(change))).toBe(words)
})
