import { describe, expect, test } from '@jest/globals'
import { redirectOf, withoutQuery } from '../../../src/web-api/redirect'

const asked = 'https://b.example.com/api/health'

describe('a redirect', () => {
  test.each([
    [301, '/api/health/', 'https://b.example.com/api/health/', true, undefined],
    [307, 'HTTPS://B.example.com:443/x', 'https://b.example.com/x', true, undefined],
    [308, 'https://b.example.com:8443/x', 'https://b.example.com:8443/x', false, 'another-host'],
    [302, 'http://b.example.com/api/health', 'http://b.example.com/api/health', false, 'insecure'],
    [302, '//evil.example.com/api/health', 'https://evil.example.com/api/health', false, 'another-host'],
    [302, 'https://b.example.com.evil.example/', 'https://b.example.com.evil.example/', false, 'another-host'],
    [302, '/signin-oidc/../sign-in', 'https://b.example.com/sign-in', true, 'login'],
    [302, '/x?redirect_uri=y', 'https://b.example.com/x?redirect_uri=y', true, 'login'],
    [303, '/loginfo', 'https://b.example.com/loginfo', true, undefined],
    [302, 'https://', '', false, 'nowhere'],
    [302, null, '', false, 'nowhere'],
    [302, 'javascript:alert(1)', 'javascript:alert(1)', false, 'nowhere']
  ])('%i to %s', (status, location, url, isSameOrigin, obstacle) => {
    expect(redirectOf(status, location, asked, undefined)).toEqual({ url, isSameOrigin, obstacle })
  })

  test('from plain HTTP to TLS on the same host may be followed, without credentials', () => {
    const redirect = redirectOf(307, 'https://b.example.com:8443/x', 'http://b.example.com:8080/x', undefined)
    expect(redirect).toEqual({ url: 'https://b.example.com:8443/x', isSameOrigin: false, obstacle: undefined })
  })

  test.each([200, 204, 300, 304, 404])('%i is none', status => {
    expect(redirectOf(status, '/x', asked, undefined)).toBeUndefined()
  })

  test('to the host name that was asked for stays at the member', () => {
    const member = 'https://10.0.0.5:8443/api/health'
    expect(redirectOf(302, 'https://API.example.com/api/health/', member, 'api.example.com')).toEqual({
      url: 'https://10.0.0.5:8443/api/health/',
      isSameOrigin: true,
      obstacle: undefined
    })
    expect(redirectOf(302, 'https://api.example.com:1/', member, 'api.example.com')?.obstacle).toBe('another-host')
    expect(redirectOf(302, 'https://10.0.0.6/', member, 'api.example.com')?.obstacle).toBe('another-host')
  })

  test('from a member without a port does not take one along', () => {
    const redirect = redirectOf(302, 'http://api.example.com:81/x', 'http://10.0.0.5/y', 'api.example.com:81')
    expect(redirect?.url).toBe('http://10.0.0.5/x')
  })
})

test('a URL is shown without what may be a token', () => {
  expect(withoutQuery('https://me:pw@b.example.com/x?token=1#y')).toBe('https://b.example.com/x')
  expect(withoutQuery('')).toBe('nowhere')
  expect(withoutQuery(`https://b.example.com/${'x'.repeat(500)}`)).toHaveLength(200)
})
