import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { newRecord } from '../../../src/release/record'
import { commentBody } from '../../../src/report/comment-body'
import { failedRecord, record, startedAt } from './records'

const runUrl = 'https://github.com/acme/sales/actions/runs/1'
const pullRequest = { number: 7, url: 'https://github.com/acme/sales/pull/7', title: 'More | sales' }
const gate = { reasonCode: 'dry-run', text: 'A merge would lack 1 approval.', pullRequest } as const

describe('the comment with a plan', () => {
  const text = commentBody(record({ status: 'planned', reasonCode: 'dry-run', gate, runUrl, warnings: ['Take care.'] }))

  test.each([
    '### 📝 Plan for sales 1.05; nothing was changed',
    '> [!IMPORTANT]\n> A merge would lack 1 approval.\n',
    '> Pull request [7](https://github.com/acme/sales/pull/7): More \\| sales',
    'A deploy would upload 7 files (2.5 MB) and switch clients that start from `1.04` to `1.05`.',
    '| Web API URL | `https://a.example.com/api/` | `https://b.example.com/api/` |',
    '| Web API B | upload, with app_offline.htm | 1 | 3.0 kB |',
    '<summary>Warnings</summary>\n\n- ⚠️ Take care.',
    `(${runUrl})`
  ])('says %j', words => {
    expect(text).toContain(words)
  })

  test('has no picture, and nothing of an undo', () => {
    expect(text).not.toMatch(/mermaid|rollback|undefined/)
  })

  test('of the build alone does not speak of what is live', () => {
    const bare = { plan: undefined, previousVersion: undefined, previousWebApiUrl: undefined, isLocalPlan: true }
    const local = commentBody(record({ ...bare, status: 'planned', gate: { ...gate, reasonCode: undefined } }))
    expect(local).toContain('### 📝 Plan for sales 1.05, of the build alone; nothing was connected to')
    expect(local).toContain('> [!NOTE]\n> A merge would lack')
    expect(local).toContain('|  | Wanted |')
    expect(local).not.toMatch(/Before|–/)
  })
})

describe('the comment with a result', () => {
  const text = commentBody(record({ runUrl }))

  test.each([
    '### ✅ sales 1.05 is released',
    '| Version | `1.04` | `1.05` |',
    'App: [https://www.example.com/sales/](https://www.example.com/sales/)',
    '| 7 (2.5 MB) | 8 | 1 | 2 | 1 min 5 s |',
    '<summary>How to undo</summary>\n\n```yaml\n- uses: ',
    'Release `20260601T120000-1.05-a1b2c3`. [The run, with its log and summary](https://github.com/acme'
  ])('says %j', words => {
    expect(text).toContain(words)
  })

  test('shows no input, as nothing masks it there', () => {
    expect(commentBody(record({ undoInputs: { site: 'sftp://me@hidden.example/' } }))).not.toContain('hidden')
  })

  test('of a failure says why, and that users see nothing of it', () => {
    const failed = commentBody(failedRecord())
    expect(failed).toContain('> [!CAUTION]\n> Web API B is not ready.')
    expect(failed).toContain('Nothing that users see was changed.')
    expect(failed).not.toMatch(/How to undo|App:/)
  })

  test('of a skip is short', () => {
    const skipped = { ...newRecord(startedAt), status: 'skipped', gate: { ...gate, text: 'Closed.' } } as const
    expect(commentBody(skipped)).toBe(
      '### ⏭️ Skipped; nothing was changed\n\n> [!NOTE]\n> Closed.\n>\n> Pull request [7](https://github.com/acme/sales/pull/7): More \\| sales\n>\n> Reason code `dry-run`.'
    )
  })
})

test('the comment is never longer than GitHub takes, and nobody is mentioned', () => {
  const text = fc.string({ unit: fc.constantFrom('@team', ' ', '|', '\n', '<!--', 'ü'), maxLength: 200 })
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 500 }), (name, times) => {
      const long = name.repeat(times)
      const body = commentBody(
        failedRecord('internal-error', long, long, { app: long, warnings: [long], gate: { ...gate, text: long } })
      )
      expect(body.length).toBeLessThan(65_536)
      expect(body).not.toMatch(/(?<![A-Za-z0-9])@team|<!--/)
    }),
    { numRuns: 20 }
  )
})
