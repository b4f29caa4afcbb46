import { describe, expect, test } from '@jest/globals'
import { newRecord } from '../../../src/release/record'
import { outputsOf, resultOf } from '../../../src/report/outputs'
import { failedRecord, record, startedAt } from './records'

describe('the outputs', () => {
  test('of a release that went well are all known', () => {
    expect(outputsOf(record())).toEqual({
      status: 'deployed',
      'reason-code': null,
      strategy: 'versioning',
      version: '1.05',
      'previous-version': '1.04',
      'minimum-compatible-version': '1.05',
      'web-api-url': 'https://b.example.com/api/',
      'previous-web-api-url': 'https://a.example.com/api/',
      'app-url': 'https://www.example.com/sales/',
      'release-id': '20260601T120000-1.05-a1b2c3',
      'switch-guarantee': 'atomic',
      'files-uploaded': 7,
      'files-unchanged': 8,
      'files-kept': 1,
      'files-deleted': 2,
      'bytes-uploaded': 2_503_300,
      'duration-ms': 65_000,
      'notification-title': 'sales 1.05 is available',
      'notification-text': 'sales 1.05 is here',
      'notification-html': '<p>sales 1.05 is here</p>'
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
    expect(Object.keys(result)).toHaveLength(Object.keys(outputsOf(record())).length + 1)
    expect(Object.keys(result).filter(name => !/^[a-z][A-Za-z]*$/.test(name))).toEqual([])
  })
})
