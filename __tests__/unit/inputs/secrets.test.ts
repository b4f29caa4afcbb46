import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { secretForms } from '../../../src/inputs/secrets'
import { raw } from './with-block'

function forms(given: Record<string, string>): string[] {
  return secretForms(raw({ 'github-token': '', ...given }))
}

describe('a password', () => {
  test.each(['p a s s', '  pass  ', '"quoted"', "it's", '100%', '$HOME#1', 'größe日本😀', 'a&b=c?d/e\\f', 'tab\there'])(
    '%j is masked as given, in URLs, in base64 and in JSON',
    password => {
      const all = forms({ password })
      expect(all).toEqual(
        expect.arrayContaining([
          password,
          password.trim(),
          encodeURIComponent(password),
          encodeURI(password),
          Buffer.from(password).toString('base64'),
          Buffer.from(password).toString('base64url'),
          JSON.stringify(password).slice(1, -1)
        ])
      )
    }
  )

  test('is masked in every form, whatever it is, and nothing that is too short to be one is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 3 }), password => {
        fc.pre(password.trim().length > 2)
        const all = forms({ password })
        expect(all).toContain(password)
        expect(all.filter(form => form.trim().length < 3)).toEqual([])
        expect(new Set(all).size).toBe(all.length)
      })
    )
  })

  test('of one or two letters is not masked, since that would spoil the log', () => {
    expect(forms({ password: 'ab' }).filter(form => form === 'ab')).toEqual([])
  })
})

describe('a key of several lines', () => {
  const body = ['b3BlbnNzaC1rZXktdjE', 'AAAABG5vbmUAAAAEbm9uZQ', 'dGhlIGVuZA==']
  const key = (lineEnd: string): string =>
    ['-----BEGIN OPENSSH PRIVATE KEY-----', ...body, '-----END OPENSSH PRIVATE KEY-----', ''].join(lineEnd)

  test.each(['\n', '\r\n', '\r'])('is masked whole and line by line (line end %j)', lineEnd => {
    const all = forms({ 'private-key': key(lineEnd) })
    expect(all).toEqual(expect.arrayContaining([key(lineEnd), ...body]))
  })

  test('does not mask its first and last line, which all keys have', () => {
    expect(
      forms({ 'private-key': key('\n') }).filter(form => form.startsWith('-----BEGIN') && !form.includes('b3B'))
    ).toEqual([])
  })
})

test.each(['Bearer abc.def', 'bearer   abc.def', 'Basic abc.def'])(
  'of the header %s the token is masked too',
  header => {
    expect(forms({ 'web-api-authorization': header })).toEqual(expect.arrayContaining([header, 'abc.def']))
  }
)

test.each(['password', 'private-key', 'passphrase', 'web-api-authorization', 'github-token'])(
  '%s is a secret',
  name => {
    expect(forms({ [name]: 'sesame' })).toContain('sesame')
  }
)

test('what is empty has no forms', () => {
  expect(forms({})).toEqual([])
})
