import { expect, test } from '@jest/globals'
import { median, ratioOf, significant, summaryOf, verdictOf } from '../../../bench/statistics'
import { run } from './rows'

test.each([
  [[3], 3],
  [[5, 1, 3], 3],
  [[4, 1, 3, 2], 2.5]
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected)
})

test('a summary has the ends of the spread', () => {
  expect(summaryOf([2, 9, 4])).toEqual({ median: 4, min: 2, max: 9 })
})

test.each([
  [0.01234, '0.012'],
  [0.1234, '0.123'],
  [1.234, '1.23'],
  [12.34, '12.3'],
  [1234, '1234'],
  [0, '0']
])('%d is said as %s', (value, expected) => {
  expect(significant(value)).toBe(expected)
})

test('runs that left wrong files do not count', () => {
  const runs = [run(1), run(9, { fault: '1 missing (a)' }), run(3), run(2)]
  expect(verdictOf(runs)).toEqual({
    kind: 'times',
    seconds: { median: 2, min: 1, max: 3 },
    faults: ['1 missing (a)']
  })
  expect(verdictOf([run(1, { fault: 'broken' })])).toEqual({ kind: 'failed', faults: ['broken'] })
})

test('a ratio says which side ran into the cap', () => {
  const [one, three] = [verdictOf([run(1)]), verdictOf([run(3)])]
  const capped = verdictOf([run(120, { isCapped: true })])
  const failed = verdictOf([run(1, { fault: 'broken' })])
  expect(ratioOf(three, one)).toBe('3.00')
  expect(ratioOf(capped, three)).toBe('> 40.0')
  expect(ratioOf(three, capped)).toBe('< 0.025')
  expect(ratioOf(capped, capped)).toBe('')
  expect(ratioOf(failed, one)).toBe('')
})
