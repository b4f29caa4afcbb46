import { describe, expect, test } from '@jest/globals'
import { isSameSide, placeOfSide, refuseLive, sideToDrain } from '../../../src/release/drain-side'
import type { ReleaseEntry } from '../../../src/site/release-entry'
import { entry } from '../site/journal-sample'
import { deployErrorOf } from '../deploy-error'

const [a, b, c] = ['https://a.example.com/api/', 'https://b.example.com/api/', 'https://c.example.com/api/']

function release(id: string, from: string | undefined, to: string, more: Partial<ReleaseEntry> = {}): ReleaseEntry {
  return entry(id, { phase: 'released', previousWebApiUrl: from, webApiUrl: to, ...more })
}

const first = release('r1', undefined, a)
const toB = release('r2', a, b)
const appOnly = release('r3', b, b)
const undone = release('r3', a, b, { phase: 'rolled-back' })
const failed = release('r3', b, a, { phase: 'rolled-back' })

describe('the side to drain', () => {
  test.each<[string, ReleaseEntry[], string | undefined, string, string, string | undefined]>([
    ['the one before the last release', [first, toB], b, '', a, 'r2'],
    ['the one before, though only the cloud app came after it', [first, toB, appOnly], b, '', a, 'r2'],
    ['after a rollback the one of the release', [first, undone], a, '', b, 'r3'],
    ['after a failed release that one, whose URL some have got', [first, toB, failed], b, '', a, 'r3'],
    ['the one before, where nothing is live', [toB], undefined, '', a, 'r2'],
    ['the one that is asked for', [first, toB], b, c, c, undefined],
    [
      'the one that is asked for, with what the journal knows',
      [first, toB],
      b,
      'HTTPS://A.example.com:443/API',
      'HTTPS://A.example.com:443/API',
      'r2'
    ]
  ])('is %s', (_, releases, live, asked, url, id) => {
    const side = sideToDrain(releases, live, asked)
    expect([side.url, side.entry?.id]).toEqual([url, id])
  })

  test.each<[string, ReleaseEntry[], string]>([
    ['no release', [], 'has no release'],
    ['a first release alone', [first], 'has changed the Web APIs'],
    ['releases of the cloud app alone', [release('r1', a, a), release('r2', a, a)], 'has changed the Web APIs']
  ])('is none after %s', async (_, releases, words) => {
    const error = await deployErrorOf(() => sideToDrain(releases, a, ''))
    expect([error.reasonCode, error.message]).toEqual(['nothing-to-drain', expect.stringContaining(words)])
  })

  test.each<[string, ReleaseEntry[], string, string]>([
    ['by what is asked for', [toB], b, b],
    ['by what is asked for in another spelling', [toB], b, 'http://B.EXAMPLE.com/Api'],
    ['by a pointer that was put back by hand', [first, toB], a, '']
  ])('is never the live one: %s', async (_, releases, live, asked) => {
    expect((await deployErrorOf(() => sideToDrain(releases, live, asked))).reasonCode).toBe('drain-side-live')
  })
})

test('the app that a side is live for is named', async () => {
  expect(
    (
      await deployErrorOf(() => {
        refuseLive(a, a, 'stock')
      })
    ).message
  ).toContain('"stock"')
  expect(() => {
    refuseLive(a, undefined)
  }).not.toThrow()
})

describe('two URLs', () => {
  test.each([
    [a, 'https://a.example.com/API', true],
    [a, 'http://a.example.com/api/', true],
    [a, 'http://a.example.com:8080/api/', true],
    [a, 'https://a.example.com:8443/api/', false],
    [a, 'https://a.example.com/api2/', false],
    [a, b, false],
    ['https://a.example.com/my%20api', 'https://a.example.com/My api/', true],
    ['no URL', 'NO URL', true],
    ['no URL', a, false]
  ])('%s and %s are one side: %s', (one, other, isSame) => {
    expect([isSameSide(one, other), isSameSide(other, one)]).toEqual([isSame, isSame])
  })
})

test('where a side lies is what the last release to it says', () => {
  const at = (folder: string | undefined, site = 'sftp://w:22 /www') => ({ webApiFolder: folder, webApiSite: site })
  const releases = [
    release('r1', undefined, a, at('old')),
    release('r2', b, a, at('api_a')),
    release('r3', a, b, at('api_b', 'sftp://x:22 /')),
    release('r4', b, a, { webApiFolder: undefined })
  ]
  expect(placeOfSide(releases, 'https://A.example.com/api')).toEqual({ folder: 'api_a', site: 'sftp://w:22 /www' })
  expect(placeOfSide(releases, b)).toEqual({ folder: 'api_b', site: 'sftp://x:22 /' })
  expect(placeOfSide(releases, c)).toBeUndefined()
})
