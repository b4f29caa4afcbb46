import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { address, box, code, details, fence, link, plain, plainLines, table } from '../../../src/report/markdown'

/** What means something in Markdown, and what does not. */
const unit = fc.constantFrom(
  ...Array.from('`|*_[]()<>&#~\\!-+=.1 a@:/"\'\n\r\t'),
  '\u2028',
  '\u0000',
  'ü',
  '🚀',
  '```',
  '<b>',
  '&lt;'
)
const anything = fc.string({ unit, maxLength: 60 })

/** What a reader sees of inline Markdown of ours: escapes and entities undone. */
function seen(markdown: string): string {
  return markdown
    .replaceAll('&#8203;', '')
    .replace(/\\([!-/:-@[-`{-~])|&#(\d+);|&lt;|&amp;/g, (whole, mark?: string, number?: string) => {
      if (mark !== undefined) return mark
      return number === undefined ? (whole === '&lt;' ? '<' : '&') : String.fromCharCode(Number(number))
    })
}

function flat(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}

describe('a value in a code span', () => {
  test.each([
    ['plain', '`plain`'],
    ['a|b', '<code>a&#124;b</code>'],
    ['a\\|b', '<code>a&#92;&#124;b</code>'],
    ['a`b', '<code>a&#96;b</code>'],
    ['', '<code></code>'],
    ['<!-- a -->', '<code>&#60;&#33;&#45;&#45; a &#45;&#45;&#62;</code>'],
    ['a\r\nb\rc', '`a b c`'],
    ['<b> *x* [y](z)', '`<b> *x* [y](z)`']
  ])('%j is written %j', (text, markdown) => {
    expect(code(text)).toBe(markdown)
  })

  test('ends nowhere before its end, and shows what was given', () => {
    fc.assert(
      fc.property(anything, text => {
        const markdown = code(text)
        const [, inTicks, inTags] = /^(?:`([^`|\n\r]+)`|<code>([^`|<>*_[\]\\\n\r~]*)<\/code>)$/.exec(markdown) ?? []
        expect(inTicks ?? seen(inTags ?? 'no span')).toBe(flat(text))
      })
    )
  })
})

describe('plain text', () => {
  test.each([
    ['# heading', '\\# heading'],
    ['- item', '\\- item'],
    ['---', '\\---'],
    ['+ item', '\\+ item'],
    ['===', '\\==='],
    ['1. one', '1\\. one'],
    ['1.05 is live', '1.05 is live'],
    ['-5 files', '-5 files'],
    ['    indented', 'indented'],
    ['ask @octocat, see #7 and GH-8', 'ask @&#8203;octocat, see #&#8203;7 and GH&#8203;-8'],
    ['deploy@web.example.com', 'deploy@web.example.com'],
    ['a_b _c_', 'a_b \\_c\\_']
  ])('%j is written %j', (text, markdown) => {
    expect(plain(text)).toBe(markdown)
  })

  test('has no markup that is not escaped, and shows what was given', () => {
    fc.assert(
      fc.property(anything, text => {
        const markdown = plain(text)
        expect(markdown.replace(/\\[!-/:-@[-`{-~]/g, '')).not.toMatch(/[`|*<>[\]~\n\r\\]|&(?!amp;|lt;|#8203;)/)
        expect(markdown).not.toMatch(/^([#+=\s]|-(?![A-Za-z0-9])|\d+[.)](\s|$))/)
        expect(seen(markdown)).toBe(flat(text).trim())
      })
    )
  })

  test('of several lines keeps its lists', () => {
    expect(plainLines('2 are wrong:\n  - a\r\n  - # b\r---')).toEqual(['2 are wrong:', '  - a', '  - \\# b', '\\---'])
  })
})

describe('a link', () => {
  test.each([
    ['https://x.example/a b', '[t](https://x.example/a%20b)'],
    ['https://x.example/a)b(c|d', '[t](https://x.example/a%29b%28c%7Cd)'],
    ['javascript:alert(1)', 't'],
    ['https://', 't']
  ])('to %s is written %s', (to, markdown) => {
    expect(link('t', to)).toBe(markdown)
  })

  test('ends nowhere before its end', () => {
    fc.assert(
      fc.property(anything, anything, (text, to) => {
        const markdown = link(text, `https://x.example/${to}`)
        const target = markdown.slice(plain(text).length + 1)
        expect(target).toMatch(/^\]\(https:\/\/x\.example\/[^()<>|\\`"'\s]*\)$/)
      })
    )
  })

  test('is no link where the address is none', () => {
    expect(address('ftp://a|b')).toBe('<code>ftp&#58;&#47;&#47;a&#124;b</code>')
  })
})

test('no cell of a table breaks out of it', () => {
  fc.assert(
    fc.property(anything, anything, (first, second) => {
      const lines = table(['a', 'b'], [[code(first), plain(second)]]).split(/[\n\r]/)
      expect(lines).toHaveLength(3)
      // A bar counts where an even number of backslashes is before it.
      const bars = [...(lines[2] ?? '').matchAll(/(\\*)\|/g)].filter(([, slashes = '']) => slashes.length % 2 === 0)
      expect(bars).toHaveLength(3)
    })
  )
})

test('no line of a block ends it', () => {
  fc.assert(
    fc.property(anything, text => {
      const [first = '', ...rest] = fence('text', text).split('\n')
      const mark = first.slice(0, -'text'.length)
      const end = rest.findIndex(line => line.trim().startsWith(mark))
      expect(end).toBe(rest.length - 1)
    })
  )
})

test('a box holds its lines', () => {
  expect(box('NOTE', ['a', '', 'b'])).toBe('> [!NOTE]\n> a\n>\n> b')
})

test('details keep their body apart', () => {
  expect(details('More', '- a')).toBe('<details>\n<summary>More</summary>\n\n- a\n\n</details>')
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
