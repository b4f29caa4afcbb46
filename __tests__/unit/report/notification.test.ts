import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { escapeHtml, notificationOf, unknownNames } from '../../../src/report/notification'
import { failedRecord, record } from './records'

function told(notificationMessage: string): string {
  return notificationOf(record({ notificationMessage })).text
}

describe('the template', () => {
  test('is filled in, each name as often as it stands there', () => {
    expect(told('{app} {version} after {previous-version} at {app-url} since {released-at}: {app}')).toBe(
      'sales 1.05 after 1.04 at https://www.example.com/sales/ since 2026-06-01 12:01 UTC: sales'
    )
  })

  test.each(['{App}', '{unknown-name}', '{ app }', '{}', '{app', '{constructor}', '{to-string}'])(
    'keeps %s, which it does not know',
    name => {
      expect(told(`x ${name} y`)).toBe(`x ${name} y`)
    }
  )

  test('takes a value for text, even one that looks like a name or a pattern', () => {
    const made = notificationOf(record({ app: '{version} $& $1', notificationMessage: '<{app}>' }))
    expect(made.text).toBe('<{version} $& $1>')
  })

  test('has nothing where nothing is known', () => {
    const bare = record({ previousVersion: undefined, appUrl: undefined, releasedAt: undefined })
    const notificationMessage = '({previous-version})({app-url})({released-at})'
    expect(notificationOf({ ...bare, notificationMessage }).text).toBe('()()()')
  })
})

describe('the HTML', () => {
  test('is the text, escaped, with its lines', () => {
    const notificationMessage = 'Tom & "Jerry"\r\n<script>alert(\'{app}\')</script>\nend'
    expect(notificationOf(record({ app: '<b>', notificationMessage })).html).toBe(
      '<p>Tom &amp; &quot;Jerry&quot;<br>&lt;script&gt;alert(&#39;&lt;b&gt;&#39;)&lt;/script&gt;<br>end</p>'
    )
  })

  test.each([
    ['&lt;', '&amp;lt;'],
    ["a='b'", 'a=&#39;b&#39;'],
    ['größe 日本', 'größe 日本']
  ])('of %s is %s', (text, html) => {
    expect(escapeHtml(text)).toBe(html)
  })
})

describe('links in the HTML', () => {
  const html = (notificationMessage: string, appUrl?: string): string =>
    notificationOf(record({ notificationMessage, ...(appUrl === undefined ? {} : { appUrl }) })).html

  test('lead to the app', () => {
    expect(html('Open {app-url}.')).toBe(
      '<p>Open <a href="https://www.example.com/sales/">https://www.example.com/sales/</a>.</p>'
    )
  })

  test('lead where the template says, without the mark that ends the sentence', () => {
    expect(html('See (https://x.example/a?b=1&c="d").')).toBe(
      '<p>See (<a href="https://x.example/a?b=1&amp;c=">https://x.example/a?b=1&amp;c=</a>&quot;d&quot;).</p>'
    )
  })

  test.each(['javascript:alert(1)', 'http://', 'https://a b'])('are not made of %s', appUrl => {
    expect(html('{app-url}', appUrl)).not.toContain('<a')
  })

  test('are not made of a value that looks like one', () => {
    const made = notificationOf(record({ app: 'https://evil.example', notificationMessage: '{app}' }))
    expect(made.html).toBe('<p>https://evil.example</p>')
  })

  test('leave nothing of any text as markup', () => {
    const text = fc.string({
      unit: fc.constantFrom(...Array.from('<>&"\'/ahtps:.{}\n'), 'https://', '{app}', '{app-url}')
    })
    fc.assert(
      fc.property(text, text, text, (notificationMessage, app, appUrl) => {
        const made = notificationOf(record({ notificationMessage, app, appUrl }))
        const inner = made.html.slice('<p>'.length, -'</p>'.length)
        const left = inner.replace(/<br>|<a href="https?:\/\/[^<>"']*">[^<>"']*<\/a>/gi, '')
        expect(left).not.toMatch(/[<>"']/)
        expect(inner.replace(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&')
      })
    )
  })
})

describe('the names that a template has and nobody knows', () => {
  test.each([
    ['{app} {version} {previous-version} {app-url} {released-at}', []],
    ['{App} {app_url} {versions} {App}', ['{App}', '{app_url}', '{versions}']],
    ['{ app }', ['{ app }']],
    ['{} {1} {"a": 1} {', []]
  ])('of %j are %j', (template, names) => {
    expect(unknownNames(template)).toEqual(names)
  })
})

test('the title names app and version', () => {
  expect(notificationOf(record()).title).toBe('sales 1.05 is available')
})

test.each(['failed', 'unchanged', 'planned', undefined] as const)(
  'there is nothing to tell when the status is %s',
  status => {
    expect(notificationOf(record({ status }))).toEqual({ title: '', text: '', html: '' })
    expect(notificationOf(failedRecord())).toEqual({ title: '', text: '', html: '' })
  }
)
