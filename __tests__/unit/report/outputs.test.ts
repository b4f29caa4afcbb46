import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { newRecord } from '../../../src/release/record'
import { outputsOf, resultOf } from '../../../src/report/outputs'
import { violations, type Schema } from '../../support/json-schema'
import { failedRecord, record, startedAt } from './records'

const schema = JSON.parse(readFileSync('docs/result.schema.json', 'utf8')) as Schema

describe('the outputs', () => {
  test('of a release that went well are all known', () => {
    expect(outputsOf(record({ deploymentId: 4711, slot: 'b', previousSlot: 'a' }))).toEqual({
      status: 'deployed',
      'reason-code': null,
      strategy: 'versioning',
      version: '1.05',
      'previous-version': '1.04',
      'minimum-compatible-version': '1.05',
      'web-api-url': 'https://b.example.com/api/',
      'previous-web-api-url': 'https://a.example.com/api/',
      slot: 'b',
      'previous-slot': 'a',
      'app-url': 'https://www.example.com/sales/',
      'release-id': '20260601T120000-1.05-a1b2c3',
      'switch-guarantee': 'atomic',
      'files-uploaded': 7,
      'files-unchanged': 8,
      'files-kept': 1,
      'files-deleted': 2,
      'bytes-uploaded': 2_503_300,
      'duration-ms': 65_000,
      'sessions-remaining': null,
      'notification-title': 'sales 1.05 is available',
      'notification-text': 'sales 1.05 is here',
      'notification-html': '<p>sales 1.05 is here</p>',
      'deployment-id': 4711
    })
  })

  test('of a run that failed say why, and what is known', () => {
    expect(outputsOf(failedRecord())).toMatchObject({
      status: 'failed',
      'reason-code': 'web-api-not-ready',
      version: '1.05',
      'switch-guarantee': null,
      'notification-title': null,
      'notification-text': null,
      'notification-html': null
    })
  })

  test('of a run that ended before it began are a failure and counts of nothing', () => {
    const outputs = outputsOf({ ...newRecord(startedAt), endedAt: startedAt })
    expect(Object.entries(outputs).filter(([, value]) => value !== null)).toEqual([
      ['status', 'failed'],
      ['files-uploaded', 0],
      ['files-unchanged', 0],
      ['files-kept', 0],
      ['files-deleted', 0],
      ['bytes-uploaded', 0],
      ['duration-ms', 0]
    ])
  })

  test('of a switch that was undone are those of no release', () => {
    const error = failedRecord('check-failed').error
    expect(outputsOf(record({ status: 'rolled-back', reasonCode: 'check-failed', error }))).toMatchObject({
      status: 'rolled-back',
      'reason-code': 'check-failed',
      'release-id': '20260601T120000-1.05-a1b2c3',
      'files-deleted': 2,
      'notification-title': null,
      'notification-text': null
    })
  })

  test('count the time until now while there is no end', () => {
    const outputs = outputsOf(newRecord(new Date(Date.now() - 5000)))
    expect(outputs['duration-ms']).toBeGreaterThanOrEqual(5000)
    expect(outputs['duration-ms']).toBeLessThan(60_000)
  })
})

describe('the result', () => {
  test('is all outputs as one JSON object with names that expressions like, and a version of its own', () => {
    const result = JSON.parse(resultOf(record())) as Record<string, unknown>
    expect(result).toMatchObject({
      schemaVersion: 1,
      status: 'deployed',
      reasonCode: null,
      previousWebApiUrl: 'https://a.example.com/api/',
      minimumCompatibleVersion: '1.05',
      durationMs: 65_000,
      releaseId: '20260601T120000-1.05-a1b2c3',
      filesDeleted: 2,
      notificationHtml: '<p>sales 1.05 is here</p>'
    })
    expect(Object.keys(result).sort()).toEqual(Object.keys(schema.properties ?? {}).sort())
    expect(Object.keys(result).filter(name => !/^[a-z][A-Za-z]*$/.test(name))).toEqual([])
  })
})

describe('the schema of the result', () => {
  const empty = { ...newRecord(startedAt), endedAt: startedAt }

  test.each([
    ['a release', record({ deploymentId: 4711 })],
    ['a first release', record({ previousVersion: undefined, previousWebApiUrl: undefined, appUrl: undefined })],
    ['a replacement', record({ strategy: 'replacement', switchGuarantee: 'replaced' })],
    ['nothing to do', record({ status: 'unchanged', reasonCode: 'already-live', releasedAt: undefined })],
    ['a plan', record({ status: 'planned', reasonCode: 'dry-run' })],
    ['a skip', { ...empty, status: 'skipped', reasonCode: 'dry-run' } as const],
    ['a failure', failedRecord()],
    ['a failure before anything was known', { ...empty, status: 'failed', reasonCode: 'invalid-inputs' } as const],
    ['an undone switch', failedRecord('check-failed', 'm', 'a', { status: 'rolled-back' })],
    ['a drain', record({ command: 'drain', status: 'drained', sessionsRemaining: 0, plan: undefined })],
    ['a rollback', record({ command: 'rollback', status: 'rolled-back', minimum: undefined, plan: undefined })]
  ])('fits %s', (_, ended) => {
    expect(violations(schema, JSON.parse(resultOf(ended)))).toEqual([])
  })

  test.each([
    ['a status that there is not', { status: 'done' }, '$.status: enum'],
    ['a URL that is a number', { appUrl: 1.05 }, '$.appUrl: type'],
    ['a negative count', { filesKept: -1 }, '$.filesKept: minimum'],
    ['half a file', { filesKept: 1.5 }, '$.filesKept: type'],
    ['a reason code with blanks', { status: 'planned', reasonCode: 'a b' }, '$.reasonCode: pattern'],
    ['a failure without a reason', { status: 'failed', reasonCode: null }, '$.reasonCode: type'],
    ['a release with a reason', { reasonCode: 'dry-run' }, '$.reasonCode: type'],
    ['another version of it', { schemaVersion: 2 }, '$.schemaVersion: const'],
    ['an empty version', { version: '' }, '$.version: minLength']
  ])('does not fit %s', (_, change, complaint) => {
    const result = { ...(JSON.parse(resultOf(record())) as object), ...change }
    expect(violations(schema, result)).toEqual([complaint])
  })

  test('misses a field that is not there', () => {
    const entries = Object.entries(JSON.parse(resultOf(record())) as object).filter(([name]) => name !== 'appUrl')
    expect(violations(schema, Object.fromEntries(entries))).toEqual(['$.appUrl: required'])
  })

  test('describes and requires every field', () => {
    const properties = Object.entries(schema.properties ?? {}) as [string, { readonly description?: string }][]
    expect(properties.filter(([, { description }]) => !description?.endsWith('.'))).toEqual([])
    expect([...(schema.required ?? [])].sort()).toEqual(properties.map(([name]) => name).sort())
  })
})
