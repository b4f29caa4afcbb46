import { describe, expect, test } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { Compressibility } from '../../../src/transport/compressibility'

const text = Buffer.from('A line of text that comes again and again. '.repeat(700))
const random = randomBytes(30_000)
/** A fifth of it shrinks to nothing: less than is worth the trouble. */
const mixed = Buffer.concat([Buffer.alloc(6_000), random.subarray(0, 24_000)])
const empty = Buffer.alloc(0)

function isWorthwhile(...chunks: Buffer[]): boolean {
  const compressibility = new Compressibility()
  for (const chunk of chunks) compressibility.note(chunk)
  return compressibility.isWorthwhile
}

function times(count: number, chunk: Buffer): Buffer[] {
  return Array.from({ length: count }, () => chunk)
}

describe('content', () => {
  test.each([
    ['text', text, true],
    ['what is compressed already', random, false],
    ['what shrinks by a fifth', mixed, false],
    ['what shrinks to two thirds', Buffer.concat([Buffer.alloc(10_000), random.subarray(0, 20_000)]), true]
  ])('that is %s', (_, chunk, expected) => {
    expect(isWorthwhile(...times(5, chunk))).toBe(expected)
    expect(isWorthwhile(...times(300, chunk))).toBe(expected)
  })

  test('is not judged by nothing, or by a few chunks', () => {
    expect(isWorthwhile()).toBe(false)
    expect(isWorthwhile(...times(4, text))).toBe(false)
  })

  test('is not judged by files without content', () => {
    expect(isWorthwhile(...times(100, empty))).toBe(false)
    expect(isWorthwhile(...times(100, empty), ...times(4, text))).toBe(false)
    expect(isWorthwhile(...times(100, empty), ...times(5, text))).toBe(true)
  })

  test('of another kind that comes later counts as well', () => {
    expect(isWorthwhile(...times(5, text), ...times(2_000, random))).toBe(false)
    expect(isWorthwhile(...times(5, random), ...times(2_000, text))).toBe(true)
  })

  test('is tried by samples: 99 chunks of 100 are not looked at', () => {
    const isTried = (number: number): boolean => number < 5 || number % 100 === 99
    const chunks = Array.from({ length: 1_000 }, (_, number) => (isTried(number) ? random : text))
    expect(isWorthwhile(...chunks)).toBe(false)
  })
})
