import { expect, test } from '@jest/globals'
import { endingOf } from '../../../src/github/ending'
import { newRecord, type ReleaseRecord } from '../../../src/release/record'

const facts: Partial<ReleaseRecord> = {
  releaseId: '20260601-1.06',
  version: '1.05',
  previousVersion: '1.06',
  cloudAppAt: 'sftp://web.example.com:22 /sales',
  appUrl: 'https://www.example.com/sales/'
}

test.each<[Partial<ReleaseRecord>, string | undefined]>([
  [{ command: 'deploy', status: 'deployed' }, 'released'],
  [{ command: 'deploy', status: 'rolled-back' }, 'failed'],
  [{ command: 'deploy', status: 'failed' }, 'failed'],
  [{ command: 'deploy', status: 'unchanged' }, undefined],
  [{ command: 'deploy', status: 'planned' }, undefined],
  [{ command: 'deploy', status: 'skipped' }, undefined],
  [{ command: 'rollback', status: 'rolled-back' }, 'undone'],
  [{ command: 'rollback', status: 'failed' }, 'failed'],
  [{ command: 'rollback', status: 'unchanged' }, undefined]
])('%j is %s for GitHub', (given, kind) => {
  expect(endingOf({ ...newRecord(new Date()), ...facts, ...given }, 'so it ended')?.kind).toBe(kind)
})

test('what was undone, and what counts again, is told by release and version', () => {
  const record = { ...newRecord(new Date()), ...facts, command: 'rollback', status: 'rolled-back' } as const
  expect(endingOf(record, '')).toEqual({
    kind: 'undone',
    from: { releaseId: '20260601-1.06', version: '1.06' },
    to: { releaseId: undefined, version: '1.05' },
    target: facts.cloudAppAt,
    appUrl: facts.appUrl
  })
})
