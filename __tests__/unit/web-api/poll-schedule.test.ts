import { describe, expect, test } from '@jest/globals'
import { firstPoll, nextPoll, turnsOf } from '../../../src/web-api/poll-schedule'

const alone = { index: 0, of: 1 }
const minute = 60_000
const hour = 60 * minute

/** The times of all polls when each answer takes no time. */
function polls(timeoutMs: number, turn = alone, waitMs = 0): number[] {
  const times: number[] = []
  let at: number | undefined = firstPoll(0, timeoutMs, turn)
  while (at !== undefined) {
    times.push(at)
    at = nextPoll(0, timeoutMs, at, at, waitMs, turn)
  }
  return times
}

/** The most that fall into any span of so many milliseconds. */
function mostWithin(times: readonly number[], span: number): number {
  let from = 0
  return times.reduce((most, at, index) => {
    while ((times[from] ?? 0) <= at - span) from += 1
    return Math.max(most, index - from + 1)
  }, 0)
}

test('polls every 10 s until the time is over', () => {
  expect(polls(35_000)).toEqual([0, 10_000, 20_000, 30_000])
  expect(polls(30_000)).toEqual([0, 10_000, 20_000])
  expect(polls(1_000)).toEqual([0])
})

test('stays within every limit of the template, however long it waits', () => {
  const times = polls(8 * 24 * hour)
  expect(mostWithin(times, 15 * minute)).toBeLessThanOrEqual(95)
  expect(mostWithin(times, 12 * hour)).toBeLessThanOrEqual(1000)
  expect(mostWithin(times, 7 * 24 * hour)).toBeLessThanOrEqual(10_000)
})

test('URLs of one app stay within them together, and do not ask at once', () => {
  const path = 'https://b.example.com/api/health'
  const turns = turnsOf(['', '-readiness', '-liveness'].map(end => ({ url: path + end, host: undefined })))
  const all = turns.flatMap(turn => polls(hour, turn)).sort((a, b) => a - b)
  expect(mostWithin(all, 15 * minute)).toBeLessThanOrEqual(95)
  expect(mostWithin(all, 1000)).toBe(1)
  expect(all.slice(0, 4)).toEqual([0, 10_000, 20_000, 30_000])
})

test('each URL gets a first poll even if its turn would come too late', () => {
  expect(polls(6_000, { index: 2, of: 3 })).toEqual([1_000])
  expect(polls(2_000, { index: 2, of: 3 })).toEqual([0])
})

test('URLs of different apps do not wait for each other', () => {
  const targets = [
    { url: 'https://h/a/health-readiness', host: undefined },
    { url: 'https://h/b/health-readiness', host: undefined },
    { url: 'https://10.0.0.5/a/health-readiness', host: 'h' },
    { url: 'https://10.0.0.6/a/health-readiness', host: 'h' },
    { url: 'https://10.0.0.6/a/health-readiness', host: 'i' },
    { url: 'https://10.0.0.6:8443/a/health-readiness', host: 'h' }
  ]
  expect(turnsOf(targets)).toEqual(targets.map(() => alone))
})

describe('a server that asks to wait', () => {
  test('gets what it asks for', () => {
    expect(nextPoll(0, 300_000, 0, 1_000, 60_000, alone)).toBe(61_000)
  })

  test('is asked no sooner than others when it asks for less', () => {
    expect(nextPoll(0, 300_000, 0, 1_000, 2_000, alone)).toBe(10_000)
  })

  test('is asked once more before the deadline, and then no more', () => {
    expect(polls(60_000, alone, 900_000)).toEqual([0, 55_000])
    expect(polls(12_000, alone, 900_000)).toEqual([0, 10_000])
    expect(polls(8_000, alone, 900_000)).toEqual([0])
  })
})

test('after an answer that took longer than the interval it asks again at once', () => {
  expect(nextPoll(0, 300_000, 0, 100_000, 0, alone)).toBe(100_000)
  expect(nextPoll(0, 100_000, 0, 100_000, 0, alone)).toBeUndefined()
})
