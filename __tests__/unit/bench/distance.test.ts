import { expect, test } from '@jest/globals'
import { readDistances } from '../../../bench/distance'

test('distances are milliseconds there and back, and Mbit/s after a slash', () => {
  expect(readDistances('0, 50/100')).toEqual([
    { roundTrip: 0, rate: undefined, label: '0 ms' },
    { roundTrip: 50, rate: 100, label: '50 ms, 100 Mbit/s' }
  ])
})

test.each(['20ms', '', '0/100'])('"%s" is refused', text => {
  expect(() => readDistances(text)).toThrow()
})
