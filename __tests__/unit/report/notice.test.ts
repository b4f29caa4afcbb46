import { expect, test } from '@jest/globals'
import { noticeOf } from '../../../src/report/notice'

const notice = {
  app: 'sales',
  version: '1.05',
  minimum: '1.05',
  releasedAt: new Date('2026-06-01T12:01:00Z'),
  message: 'Größe "neu"\nBitte neu starten.',
  appUrl: 'https://www.example.com/sales/'
}

test('the notice is JSON in UTF-8 without a BOM, with its keys in order', () => {
  expect(noticeOf(notice).toString()).toBe(`{
  "schemaVersion": 1,
  "app": "sales",
  "version": "1.05",
  "minimumCompatibleVersion": "1.05",
  "releasedAt": "2026-06-01T12:01:00.000Z",
  "message": "Größe \\"neu\\"\\nBitte neu starten.",
  "appUrl": "https://www.example.com/sales/"
}
`)
})

test('the notice has all keys, also where nothing is known', () => {
  const text = noticeOf({ ...notice, minimum: undefined, appUrl: undefined }).toString()
  expect(JSON.parse(text)).toMatchObject({ minimumCompatibleVersion: null, appUrl: null })
})
