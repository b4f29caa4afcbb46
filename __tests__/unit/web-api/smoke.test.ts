import { expect, test } from '@jest/globals'
import type { SmokeCheck } from '../../../src/inputs/settings'
import type { Answer } from '../../../src/web-api/http'
import { smokeFailure } from '../../../src/web-api/smoke'

const url = 'https://b.example.com/start?key=secret'
const answer = (status: number, body = '', isCut = false): Answer => ({
  kind: 'answer',
  status,
  body,
  isCut,
  headers: new Headers()
})

test.each<[string, Partial<SmokeCheck>, Answer, string, string | undefined]>([
  ['any 2xx', {}, answer(204), url, undefined],
  ['no 2xx', {}, answer(302), url, 'it answered 302, and 2xx was expected'],
  ['the status', { status: 401 }, answer(401), url, undefined],
  ['another status', { status: 401 }, answer(200), url, 'it answered 200, and 401 was expected'],
  ['the text', { contains: 'a "b"' }, answer(200, 'x a "b" y'), url, undefined],
  ['another text', { contains: 'a' }, answer(200, 'b'), url, 'the answer does not contain "a"'],
  ['a text in other capitals', { contains: 'a' }, answer(200, 'A'), url, 'the answer does not contain "a"'],
  [
    'a long body',
    { contains: 'a' },
    answer(200, 'b', true),
    url,
    'the answer does not contain "a" in its first 1024 KiB'
  ],
  [
    'what a redirect led to',
    {},
    answer(404),
    'https://b.example.com/new?key=secret',
    'it answered 404 at https://b.example.com/new, to which it redirects, and 2xx was expected'
  ],
  ['no answer', {}, { kind: 'failure', reason: 'ECONNREFUSED', isUntrusted: false }, url, 'ECONNREFUSED']
])('%s', (_, check, given, at, failure) => {
  expect(smokeFailure({ url, status: undefined, contains: undefined, ...check }, { answer: given, at })).toBe(failure)
})
