import { describe, expect, test } from '@jest/globals'
import type { Answer, Http } from '../../../src/web-api/http'
import { isRetiredPage, retiredPage } from '../../../src/web-api/offline-page'
import { applicationsIn, countIn, Sessions } from '../../../src/web-api/sessions'
import { deployErrorOf } from '../deploy-error'

describe('a number of sessions', () => {
  test.each([
    ['0', 0],
    ['17', 17],
    [' 3\r\n', 3],
    ['"3"', 3],
    ['\uFEFF12', 12]
  ])('is read from %j', (body, count) => {
    expect(countIn(body)).toBe(count)
  })

  test.each(['', '-1', '1.5', '"3', '3"', '{"count":0}', '[]', 'null', '<html>0</html>', '1e3', '12345678901'])(
    'is not seen in %j',
    body => {
      expect(countIn(body)).toBeUndefined()
    }
  )
})

describe('a list of sessions', () => {
  test.each([
    ['[]', []],
    ['[{"sessionId":"a","application":"sales","later":1},{"application":"stock"}]', ['sales', 'stock']],
    ['\uFEFF[{"application":""}]', ['']]
  ])('is read from %s', (body, names) => {
    expect(applicationsIn(body)).toEqual(names)
  })

  test.each([
    '',
    '{}',
    '3',
    '[3]',
    '[null]',
    '[{"Application":"sales"}]',
    '[{"application":1}]',
    '[{"application":"a"}'
  ])('is not seen in %s', body => {
    expect(applicationsIn(body)).toBeUndefined()
  })
})

function answering(answer: Partial<Extract<Answer, { kind: 'answer' }>> | Extract<Answer, { kind: 'failure' }>) {
  const asked: { url: string; headers: Record<string, string> }[] = []
  const whole: Answer =
    answer.kind === 'failure'
      ? answer
      : { kind: 'answer', status: 200, headers: { get: () => null }, body: '', ...answer }
  const http: Pick<Http, 'get'> = {
    get: (url, headers) => {
      asked.push({ url, headers })
      return Promise.resolve(whole)
    }
  }
  return {
    asked,
    sessions: new Sessions(http as Http, { url: 'https://a.example.com/app_API/', host: undefined }, 'Bearer abc')
  }
}

const { signal } = new AbortController()

describe('the session calls', () => {
  test('go below the URL of the Web APIs, with the authorization that is given', async () => {
    const { asked, sessions } = answering({ body: '4' })
    expect(await sessions.count(signal)).toEqual({ kind: 'known', value: 4 })
    await sessions.applications(signal)
    expect(asked).toEqual([
      { url: 'https://a.example.com/app_API/api/Session/GetSessionCount', headers: { authorization: 'Bearer abc' } },
      { url: 'https://a.example.com/app_API/api/Session/LoadAll', headers: { authorization: 'Bearer abc' } }
    ])
  })

  test.each([
    [401, 'web-api-authorization'],
    [403, 'Their management APIs'],
    [404, 'Check that web-api-url'],
    [405, 'Their management APIs']
  ])('that are answered %d say how they are switched on', async (status, words) => {
    const { sessions } = answering({ status })
    for (const call of [() => sessions.count(signal), () => sessions.applications(signal)]) {
      const error = await deployErrorOf(call)
      expect(error.reasonCode).toBe('management-api-off')
      expect(error.message).toContain(String(status))
      expect(error.advice).toContain(words)
      expect(error.advice).toContain('app.UsePowerServerManagementAPI()')
    }
  })

  test.each([
    [{ status: 503, body: 'x' }, '503, not up', false, 0],
    [{ status: 503, body: retiredPage }, '503, retired by this action', true, 0],
    [{ status: 429, headers: { get: () => '90' } }, '429, too many calls: waiting', false, 90_000],
    [{ status: 429, headers: { get: () => 'Wed, 21 Oct' } }, '429, too many calls: waiting', false, 0],
    [{ status: 500 }, '500', false, 0],
    [{ kind: 'failure', reason: 'connect ECONNREFUSED', isUntrusted: false } as const, 'connect ECONNREFUSED', false, 0]
  ])('that are answered %j tell no number for now', async (answer, state, isRetired, waitMs) => {
    expect(await answering(answer).sessions.count(signal)).toEqual({ kind: 'unknown', state, isRetired, waitMs })
  })

  test('that are answered with a page are an error for the number, and nothing for the list', async () => {
    const { sessions } = answering({ body: `<html>${'x'.repeat(200)}` })
    const error = await deployErrorOf(() => sessions.count(signal))
    expect([error.reasonCode, error.message]).toEqual(['sessions-unreadable', expect.stringContaining('"<html>xxx')])
    expect(await sessions.applications(signal)).toMatchObject({ kind: 'unknown' })
  })

  test('to a certificate that is not trusted end at once', async () => {
    const { sessions } = answering({ kind: 'failure', reason: 'self-signed', isUntrusted: true })
    expect((await deployErrorOf(() => sessions.count(signal))).reasonCode).toBe('certificate-untrusted')
  })
})

test('a page of somebody else is no retired page', () => {
  expect([isRetiredPage(retiredPage), isRetiredPage('<html>Down for maintenance</html>')]).toEqual([true, false])
})
