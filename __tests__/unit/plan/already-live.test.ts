import { expect, test } from '@jest/globals'
import { looksLive } from '../../../src/plan/already-live'
import { makePlan } from '../../../src/plan/make-plan'
import type { LiveRelease } from '../../../src/site/live'
import type { Tree } from '../../../src/site/tree'
import { settings } from '../../support/settings'
import {
  appRun,
  build,
  cloudApp,
  live,
  nothingKnown,
  opaqueList,
  siteState,
  treeOf,
  urlA,
  urlB,
  versionList
} from './samples'

const webApiThere = treeOf({ 'ServerAPIs.dll': 10, 'Server.json': 10, 'UserConfig.json': 10 })

/** The site after a release of 1.05 with Web API B. */
function released(overrides: Partial<LiveRelease> = {}): LiveRelease {
  const sizes = Object.fromEntries(cloudApp('1.05').files.map(({ path, size }) => [path, size]))
  const list = versionList('1.05')
  const pointers = { 'apprun.json': appRun(urlB).bytes.length, 'deploylist.ini.zip': list.bytes.length }
  return live('1.05', { tree: treeOf({ ...sizes, ...pointers }), appRun: appRun(urlB), ...overrides })
}

function isLive(there: LiveRelease, webApi: Tree = webApiThere, url = urlB): boolean {
  const site = siteState({ live: there, webApi })
  return looksLive(makePlan(build(), site, settings({ webApiUrl: url }), nothingKnown, new Date()), there)
}

test('a release that is run again is live', () => {
  expect(isLive(released())).toBe(true)
})

test('it is live when the URLs differ by a slash at the end only', () => {
  expect(isLive(released(), webApiThere, urlB.replace(/\/$/, ''))).toBe(true)
  expect(isLive(released(), webApiThere, `${urlB.replace(/\/$/, '')}/`)).toBe(true)
})

test.each([
  ['another version is live', { there: released({ version: '1.04' }) }],
  ['the first release is still to come', { there: released({ version: undefined }) }],
  ['apprun.json names other Web APIs', { there: released({ appRun: appRun(urlA) }) }],
  ['apprun.json is missing', { there: released({ appRun: undefined }) }],
  ['apprun.json has other keys', { there: released({ appRun: appRun(urlB, { more: 'x' }) }) }],
  ['the version list is another', { there: released({ versionList: versionList('1.05', '1.01') }) }],
  ['the version list is missing', { there: released({ versionList: undefined }) }],
  ['the version list cannot be read', { there: released({ versionList: opaqueList() }) }],
  ['a file of the app has another size', { there: released({ tree: treeOf({ 'index.html': 11 }) }) }],
  ['a file of the Web APIs is missing', { webApi: treeOf({ 'ServerAPIs.dll': 10, 'Server.json': 10 }) }],
  ['a file of the Web APIs has another size', { webApi: treeOf({ 'ServerAPIs.dll': 9, 'Server.json': 10 }) }],
  ['other Web APIs are wanted', { url: 'https://c.example.com/api/' }]
])('it is not live when %s', (_, situation: { there?: LiveRelease; webApi?: Tree; url?: string }) => {
  expect(isLive(situation.there ?? released(), situation.webApi, situation.url)).toBe(false)
})
