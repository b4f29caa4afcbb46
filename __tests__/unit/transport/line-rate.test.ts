import { describe, expect, test } from '@jest/globals'
import { LineRate } from '../../../src/transport/line-rate'

const mib = 1024 * 1024
const enough = 100 * mib

interface Sent {
  /** The server confirms so many bytes ... */
  readonly bytes: number
  /** ... every so many milliseconds ... */
  readonly everyMs: number
  /** ... so often. */
  readonly times: number
  /** What is left then. */
  readonly left?: number
}

/** Is it found out that a line is slow, while this is sent over it? */
function isSlow(...parts: Sent[]): boolean {
  const rate = new LineRate()
  let now = 5_000
  let isKnown = false
  for (const { bytes, everyMs, times, left = enough } of parts) {
    for (let time = 0; time < times; time += 1) {
      now += everyMs
      isKnown = rate.note(bytes, left, now) || isKnown
    }
  }
  return isKnown
}

describe('a line', () => {
  test.each([
    ['of 1 MB a second', 5_000, true],
    ['of 15 MB a second', 75_000, true],
    ['of 17 MB a second', 85_000, false],
    ['of 100 MB a second', 500_000, false]
  ])('%s is slow or not: %d bytes each 5 ms, %s', (_, bytes, expected) => {
    expect(isSlow({ bytes, everyMs: 5, times: 1_000 })).toBe(expected)
  })

  test.each([
    ['a moment', 3, false],
    ['two spans', 7, false],
    ['three spans', 10, true]
  ])('that is slow is known to be so not after %s (%d times 100 ms): %s', (_, times, expected) => {
    expect(isSlow({ bytes: 100_000, everyMs: 100, times })).toBe(expected)
  })

  test('that was fast once is not slow because it had to wait later', () => {
    const fast = { bytes: 3_000_000, everyMs: 100, times: 8 }
    expect(isSlow(fast, { bytes: 1_000, everyMs: 100, times: 50 })).toBe(false)
  })

  test.each([
    ['little is left', 2 * mib - 1, false],
    ['there is enough', 2 * mib, true]
  ])('is measured while there is something to send, so when %s (%d bytes): %s', (_, left, expected) => {
    expect(isSlow({ bytes: 100_000, everyMs: 100, times: 20, left })).toBe(expected)
  })

  test('that had nothing to send for a while is measured by what comes after it', () => {
    // With the ten seconds in it a span of a fast line would look slow.
    const idle = { bytes: 1, everyMs: 10_000, times: 1, left: 0 }
    const fast = { bytes: 3_000_000, everyMs: 100, times: 3 }
    expect(isSlow(fast, idle, fast, idle, fast, idle, fast, fast)).toBe(false)
    const slow = { bytes: 100_000, everyMs: 100, times: 4 }
    expect(isSlow(slow, idle, slow, idle, slow)).toBe(true)
  })
})
