import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { followProgress } from '../../../src/report/progress'
import type { Progress } from '../../../src/release/log'

let time = 0
let lines: string[] = []

beforeEach(() => {
  jest.useFakeTimers()
  time = 1000
  lines = []
})

afterEach(() => {
  jest.useRealTimers()
})

function follow(files: number, bytes: number): Progress {
  return followProgress(
    'Web APIs',
    files,
    bytes,
    line => lines.push(line),
    () => time
  )
}

function wait(milliseconds: number): void {
  time += milliseconds
  jest.advanceTimersByTime(milliseconds)
}

test('says every five seconds how far it is, how fast, and how long it will take', () => {
  const progress = follow(1200, 40_000_000)
  wait(4999)
  expect(lines).toEqual([])
  progress.bytes(4_000_000)
  progress.bytes(6_000_000)
  progress.file()
  progress.file()
  wait(1)
  expect(lines).toEqual(['Web APIs: 2 of 1,200 files, 10.0 MB of 40.0 MB, 2.0 MB/s, 15.0 s left'])
  progress.bytes(30_000_000)
  wait(5000)
  expect(lines[1]).toBe('Web APIs: 2 of 1,200 files, 40.0 MB of 40.0 MB, 4.0 MB/s')
  progress.end()
})

test('says at the end how it ended, and no more after that', () => {
  const progress = follow(1, 1000)
  progress.bytes(1000)
  progress.file()
  wait(2000)
  progress.end()
  expect(lines).toEqual(['Web APIs: 1 of 1 files, 1.0 kB of 1.0 kB, 500 B/s, in 2.0 s'])
  wait(60_000)
  expect(lines).toHaveLength(1)
})

test('promises no end while nothing has been sent', () => {
  const progress = follow(3, 1000)
  wait(5000)
  expect(lines).toEqual(['Web APIs: 0 of 3 files, 0 B of 1.0 kB, 0 B/s'])
  progress.end()
})

test('writes a slow rate in whole bytes', () => {
  const progress = follow(1, 1000)
  progress.bytes(1000)
  wait(3000)
  progress.end()
  expect(lines).toEqual([expect.stringContaining(', 333 B/s')])
})

test('that is over at once does not divide by nothing', () => {
  const progress = follow(1, 10)
  progress.bytes(10)
  progress.file()
  progress.end()
  expect(lines).toEqual(['Web APIs: 1 of 1 files, 10 B of 10 B, 10.0 kB/s, in 0.0 s'])
})

test('of no files says nothing', () => {
  follow(0, 0).end()
  expect(lines).toEqual([])
})
