import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { code, table } from '../../../src/report/markdown'

describe('a value in a code span', () => {
  test.each([
    ['plain', '`plain`'],
    ['a|b', '`a\\|b`'],
    ['a`b', '``a`b``'],
    ['`a', '`` `a ``'],
    ['a\r\nb\nc', '`a b c`'],
    ['<b> *x* [y](z)', '`<b> *x* [y](z)`']
  ])('%j is written %j', (text, markdown) => {
    expect(code(text)).toBe(markdown)
  })

  test('does not end before its end, whatever backticks are in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('`', 'a', ' '), minLength: 1 }), text => {
        const markdown = code(text)
        const fence = /^`+/.exec(markdown)?.[0] ?? ''
        // A span ends at the next run of backticks that is as long as the one that began it.
        const runs = [...markdown.matchAll(/`+/g)].map(([run]) => run)
        expect(runs.slice(1, -1)).not.toContain(fence)
        expect(runs.at(-1)).toBe(fence)
      })
    )
  })
})

test('a table has a header, a rule and its rows', () => {
  expect(
    table(
      ['What', 'Files'],
      [
        ['a', '1'],
        ['b', '22']
      ],
      [1]
    )
  ).toBe('| What | Files |\n| --- | ---: |\n| a | 1 |\n| b | 22 |')
})
