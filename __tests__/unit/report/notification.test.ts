import { describe, expect, test } from '@jest/globals'
import { escapeHtml, notificationOf } from '../../../src/report/notification'
import { failedRecord, record } from './records'

function told(notificationMessage: string): string {
  return notificationOf(record({ notificationMessage })).text
}

describe('the template', () => {
  test('is filled in, each name as often as it stands there', () => {
    expect(told('{app} {version} after {previous-version} at {app-url} since {released-at}: {app}')).toBe(
      'sales 1.05 after 1.04 at https://www.example.com/sales/ since 2026-06-01T12:01:00.000Z: sales'
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
