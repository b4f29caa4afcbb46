import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isSameUrl, pathSegments } from '../../../src/plan/same-url'

test.each([
  ['https://a.example.com/api/', 'https://a.example.com/api'],
  ['HTTPS://A.Example.COM/api', 'https://a.example.com/api'],
  ['https://a.example.com:443/api', 'https://a.example.com/api'],
  ['http://a.example.com:80', 'http://a.example.com/'],
  ['http://localhost:5099', 'http://localhost:5099/'],
  ['https://a.example.com/my api', 'https://a.example.com/my%20api'],
  ['https://a.example.com/x/../api', 'https://a.example.com/api'],
  ['not a url', 'not a url']
])('%s and %s are the same place', (a, b) => {
  expect([isSameUrl(a, b), isSameUrl(b, a)]).toEqual([true, true])
})

test.each([
  ['https://a.example.com/api', 'http://a.example.com/api'],
  ['https://a.example.com/api', 'https://b.example.com/api'],
  ['https://a.example.com/api', 'https://a.example.com:8443/api'],
  ['https://a.example.com/api', 'https://a.example.com/api2'],
  ['https://a.example.com/api', 'https://a.example.com/api//'],
  ['https://a.example.com/api', 'https://a.example.com/'],
  ['https://a.example.com/API', 'https://a.example.com/api'],
  ['not a url', 'not a url/'],
  ['', 'https://a.example.com']
])('%s and %s are two places', (a, b) => {
  expect([isSameUrl(a, b), isSameUrl(b, a)]).toEqual([false, false])
})

test('a URL is the same place as itself, with or without a slash at its end', () => {
  fc.assert(
    fc.property(
      fc.webUrl().filter(url => !url.endsWith('//')),
      url => {
        expect(isSameUrl(url, url)).toBe(true)
        expect(isSameUrl(url, url.endsWith('/') ? url.slice(0, -1) : `${url}/`)).toBe(true)
      }
    )
  )
})

test.each([
  ['https://x/App_API/', ['app_api']],
  ['https://x', []],
  ['https://x//a///B/', ['a', 'b']],
  ['not a url', []],
  ['https://x/my%20api/gr%C3%B6%C3%9Fe', ['my api', 'größe']],
  ['https://x/my api/', ['my api']],
  ['https://x/100%/', ['100%']]
])('the path of %s has the segments %j', (url, segments) => {
  expect(pathSegments(url)).toEqual(segments)
})
