import { describe, expect, test } from '@jest/globals'
import type { ReasonCode } from '../../../src/errors'
import type { Asked } from '../../../src/web-api/ask'
import { judge, type Circumstances, type ReadinessState } from '../../../src/web-api/judge'
import { redirectOf } from '../../../src/web-api/redirect'
import { errorPage, type HttpAnswer } from '../../support/http-service'
import { hostUnknownPage, poolStoppedPage, shortPage, startUpPage, tooManyCalls } from '../../support/iis-pages'

const base = 'https://b.example.com/api'
const url = `${base}/health-readiness`
const now = Date.parse('2026-06-01T12:00:00Z')

function asked({ status, headers = {}, body = '' }: HttpAnswer, at = url): Asked {
  const all = new Headers(headers)
  const redirect = redirectOf(status, all.get('location'), at, undefined)
  const answer = { kind: 'answer', status, headers: all, body: body.toString() } as const
  return redirect ? { answer, at, redirect } : { answer, at }
}

function judged(answer: HttpAnswer, how: Partial<Circumstances> = {}, at = how.url ?? url): ReadinessState {
  return judge(asked(answer, at), { url, host: undefined, now, isLast: false, hasAuthorization: false, ...how })
}

const json = (status: number, document: unknown): HttpAnswer => ({
  status,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(document)
})
const page = (status: number, body: string): HttpAnswer => ({ status, headers: { 'Content-Type': 'text/html' }, body })
const text = (status: number, body: string): HttpAnswer => ({ status, body })

describe('a health report', () => {
  test.each<[string, HttpAnswer, string, string]>([
    ['Healthy', text(200, 'Healthy'), 'ready', 'ready (200 Healthy)'],
    ['with BOM and line end', text(200, '\uFEFFHealthy\r\n'), 'ready', 'ready (200 Healthy)'],
    ['a JSON string', text(200, '"Healthy"'), 'ready', 'ready (200 Healthy)'],
    ['Degraded', text(200, 'Degraded'), 'degraded', 'ready (200 Degraded)'],
    ['Unhealthy', text(503, 'Unhealthy'), 'unhealthy', '503, Unhealthy'],
    ['Unhealthy with 200, as a site may map it', text(200, 'Unhealthy'), 'unhealthy', '200, Unhealthy'],
    ['Unhealthy with 500', text(500, 'Unhealthy'), 'unhealthy', '500, Unhealthy'],
    ['Degraded with 503, as a site may map it', text(503, 'Degraded'), 'unhealthy', '503, Degraded'],
    ['JSON', json(200, { status: 'Healthy', entries: {} }), 'ready', 'ready (200 Healthy)'],
    [
      'JSON with checks by name',
      json(503, { status: 'Unhealthy', entries: { License: { status: 'Unhealthy' }, Cache: { status: 'Healthy' } } }),
      'unhealthy',
      '503, Unhealthy: License'
    ],
    [
      'JSON with a list of checks, in other capitals',
      json(200, { Status: 'Degraded', Results: [{ Name: 'sales db', Status: 'Degraded' }] }),
      'degraded',
      'ready (200 Degraded: sales db)'
    ],
    ['JSON that says Unhealthy with 200', json(200, { status: 'Unhealthy' }), 'unhealthy', '200, Unhealthy'],
    ['another text', text(200, 'OK'), 'ready', 'ready (200)'],
    ['other JSON', json(200, { uptime: 1 }), 'ready', 'ready (200)'],
    ['broken JSON', text(200, '{"status":'), 'ready', 'ready (200)'],
    ['nothing at all', text(204, ''), 'ready', 'ready (204)'],
    ['a sentence with the word', text(200, 'Unhealthy? Not at all.'), 'ready', 'ready (200)']
  ])('%s', (_, answer, kind, says) => {
    expect(judged(answer)).toMatchObject({ kind, says, waitMs: 0 })
  })
})

describe('what is no health report', () => {
  const welcome = page(200, '<html><head><title>Welcome\n  here</title></head></html>')
  const login = page(200, '<html><title>Sign in</title><input type="password" name="p"></html>')

  test.each<[string, HttpAnswer, string, string]>([
    ['/health-readiness', welcome, 'something-else', '200, but with the page "Welcome here" and no health report'],
    ['/health', page(200, '<html></html>'), 'something-else', '200, but with a page and no health report'],
    ['/health-ui/', welcome, 'something-else', '200, which health-ui answers whatever the state'],
    [
      '/health-details',
      json(200, { license: { state: {} } }),
      'something-else',
      '200, which health-details answers whatever the state'
    ],
    ['/', login, 'something-else', '200, but with the page "Sign in", on which one logs in'],
    ['/', welcome, 'ready', 'ready (200)'],
    ['/status', welcome, 'ready', 'ready (200)'],
    ['/health-details', json(200, { status: 'Healthy' }), 'ready', 'ready (200 Healthy)']
  ])('%s', (path, answer, kind, says) => {
    expect(judged(answer, { url: `${base}${path}` })).toMatchObject({ kind, says })
  })
})

describe('a site that is not up', () => {
  test.each<[string, HttpAnswer, string, string, string]>([
    ['503 alone', text(503, ''), 'starting', '503, not up yet', 'readiness-timeout'],
    ['app_offline.htm', page(503, '<!DOCTYPE html><html>'), 'starting', '503, off line', 'app_offline.htm'],
    [
      'a proxy',
      page(502, '<html><h1>502 Bad Gateway</h1>'),
      'starting',
      '502, the server in front',
      'readiness-timeout'
    ],
    ['a stopped pool', poolStoppedPage, 'pool-stopped', '503, its application pool is stopped', 'Start the pool'],
    ['another host name', hostUnknownPage, 'host-unknown', '400, it does not know the host name b.example', 'host=api'],
    ['a bad request', text(400, 'x'), 'failing', '400', 'logs'],
    ['the empty 404 of the app', text(404, ''), 'absent', 'without this endpoint', 'app.UsePowerServerHealthChecks()'],
    ['a JSON 404 of the app', json(404, { title: 'Not Found' }), 'absent', 'without this endpoint', 'to none'],
    ['404 of IIS', errorPage(404, '404.0 - Not Found'), 'absent', 'the web server itself answers (404.0)', 'Convert'],
    ['404 of IIS, short', shortPage(404, 'File or directory not found.'), 'absent', 'itself answers (404)', 'Convert'],
    ['an exception', text(500, 'boom'), 'failing', '500, the app fails', 'logs'],
    ['500 of IIS, short', shortPage(500, 'Internal server error.'), 'failing', '500, the app fails', 'logs'],
    ['401', text(401, ''), 'unauthorized', '401, it asks for web-api-authorization', 'Pass the whole'],
    ['403 of IIS', errorPage(403, '403.6 - Forbidden'), 'unauthorized', '(HTTP Error 403.6)', 'filter of addresses']
  ])('%s', (_, answer, kind, says, advice) => {
    const state = judged(answer)
    expect(state.kind).toBe(kind)
    expect(state.says).toContain(says)
    expect(state.advice).toContain(advice)
  })

  test('which refuses the header that it got is not asked to send one', () => {
    const state = judged(text(401, ''), { hasAuthorization: true })
    expect(state.says).toBe('401, it does not accept web-api-authorization')
    expect(state.advice).toContain('has not expired')
  })

  test('names the host that was asked for', () => {
    expect(judged(hostUnknownPage, { host: 'api.example.com' }).says).toContain('host name api.example.com')
  })

  test.each([
    ['500.19', 'Internal Server Error', 'cannot read web.config'],
    ['500.30', 'ASP.NET Core app failed to start', 'ended while it started'],
    ['500.30', 'ANCM In-Process Start Failure', 'ended while it started'],
    ['500.31', 'ANCM Failed to Find Native Dependencies', 'runtime'],
    ['500.32', 'ANCM Failed to Load dll', 'another processor'],
    ['500.33', 'ANCM Request Handler Load Failure', 'ASP.NET Core'],
    ['500.34', 'ANCM Mixed Hosting Models Not Supported', 'another hosting model'],
    ['500.35', 'ANCM Multiple In-Process Applications in same Process', 'its pool runs another app already'],
    ['500.36', 'ANCM Out-Of-Process Handler Load Failure', 'file of the module'],
    ['500.37', 'ANCM Failed to Start Within Startup Time Limit', 'time limit'],
    ['500.38', 'ANCM Application DLL Not Found', 'DLL of the app is not there'],
    ['502.5', 'ANCM Out-Of-Process Startup Failure', 'could not be started']
  ])('HTTP Error %s - %s', (code, what, meaning) => {
    const state = judged(startUpPage(code, what))
    expect(state.kind).toBe('not-started')
    expect(state.says).toContain(`IIS could not start the app: HTTP Error ${code}, `)
    expect(state.says).toContain(meaning)
    expect(state.advice).not.toBe('')
  })

  test('is recognised in another language', () => {
    const german = page(500, '<html><body><h3>HTTP-Fehler 500.35 - ANCM</h3></body></html>')
    expect(judged(german).kind).toBe('not-started')
  })

  test('is not taken for one when a number is just part of its text', () => {
    expect(judged(page(500, '<html><p>see 500.30 - it is fine</p></html>')).kind).toBe('failing')
  })
})

describe('too many calls', () => {
  test.each([
    ['60', 60_000],
    ['0', 0],
    ['Mon, 01 Jun 2026 12:05:00 GMT', 300_000],
    ['Mon, 01 Jun 2026 11:00:00 GMT', 0],
    ['soon', 0],
    ['-5', 0]
  ])('with Retry-After: %s', (header, waitMs) => {
    expect(judged(tooManyCalls(header))).toMatchObject({ kind: 'throttled', says: '429, too many calls', waitMs })
  })

  test('without it', () => {
    expect(judged(text(429, ''))).toMatchObject({ kind: 'throttled', waitMs: 0 })
  })

  test('503 may ask for a pause as well', () => {
    expect(judged({ status: 503, headers: { 'Retry-After': '7' } })).toMatchObject({ kind: 'starting', waitMs: 7_000 })
  })
})

describe('a redirect', () => {
  const to = (location: string): HttpAnswer => ({ status: 302, headers: { Location: location } })

  test.each([
    ['https://login.example.com/?token=secret', '302, redirects to https://login.example.com/, another site'],
    ['/api/Account/Login?ReturnUrl=%2Fhealth', `302, redirects to ${base}/Account/Login, where one logs in`],
    ['http://b.example.com/api/health-readiness', 'health-readiness, without TLS'],
    ['/elsewhere', '302, redirects to https://b.example.com/elsewhere, again and again'],
    ['ftp://b.example.com/', '302, redirects to nowhere']
  ])('to %s is not readiness', (location, says) => {
    const state = judged(to(location))
    expect(state.kind).toBe('redirected')
    expect(state.says).toContain(says)
    expect(state.says).not.toContain('secret')
  })

  test('without a location leads nowhere', () => {
    expect(judged({ status: 302 }).says).toBe('302, redirects to nowhere')
  })

  test('that was followed is named with what came of it', () => {
    const state = judged(text(401, ''), { hasAuthorization: true }, `${base}/health/`)
    expect(state.says).toContain(`(at ${base}/health/, to which it redirects)`)
  })
})

describe('no answer', () => {
  const failed = (reason: string, code?: ReasonCode, isLast = false): ReadinessState =>
    judge(
      { answer: { kind: 'failure', reason, isUntrusted: code === 'certificate-untrusted', code }, at: url },
      { url, host: undefined, now, isLast, hasAuthorization: false }
    )

  test.each<[string, ReasonCode | undefined, string]>([
    ['connect ECONNREFUSED', 'unreachable', 'unreachable'],
    ['other side closed', undefined, 'unreachable'],
    ['self-signed certificate', 'certificate-untrusted', 'untrusted'],
    ['wrong version number', 'tls-failed', 'tls'],
    ['no answer within 100 s', 'timeout', 'starting']
  ])('%s', (reason, code, kind) => {
    expect(failed(reason, code)).toMatchObject({ kind, says: reason, waitMs: 0 })
  })

  test('in the time that was left says what cut it off', () => {
    const state = failed('no answer within 4 s', 'timeout', true)
    expect(state.says).toBe('no answer within 4 s, when readiness-timeout cut it off')
    expect(state.advice).toContain('raise readiness-timeout')
  })
})
