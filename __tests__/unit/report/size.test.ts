import { expect, test } from '@jest/globals'
import { inBytes, inDigits, inTime } from '../../../src/report/size'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1049, '1.0 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [65_000_000, '65.0 MB'],
  [999_999_999, '1.0 GB'],
  [1_500_000_000_000, '1.5 TB'],
  [5_000_000_000_000_000, '5000.0 TB'],
  [333.333, '333 B'],
  [999.97, '1.0 kB']
])('%d bytes are written %s', (bytes, text) => {
  expect(inBytes(bytes)).toBe(text)
})

test.each([
  [0, '0'],
  [999, '999'],
  [6100, '6,100'],
  [1_234_567, '1,234,567']
])('the count %d is written %s', (count, text) => {
  expect(inDigits(count)).toBe(text)
})

test.each([
  [0, '0.0 s'],
  [4230, '4.2 s'],
  [59_940, '59.9 s'],
  [60_000, '1 min 0 s'],
  [119_900, '2 min 0 s'],
  [200_400, '3 min 20 s'],
  [3_600_000, '60 min 0 s']
])('%d milliseconds are written %s', (milliseconds, text) => {
  expect(inTime(milliseconds)).toBe(text)
})
