import { describe, expect, test } from '@jest/globals'
import { reasonCodes } from '../../../src/errors'
import { headline, summaryOf } from '../../../src/report/summary'
import { newRecord } from '../../../src/release/record'
import { failedRecord, plan, record, startedAt } from './records'

describe('the summary of a release', () => {
  const text = summaryOf(record())

  test.each([
    '## ✅ sales 1.05 is released',
    '```mermaid',
    '| Version | `1.04` | `1.05` |',
    '| Minimum compatible version | `1.03` | `1.05` |',
    '| Web API URL | `https://a.example.com/api/` | `https://b.example.com/api/` |',
    '|  | Before | After |',
    '| Strategy | `versioning` |',
    '| Cloud app | `sftp://web.example.com:22 /www/sales` |',
    '| App URL | `https://www.example.com/sales/` |',
    '### What was planned',
    '7 files (2.5 MB) uploaded, 8 unchanged, 1 kept, in 1 min 5 s. Each file was replaced in one act (`atomic`).',
    '| Switch | 1.2 s | ✔ |',
    '### What to do next',
    '`notification-text`',
    'Keep `https://a.example.com/api/` running until its last session has ended'
  ])('says %j', words => {
    expect(text).toContain(words)
  })

  test('speaks of no failure and of no warning', () => {
    expect(text).not.toMatch(/CAUTION|❌|Warnings|undefined/)
  })

  test('tells of a server that cannot replace in one act', () => {
    expect(summaryOf(record({ switchGuarantee: 'replaced' }))).toContain('for the time of one command (`replaced`)')
  })

  test('of a first release has no before and no old Web APIs to keep', () => {
    const first = summaryOf(
      record({
        previousVersion: undefined,
        previousWebApiUrl: undefined,
        plan: plan({ previousVersion: undefined, previousMinimum: undefined, previousWebApiUrl: undefined })
      })
    )
    expect(first).toContain('| Version | – | `1.05` |')
    expect(first).toContain('Tell users to restart')
    expect(first).not.toContain('running until its last session')
    expect(first).not.toContain('undefined')
  })

  test('with the same Web APIs does not ask to keep the old ones', () => {
    const same = record({ previousWebApiUrl: 'https://b.example.com/api/' })
    expect(summaryOf(same)).not.toContain('running until its last session')
  })

  test('names protected files that differ, and warnings', () => {
    const more = summaryOf(record({ keptDifferent: ['api_b/UserConfig.json'], warnings: ['Take care.', 'And again.'] }))
    expect(more).toContain('### Protected files that differ from the build')
    expect(more).toContain('- `api_b/UserConfig.json`')
    expect(more).toContain('### Warnings\n\n- Take care.\n- And again.')
  })
})

describe('the summary of a plan', () => {
  const text = summaryOf(record({ status: 'planned', reasonCode: 'dry-run' }))

  test.each([
    '## 📝 Plan for sales 1.05; nothing was changed',
    '### The plan',
    'After a deploy',
    '| Web API B | upload, with app_offline.htm | 1 | 3.0 kB |',
    '| Version folder 1.05 | upload, unseen until the switch | 2 | 2.5 MB |',
    '| Files that clients read | replace at the switch | 1 | 60 B |',
    '| Files that clients will read | add at the switch | 1 | 40 B |',
    '| apprun.json, deploylist.ini.zip | switch last | 2 | 200 B |',
    '| Protected files | keep | 1 | – |',
    '| Launcher and runtime | there already | 7 | – |',
    '| Files that the build does not have | leave | 1 | – |',
    '| All uploads |  | 7 | 2.5 MB |'
  ])('says %j', words => {
    expect(text).toContain(words)
  })

  test('does not ask for what comes after a release', () => {
    expect(text).not.toContain('### What to do next')
  })
})

test('the last line of the log is the headline, without markup', () => {
  expect(headline(record({ app: 'sales_*app*' }))).toBe('✅ sales_*app* 1.05 is released')
})

describe('the summary of what is live already', () => {
  test('says that there is nothing to do, without plan and picture', () => {
    const text = summaryOf(record({ status: 'unchanged', reasonCode: 'already-live' }))
    expect(text).toContain('## ✅ sales 1.05 is live already; nothing to do')
    expect(text).not.toMatch(/mermaid|### What was planned|### What to do next/)
  })
})

describe('the summary of a failure', () => {
  test('shows message, advice, reason code and step, and what was wanted', () => {
    const text = summaryOf(failedRecord())
    expect(text).toContain('## ❌ sales 1.05 was not released')
    expect(text).toContain('> [!CAUTION]\n> Web API B is not ready.\n')
    expect(text).toContain('> **What to do:** Open the URL.')
    expect(text).toContain('> Reason code `web-api-not-ready`, in the step “Wait until Web API B is ready”.')
    expect(text).toContain('|  | Before | Wanted |')
    expect(text).toContain('| Wait until Web API B is ready | 5 min 0 s | ❌ |')
    expect(text).not.toMatch(/mermaid|### What to do next/)
  })

  test('before anything is known is short, and whole', () => {
    const { error } = failedRecord('invalid-inputs', 'The input site is missing.')
    const text = summaryOf({ ...newRecord(startedAt), endedAt: startedAt, status: 'failed', error })
    expect(text).toContain('## ❌ Nothing was released')
    expect(text).toContain('The input site is missing.')
    expect(text).toContain('Reason code `invalid-inputs`.')
    expect(text).not.toMatch(/\||undefined|### /)
  })

  test('of several lines stays in its box', () => {
    const text = summaryOf(failedRecord('invalid-inputs', '2 inputs are wrong:\n  - a\n  - b', 'Do this.\nAnd that.'))
    expect(text).toContain('> 2 inputs are wrong:\n>   - a\n>   - b\n>\n')
    expect(text).toContain('Do this.\n> **What to do:** And that.')
  })

  test('after the switch does not say that nothing was released', () => {
    const text = summaryOf(
      failedRecord('check-failed', 'A client does not get the files.', 'Look.', { releasedAt: startedAt })
    )
    expect(text).toContain('❌')
    expect(text).not.toContain('was not released')
  })

  test.each(reasonCodes)('shows the reason code %s', code => {
    expect(summaryOf(failedRecord(code))).toContain(`\`${code}\``)
  })
})

describe('markup in values is text', () => {
  const evil = '<img src=x> [a](http://b) **bold** _it_ `code` | # ~x~ \\'
  const escaped = '\\<img src=x\\> \\[a\\](http://b) \\*\\*bold\\*\\* \\_it\\_ \\`code\\` \\| # \\~x\\~ \\\\'

  test('in message and advice', () => {
    const text = summaryOf(failedRecord('transfer-failed', evil, evil))
    expect(text).toContain(`> ${escaped}`)
    expect(text).toContain(`> **What to do:** ${escaped}`)
  })

  test('in warnings', () => {
    expect(summaryOf(record({ warnings: [evil] }))).toContain(`- ${escaped}`)
  })

  test('in a warning of several lines', () => {
    expect(summaryOf(record({ warnings: ['one\n# two'] }))).not.toMatch(/^# two/m)
  })

  test('in the name of the app', () => {
    expect(summaryOf(record({ app: '[a](b) __x__' }))).toContain('## ✅ \\[a\\](b) \\_\\_x\\_\\_ 1.05 is released')
  })

  test('in URLs and paths, which are code', () => {
    const text = summaryOf(record({ cloudAppAt: 'a|b', keptDifferent: ['x`y'], appUrl: 'https://x/<b>' }))
    expect(text).toContain('| Cloud app | `a\\|b` |')
    expect(text).toContain('- ``x`y``')
    expect(text).toContain('| App URL | `https://x/<b>` |')
  })

  test('in entities, which would show as other characters', () => {
    expect(summaryOf(record({ warnings: ['a &lt; b'] }))).not.toContain('- a &lt; b')
  })
})
