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
    '| App URL | [https://www.example.com/sales/](https://www.example.com/sales/) |',
    '| Release | `20260601T120000-1.05-a1b2c3` |',
    'Since 2026-06-01 12:01 UTC clients that start get version `1.05` and the Web APIs `https://b.example.com/api/`.',
    '<summary>What was planned</summary>',
    '| 7 | 2.5 MB | – | 8 | 1 | 2 | 1 min 5 s |',
    'Each file was replaced in one act (`atomic`).',
    '| Switch | 1.2 s | ✔ |',
    '### Tell users',
    '```text\nsales 1.05 is here\n```',
    'Keep `https://a.example.com/api/` running until its last session has ended',
    '    command: rollback\n    release-id: 20260601T120000-1.05-a1b2c3\n',
    'Clients do not go back to an older version by themselves'
  ])('says %j', words => {
    expect(text).toContain(words)
  })

  test('speaks of no failure and of no warning', () => {
    expect(text).not.toMatch(/CAUTION|❌|Warnings|undefined/)
  })

  test('tells of a server that cannot replace in one act', () => {
    expect(summaryOf(record({ switchGuarantee: 'replaced' }))).toContain('for the time of one command (`replaced`)')
  })

  test.each([
    [1, 'The connection made trouble once; see the log.'],
    [3, 'The connection made trouble 3 times; see the log.']
  ])('tells of a connection that made trouble %d times', (retries, words) => {
    expect(summaryOf(record({ retries }))).toContain(`(\`atomic\`). ${words}`)
  })

  test('that has no id in the journal does not say how to undo it', () => {
    expect(summaryOf(record({ releaseId: undefined }))).not.toContain('command: rollback')
  })

  test('of a first release has no before and no old Web APIs to keep', () => {
    const first = summaryOf(
      record({
        previousVersion: undefined,
        previousWebApiUrl: undefined,
        plan: plan({
          isFirstRelease: true,
          previousVersion: undefined,
          previousMinimum: undefined,
          previousWebApiUrl: undefined
        })
      })
    )
    expect(first).toContain('## ✅ sales 1.05 is released, for the first time')
    expect(first).toContain('| Version | – | `1.05` |')
    expect(first).toContain('### Tell users')
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
    expect(more).toContain('### Warnings\n\n- ⚠️ Take care.\n- ⚠️ And again.')
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
    "| Files that are not the action's | leave | 1 | – |",
    '| All uploads |  | 7 | 2.5 MB |'
  ])('says %j', words => {
    expect(text).toContain(words)
  })

  test('does not ask for what comes after a release', () => {
    expect(text).not.toMatch(/### What to do next|### What was done/)
  })
})

test('the last line of the log is the headline, without markup', () => {
  expect(headline(record({ app: 'sales_*app*' }))).toBe('✅ sales_*app* 1.05 is released')
})

describe('the summary of what is live already', () => {
  test('says that there is nothing to do, without plan and picture', () => {
    const text = summaryOf(record({ status: 'unchanged', reasonCode: 'already-live' }))
    expect(text).toContain('## ✅ sales 1.05 is live already; nothing to do')
    expect(text).not.toMatch(/flowchart|What was planned|### What to do next|### How to undo/)
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
    expect(text).not.toMatch(/mermaid|### What to do next|### Tell users|### How to undo/)
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
  const escaped = '&lt;img src=x\\> \\[a\\](http://b) \\*\\*bold\\*\\* \\_it\\_ \\`code\\` \\| # \\~x\\~ \\\\'

  test('in message and advice', () => {
    const text = summaryOf(failedRecord('transfer-failed', evil, evil))
    expect(text).toContain(`> ${escaped}`)
    expect(text).toContain(`> **What to do:** ${escaped}`)
  })

  test('in warnings', () => {
    expect(summaryOf(record({ warnings: [evil] }))).toContain(`- ⚠️ ${escaped}`)
  })

  test('in a warning of several lines', () => {
    expect(summaryOf(record({ warnings: ['one\n# two'] }))).not.toMatch(/^# two/m)
  })

  test('in the name of the app', () => {
    expect(summaryOf(record({ app: '[a](b) __x__' }))).toContain('## ✅ \\[a\\](b) \\_\\_x\\_\\_ 1.05 is released')
  })

  test('in URLs and paths, which are code', () => {
    const text = summaryOf(record({ cloudAppAt: 'a|b', keptDifferent: ['x`y'], appUrl: 'https://x/<b>' }))
    expect(text).toContain('| Cloud app | <code>a&#124;b</code> |')
    expect(text).toContain('- <code>x&#96;y</code>')
    expect(text).toContain('| App URL | [https://x/&lt;b\\>](https://x/%3Cb%3E) |')
  })

  test('in entities, which would show as other characters', () => {
    expect(summaryOf(record({ warnings: ['a &lt; b'] }))).not.toContain('- a &lt; b')
  })
})

describe('the summary of a switch that was undone', () => {
  const undone = failedRecord('check-failed', 'Clients do not get the release. It was undone.', 'Look.', {
    status: 'rolled-back'
  })
  const text = summaryOf(undone)

  test.each([
    '## ❌ sales 1.05 was switched, and rolled back',
    'Reason code `check-failed`',
    '|  | Before | Wanted |',
    '| Version | `1.04` | `1.05` |',
    'Clients that start from now on get version `1.04` and the Web APIs `https://a.example.com/api/`.',
    'Clients that have taken version `1.05` in the meantime keep it: they do not go back by themselves',
    'Its files stay on the site for them.',
    'release a mended app under a version higher than `1.05`',
    'Users who run the app now are not interrupted'
  ])('says %j', words => {
    expect(text).toContain(words)
  })

  test('offers no rollback, and asks nobody to restart', () => {
    expect(text).not.toMatch(/command: rollback|Tell users|flowchart|undefined/)
  })

  test('of a replacement speaks of files, since the version is the same', () => {
    const same = summaryOf({ ...undone, previousVersion: '1.05' })
    expect(same).toContain('Clients that start from now on get version `1.05`')
    expect(same).toContain('Clients that have taken the new files in the meantime load the old ones')
    expect(same).not.toContain('keep it')
  })

  test('of a first release says that clients get what they got before', () => {
    const first = summaryOf({ ...undone, previousVersion: undefined, previousWebApiUrl: undefined })
    expect(first).toContain('Clients that start from now on get what they got before.')
    expect(first).not.toContain('undefined')
  })
})

describe('the summary of a rollback', () => {
  // Seen from the end of it: the version that is live now, and before it the one that was undone.
  const back = record({
    command: 'rollback',
    status: 'rolled-back',
    version: '1.04',
    previousVersion: '1.05',
    webApiUrl: 'https://a.example.com/api/',
    previousWebApiUrl: 'https://b.example.com/api/',
    minimum: undefined,
    plan: undefined
  })
  const text = summaryOf(back)

  test.each([
    '## ↩️ sales 1.05 is rolled back',
    '|  | Before | After |',
    '| Version | `1.05` | `1.04` |',
    '| Web API URL | `https://b.example.com/api/` | `https://a.example.com/api/` |',
    'Clients that start from now on get version `1.04` and the Web APIs `https://a.example.com/api/`.',
    'Clients that have taken version `1.05` in the meantime keep it',
    'higher than `1.05`'
  ])('says %j', words => {
    expect(text).toContain(words)
  })

  test('offers no rollback of itself, and asks nobody to restart', () => {
    expect(text).not.toMatch(/command: rollback|Tell users|CAUTION|❌|undefined|Minimum/)
  })

  test('that had been done already says so, and what clients do', () => {
    const again = summaryOf({ ...back, status: 'unchanged', reasonCode: 'already-rolled-back' })
    expect(again).toContain('## ✅ 1.05 is rolled back already; nothing to do')
    expect(again).toContain('Clients that have taken version `1.05` in the meantime keep it')
  })

  test('that is a plan says so', () => {
    const planned = summaryOf({ ...back, status: 'planned', reasonCode: 'dry-run' })
    expect(planned).toContain('## 📝 Plan for the rollback of 1.05; nothing was changed')
    expect(planned).not.toContain('### What to do next')
  })

  test('of a first release does not say that a version is live', () => {
    const first = summaryOf({ ...back, version: undefined, webApiUrl: undefined })
    expect(first).toContain('Clients that start from now on get what they got before.')
    expect(first).not.toContain('undefined')
  })

  test.each([
    [undefined, '❌ Nothing was rolled back'],
    [startedAt, '❌ 1.05 is rolled back, and the check failed']
  ])('that failed says how far it came', (releasedAt, line) => {
    expect(headline({ ...back, status: 'failed', reasonCode: 'backup-missing', releasedAt })).toBe(line)
  })
})

describe('the headline of a job that was cancelled', () => {
  test.each([
    ['before the switch', { releasedAt: undefined }, '❌ sales 1.05 was not released: the job was cancelled'],
    [
      'before anything was known',
      { releasedAt: undefined, app: undefined, version: undefined },
      '❌ Nothing was released: the job was cancelled'
    ],
    ['after the switch', { releasedAt: startedAt }, '❌ sales 1.05 was switched, and the job was cancelled']
  ])('%s says so', (_, overrides, line) => {
    expect(headline(failedRecord('cancelled', 'The job was cancelled (SIGINT).', 'Again.', overrides))).toBe(line)
  })
})

describe('the summary of a run that the gate decided', () => {
  const pullRequest = { number: 7, url: 'https://github.com/acme/sales/pull/7', title: '[a](b) <img>' }

  test('to skip has its reason, and nothing else', () => {
    const gate = { reasonCode: 'dry-run', text: 'The pull request was closed without a merge.', pullRequest } as const
    const text = summaryOf({ ...newRecord(startedAt), endedAt: startedAt, status: 'skipped', gate })
    expect(text).toBe(
      [
        '## ⏭️ Skipped; nothing was changed',
        '> [!NOTE]\n> The pull request was closed without a merge.\n>\n> Pull request [7](https://github.com/acme/sales/pull/7): \\[a\\](b) &lt;img\\>\n>\n> Reason code `dry-run`.'
      ].join('\n\n')
    )
  })

  test('to plan the build alone draws no picture of a site that it has not seen', () => {
    const text = summaryOf(
      record({ status: 'planned', isLocalPlan: true, gate: { reasonCode: undefined, text: 'A fork.' } })
    )
    expect(text).toContain('of the build alone; nothing was connected to')
    expect(text).not.toMatch(/flowchart|Before|What was done/)
  })

  test('that failed shows the error alone', () => {
    expect(
      summaryOf(failedRecord('internal-error', 'm', 'a', { gate: { reasonCode: undefined, text: 'Gate.' } }))
    ).not.toContain('Gate.')
  })
})

describe('whether users see something of a failure', () => {
  const untouched = 'Nothing that users see was changed.'

  test('is denied before the switch', () => {
    expect(summaryOf(failedRecord())).toContain(untouched)
  })

  test.each([
    ['the switch', { phases: [{ name: 'Switch', milliseconds: 1, failed: true }] }],
    ['an undo', { phases: [{ name: 'Undo the switch', milliseconds: 1, failed: true }] }],
    ['a repair', { phases: [{ name: 'Repair', milliseconds: 1, failed: false }] }],
    ['a switch that is over', { releasedAt: startedAt }]
  ] as const)('is not denied after %s', (_, { ...overrides }) => {
    const record = failedRecord('connection-lost', 'm', 'a', overrides as Parameters<typeof failedRecord>[3])
    expect(summaryOf(record)).not.toContain(untouched)
  })
})

test('the rate counts the steps that upload', () => {
  const phases = [
    { name: 'Read the build', milliseconds: 60_000, failed: false },
    { name: 'Stage Web API B', milliseconds: 400, failed: false },
    { name: 'Stage the cloud app', milliseconds: 600, failed: false }
  ] as const
  expect(summaryOf(record({ phases: [...phases] }))).toContain('| 7 | 2.5 MB | 2.5 MB/s | 8 |')
})

test('the summary is never larger than GitHub takes', () => {
  const huge = '<"|`'.repeat(20_000)
  const lists = {
    warnings: Array.from({ length: 500 }, () => huge),
    keptDifferent: Array.from({ length: 1000 }, () => huge)
  }
  const text = summaryOf(failedRecord('internal-error', huge, huge, { app: huge, notificationMessage: huge, ...lists }))
  expect(Buffer.byteLength(text)).toBeLessThan(1_048_576)
  expect(text).toContain('### Steps')
})

test('a command that was cancelled says so', () => {
  expect(
    headline(record({ command: 'rollback', status: 'failed', reasonCode: 'cancelled', releasedAt: undefined }))
  ).toBe('❌ Nothing was rolled back: the job was cancelled')
})

test('slots are named where they are used, and not where there are none', () => {
  expect(summaryOf(record({ slot: 'b', previousSlot: 'a' }))).toContain('| Slot | `a` | `b` |')
  expect(summaryOf(record())).not.toContain('Slot')
})
