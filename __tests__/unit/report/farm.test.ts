import { describe, expect, test } from '@jest/globals'
import { newRecord, type ReleaseRecord } from '../../../src/release/record'
import { farm, siteResults } from '../../../src/report/farm'

function record(given: Partial<ReleaseRecord>): ReleaseRecord {
  return { ...newRecord(new Date(0)), ...given }
}

const members = [
  { name: 'web1', record: record({ previousVersion: '1.05', filesUploaded: 1200, bytesUploaded: 5_000_000 }) },
  { name: 'web2', record: record({ status: 'unchanged', previousVersion: '1.06', filesUnchanged: 1300 }) },
  { name: 'web3', record: record({ filesKept: 2, filesDeleted: 3 }) }
]

describe('the sites of a farm', () => {
  test('are a row each, with what became of them', () => {
    const [heading, table = ''] = farm(record({ status: 'deployed', members }))
    expect(heading).toBe('### Sites')
    expect(table.split('\n').slice(2)).toEqual([
      '| `web1` | `1.05` | 1,200 | 5.0 MB | 0 | 0 | 0 | ✔ released |',
      '| `web2` | `1.06` | 0 | 0 B | 1,300 | 0 | 0 | ✔ has it already |',
      '| `web3` | – | 0 | 0 B | 0 | 2 | 3 | ✔ released |'
    ])
  })

  test.each([
    ['failed', '❌ not released'],
    ['rolled-back', '↩ as before'],
    ['planned', 'planned']
  ] as const)('of a run that ended as %s', (status, said) => {
    expect(farm(record({ status, members })).join('\n')).toContain(`| ${said} |`)
  })

  test('have the status of the run, but for those that had the release already', () => {
    expect(siteResults(record({ status: 'failed', members }))?.map(({ status }) => status)).toEqual([
      'failed',
      'unchanged',
      'failed'
    ])
  })

  test('are no part of a run with one site', () => {
    expect(siteResults(record({ status: 'deployed' }))).toBeUndefined()
    expect(farm(record({ status: 'deployed' }))).toEqual([])
  })
})
