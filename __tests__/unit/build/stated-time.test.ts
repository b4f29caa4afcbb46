import { describe, expect, test } from '@jest/globals'
import { parseStatedTime } from '../../../src/build/stated-time'

function span(text: string): string[] | undefined {
  const time = parseStatedTime(text)
  return time && [new Date(time.earliest), new Date(time.latest)].map(date => date.toISOString().slice(0, 16))
}

describe('a time without a zone', () => {
  test.each([
    ['2026-11-30 07:03:28'],
    ['2026-11-30T07:03:28'],
    ['2026/11/30 7:03:28'],
    ['2026-11-30T07:03:28.1234567'],
    [' 2026-11-30 07:03 ']
  ])('%j may be on any clock of the world', text => {
    expect(span(text)).toEqual(['2026-11-29T17:03', '2026-11-30T19:03'])
  })

  test('may be a day alone', () => {
    expect(span('2026-11-30')).toEqual(['2026-11-29T10:00', '2026-11-30T12:00'])
  })
})

test.each([
  ['2026-11-30T07:03:28Z', '2026-11-30T07:03'],
  ['2026-11-30T07:03:28+02:00', '2026-11-30T05:03'],
  ['2026-11-30T07:03:28-0530', '2026-11-30T12:33']
])('with a zone, %s is one moment', (text, moment) => {
  expect(span(text)).toEqual([moment, moment])
})

test.each([
  '',
  'tomorrow',
  '2026-13-01 00:00:00',
  '2026-02-31 00:00:00',
  '2026-01-01 25:00:00',
  '30.11.2026',
  '0',
  '2026-11-30 07:03:28 secret'
])('%j is no time', text => {
  expect(parseStatedTime(text)).toBeUndefined()
})

test('keeps the text', () => {
  expect(parseStatedTime(' 2026-11-30T07:03:28 ')?.text).toBe('2026-11-30T07:03:28')
})
