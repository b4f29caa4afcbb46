import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { fit } from '../../../src/report/fit'
import { cut, longList } from '../../../src/report/long-list'

describe('a page', () => {
  test('that fits is whole', () => {
    expect(fit(['a', 'b'], 1000)).toBe('a\n\nb')
  })

  test('that does not fit loses whole parts, and says so', () => {
    expect(fit(['a', 'b'.repeat(1000), 'c'], 500)).toBe(
      'a\n\nc\n\n*Some parts were left out for their length; the log has them.*'
    )
  })

  test('is never larger than its limit, in bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 200 })),
        fc.integer({ min: 70, max: 500 }),
        (parts, limit) => {
          expect(Buffer.byteLength(fit(parts, limit))).toBeLessThanOrEqual(limit)
        }
      )
    )
  })
})

describe('a long list', () => {
  const items = (count: number): string[] => Array.from({ length: count }, (_, n) => `item ${n + 1}`)

  test('of a few items is in sight', () => {
    expect(longList(items(10))).toBe(
      items(10)
        .map(item => `- ${item}`)
        .join('\n')
    )
  })

  test('of more is folded away after ten', () => {
    const list = longList(items(12))
    expect(list).toContain('- item 10\n\n<details>\n<summary>2 more</summary>\n\n- item 11\n- item 12\n\n</details>')
  })

  test('of very many ends with their number', () => {
    const list = longList(items(12_345))
    expect(list).toContain('<summary>12,335 more</summary>')
    expect(list).toContain('- item 210\n- and 12,135 more, which the log has')
    expect(list).not.toContain('item 211')
  })
})

test('a long text is cut, and no character in two', () => {
  expect(cut('abc', 3)).toBe('abc')
  expect(cut('ab🚀', 3)).toBe('ab …')
})
