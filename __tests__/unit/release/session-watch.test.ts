import { describe, expect, test } from '@jest/globals'
import { DeployError } from '../../../src/errors'
import type { DrainRecord, ReleaseRecord } from '../../../src/release/record'
import { pauseAfter, SessionWatch, type Clock } from '../../../src/release/session-watch'
import type { SessionAnswer, Sessions } from '../../../src/web-api/sessions'
import { deployErrorOf } from '../deploy-error'
import { runOf } from './run'

const own = (count: number): string[] => Array.from({ length: count }, () => 'sales')
const nothing = (state: string, waitMs = 0, isRetired = false): SessionAnswer<never> => ({
  kind: 'unknown',
  state,
  waitMs,
  isRetired
})

interface Told {
  /** The sessions at each poll; the last one stays. */
  readonly polls: (readonly string[] | SessionAnswer<never>)[]
  readonly names?: readonly string[] | undefined
  readonly look?: (isLast: boolean) => Promise<void>
  readonly list?: 'off'
  readonly cancelledAt?: number
}

/** A watch over sessions that change with each poll, in a time that passes by itself. */
function watched({ polls, look = () => Promise.resolve(), list, cancelledAt = Infinity, ...given }: Told) {
  const calls: string[] = []
  const controller = new AbortController()
  const { log, ended } = runOf({}, controller.signal)
  const drain: DrainRecord = { url: 'https://a.example.com/', samples: [] }
  const record: Pick<ReleaseRecord, 'sessionsRemaining'> = {}
  let time = 0
  let at: number | undefined
  const now = (): readonly string[] | SessionAnswer<never> => {
    // What is asked within a moment hears of the same sessions.
    if (at !== time && at !== undefined && polls.length > 1) polls.shift()
    at = time
    return polls[0] ?? []
  }
  const answer = <T>(name: string, of: (applications: readonly string[]) => T): Promise<SessionAnswer<T>> => {
    calls.push(`${name} ${time}`)
    const sessions = now()
    return Promise.resolve('kind' in sessions ? sessions : { kind: 'known', value: of(sessions) })
  }
  const sessions: Pick<Sessions, 'count' | 'applications' | 'url'> = {
    url: drain.url,
    count: () => answer('count', all => all.length),
    applications: () =>
      list === 'off' ? Promise.reject(new DeployError('management-api-off', 'm', 'a')) : answer('list', all => all)
  }
  const names = 'names' in given ? given.names : ['sales']
  const { signal } = controller
  const clock: Clock = {
    now: () => time,
    sleep: ms => {
      time += ms
      if (time >= cancelledAt) controller.abort(new DeployError('cancelled', 'c', 'a'))
      signal.throwIfAborted()
      return Promise.resolve()
    }
  }
  const watch = new SessionWatch({ sessions: sessions, names, drain, record, log, signal, look }, clock)
  const until = async (timeoutMs: number): Promise<boolean> => watch.untilEmpty(timeoutMs)
  return { until, calls, drain, record, said: () => ended().said }
}

describe('a watch', () => {
  test('ends with the last session, and asks no more often than it may', async () => {
    const { until, calls, drain, record } = watched({ polls: [own(3), own(3), own(1), []] })
    expect(await until(3_600_000)).toBe(false)
    expect(calls).toEqual(['count 0', 'list 0', 'count 10000', 'count 20000', 'count 30000'])
    expect(drain.samples.map(({ awaited }) => awaited)).toEqual([3, 3, 1, 0])
    expect(record.sessionsRemaining).toBe(0)
  })

  test('of many hours keeps within the limits that health calls have', async () => {
    const { until, calls } = watched({ polls: [own(1)] })
    expect((await deployErrorOf(() => until(4_000_000))).reasonCode).toBe('sessions-remain')
    const times = calls.map(call => Number(call.split(' ')[1]))
    expect(times.filter(at => at < 15 * 60_000).length).toBeLessThan(100)
    expect((12 * 3_600_000 - 15 * 60_000) / pauseAfter(15 * 60_000) + 90).toBeLessThan(1000)
  })

  test('asks a last time at the deadline, and closely', async () => {
    const { until, calls } = watched({ polls: [own(2)] })
    const error = await deployErrorOf(() => until(13_000))
    expect(error.message).toContain('still has 2 sessions after 13 s of this app')
    expect(calls).toEqual(['count 0', 'list 0', 'count 10000', 'count 13000', 'list 13000'])
  })

  test('of no time asks once', async () => {
    const { until, calls } = watched({ polls: [own(1)] })
    expect((await deployErrorOf(() => until(0))).message).toBe(
      'https://a.example.com/ still has 1 session of this app.'
    )
    expect(calls).toEqual(['count 0', 'list 0'])
  })

  test('of one app among others asks for the list alone', async () => {
    const { until, calls, drain } = watched({
      polls: [
        ['sales', 'stock'],
        ['stock', 'stock']
      ]
    })
    expect(await until(60_000)).toBe(false)
    expect(calls).toEqual(['count 0', 'list 0', 'list 10000'])
    expect(drain.samples.map(({ awaited, others }) => [awaited, others])).toEqual([
      [1, 1],
      [0, 2]
    ])
  })

  test('sees another app come', async () => {
    const { until, drain } = watched({ polls: [own(1), ['sales', 'stock'], ['stock']] })
    await until(60_000)
    expect(drain.samples.at(-1)).toMatchObject({ awaited: 0, others: 1 })
  })

  test('counts all, and says of whom, where it knows none of their names', async () => {
    const { until, said, record } = watched({ polls: [['stock', 'payroll']] })
    await deployErrorOf(() => until(25_000))
    expect(record.sessionsRemaining).toBe(2)
    expect(said().filter(text => text.startsWith('The sessions are of payroll, stock;'))).toHaveLength(1)
    expect(said().filter(text => text === '2 sessions')).toHaveLength(1)
  })

  test('counts all, where that is asked for', async () => {
    const { until, calls } = watched({ polls: [['sales', 'stock'], ['stock'], []], names: undefined })
    expect(await until(60_000)).toBe(false)
    expect(calls).toEqual(['count 0', 'count 10000', 'count 20000'])
  })

  test('does with the number where the list is not to be had', async () => {
    const { until } = watched({ polls: [own(1), []], list: 'off' })
    expect(await until(60_000)).toBe(false)
  })

  test('says each change once, and that the number rises', async () => {
    const { until, said } = watched({ polls: [own(1), own(1), own(4), nothing('503'), nothing('503'), []] })
    await until(100_000)
    expect(said()).toEqual([
      '1 session',
      '4 sessions',
      expect.stringContaining('risen from 1 to 4'),
      'Not known for now: 503',
      '0 sessions'
    ])
  })

  test('waits as long as the server asks for', async () => {
    const { until, calls } = watched({ polls: [nothing('429', 45_000), []] })
    await until(60_000)
    expect(calls).toEqual(['count 0', 'count 45000'])
  })

  test('does not take silence for an end', async () => {
    const { until, record } = watched({ polls: [own(1), nothing('no answer')] })
    const error = await deployErrorOf(() => until(20_000))
    expect([error.reasonCode, error.message]).toEqual(['sessions-unreadable', expect.stringContaining('no answer')])
    expect(record.sessionsRemaining).toBeUndefined()
  })

  test('ends at a side that is retired already', async () => {
    const { until, record } = watched({ polls: [nothing('503', 0, true)] })
    expect([await until(60_000), record.sessionsRemaining]).toEqual([true, 0])
  })

  test('looks before each poll whether the side is live, and once more at the end', async () => {
    const looks: boolean[] = []
    const look = (isLast: boolean): Promise<void> => {
      looks.push(isLast)
      return Promise.resolve()
    }
    await watched({ polls: [own(1), []], look }).until(60_000)
    expect(looks).toEqual([false, false, true])
    const live = watched({
      polls: [own(1), []],
      look: isLast => (isLast ? Promise.reject(new DeployError('drain-side-live', 'm', 'a')) : Promise.resolve())
    })
    expect((await deployErrorOf(() => live.until(60_000))).reasonCode).toBe('drain-side-live')
  })

  test('ends at once when the run is cancelled', async () => {
    const { until, calls } = watched({ polls: [own(1)], cancelledAt: 12_000 })
    expect((await deployErrorOf(() => until(600_000))).reasonCode).toBe('cancelled')
    expect(calls).toHaveLength(3)
  })
})
