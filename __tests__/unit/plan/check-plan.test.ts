import { describe, expect, test } from '@jest/globals'
import type { Strategy } from '../../../src/inputs/settings'
import { checkPlan, isOneSite } from '../../../src/plan/check-plan'
import { makePlan } from '../../../src/plan/make-plan'
import type { LiveRelease } from '../../../src/site/live'
import { parseSite, type SiteAddress } from '../../../src/site/site-url'
import { login, place, settings, site } from '../../support/settings'
import { deployErrorOf } from '../deploy-error'
import {
  appRun,
  build,
  cloudApp,
  live,
  nothingKnown,
  nothingLive,
  opaqueList,
  siteState,
  urlA,
  urlB,
  versionList
} from './samples'

interface Situation {
  readonly strategy?: Strategy
  readonly url?: string
  readonly target?: string
  readonly withWebApi?: boolean
}

const places = { app: place, webApi: place }

function check(version: string, there: LiveRelease, situation: Situation = {}): void {
  const { strategy = 'versioning', url = urlB, target = 'api_b', withWebApi = true } = situation
  const given = settings({ strategy, webApiUrl: url, webApiTarget: target })
  const made = build({ cloudApp: cloudApp(version), ...(withWebApi ? {} : { webApi: undefined }) })
  checkPlan(makePlan(made, siteState({ live: there }), given, nothingKnown, new Date()), there, places)
}

describe('versioning', () => {
  test.each([
    ['1.05', live('1.04')],
    ['1.10', live('1.9')],
    ['1.05', nothingLive],
    ['1.05', live('1.04', { versions: ['1.04', '1.05'] })],
    ['1.05', live('1.04', { versionList: opaqueList() })]
  ])('releases %s over an older version', (version, there) => {
    expect(() => {
      check(version, there)
    }).not.toThrow()
  })

  test.each([
    ['1.04', '1.05', 'version-not-newer', 'Version 1.04 is not newer than 1.05, which is live.'],
    ['1.9', '1.10', 'version-not-newer', 'Version 1.9 is not newer than 1.10'],
    ['1.05', '1.05', 'content-differs', 'Version 1.05 is live already, with other content'],
    ['1.5', '1.05', 'content-differs', 'Version 1.05 is live already']
  ])('refuses %s over %s', async (version, there, reasonCode, words) => {
    const error = await deployErrorOf(() => {
      check(version, live(there))
    })
    expect(error.reasonCode).toBe(reasonCode)
    expect(error.message).toContain(words)
    expect(error.advice).toContain('strategy: replacement')
  })

  test('refuses a version whose folder is there while the list cannot be read', async () => {
    const error = await deployErrorOf(() => {
      check('1.05', live('1.05', { versionList: opaqueList() }))
    })
    expect(error.reasonCode).toBe('version-not-newer')
    expect(error.message).toContain('its version list cannot be read')
  })
})

describe('replacement', () => {
  test.each([
    ['the live version', '1.04', live('1.04')],
    ['the first release', '1.05', nothingLive]
  ])('puts new files into %s', (_, version, there) => {
    expect(() => {
      check(version, there, { strategy: 'replacement' })
    }).not.toThrow()
  })

  test('refuses an older one that is there: clients would stay on the live one, with the Web APIs of the older', async () => {
    const error = await deployErrorOf(() => {
      check('1.03', live('1.04', { versions: ['1.03', '1.04'] }), { strategy: 'replacement' })
    })
    expect(error.reasonCode).toBe('version-not-newer')
    expect(error.message).toContain('clients get 1.04')
  })

  test('refuses a version that is not on the site while others are', async () => {
    const error = await deployErrorOf(() => {
      check('1.05', live('1.04', { versions: ['1.03', '1.04'] }), { strategy: 'replacement' })
    })
    expect(error.reasonCode).toBe('version-not-on-site')
    expect(error.message).toContain('it has 1.03, 1.04')
    expect(error.advice).toContain('strategy: versioning')
  })
})

describe('the URL of Web API B', () => {
  test.each([urlA, 'https://A.example.com:443/api', 'https://a.example.com/api'])(
    'that is live already, written %s, is refused',
    async url => {
      const error = await deployErrorOf(() => {
        check('1.05', live('1.04'), { url })
      })
      expect(error.reasonCode).toBe('web-api-url-live')
      expect(error.message).toContain(`web-api-url is ${url}`)
      expect(error.message).toContain(`apprun.json says ${urlA}`)
    }
  )

  test('may be the live one where the cloud app alone is released', () => {
    expect(() => {
      check('1.05', live('1.04'), { url: urlA, withWebApi: false })
    }).not.toThrow()
  })

  test('is looked at before the folder', async () => {
    const error = await deployErrorOf(() => {
      check('1.05', live('1.04'), { url: urlA, target: 'api' })
    })
    expect(error.reasonCode).toBe('web-api-url-live')
  })
})

describe('targets', () => {
  test('that look like those of the live Web APIs are refused', async () => {
    const there = live('1.04', { appRun: appRun('https://a.example.com/api_a') })
    const error = await deployErrorOf(() => {
      check('1.05', there, { url: 'https://a.example.com/api_b', target: 'api_a' })
    })
    expect(error.reasonCode).toBe('target-is-live')
  })

  test('one inside the other are refused', async () => {
    const error = await deployErrorOf(() => {
      check('1.05', live('1.04'), { target: 'sales/api' })
    })
    expect(error.reasonCode).toBe('targets-overlap')
  })

  test.each([
    [
      'below the same folder by way of two roots',
      { site: '/', webApiSite: '/www', cloudApp: 'www/x', webApi: 'x' },
      true
    ],
    [
      'one within the other by way of two roots',
      { site: '/www', webApiSite: '/', cloudApp: 'x', webApi: 'www/x/y' },
      true
    ],
    ['side by side below two roots', { site: '/www', webApiSite: '/apis', cloudApp: 'x', webApi: 'x' }, false]
  ])('%s are told apart', (_, { site: root, webApiSite: webApiRoot, cloudApp: cloudAppTarget, webApi }, isRefused) => {
    const app = { login, address: { ...site, root } }
    const webApiPlace = { login, address: { ...site, root: webApiRoot } }
    const given = settings({ cloudAppTarget, webApiTarget: webApi, webApiUrl: urlB })
    const attempt = (): void => {
      checkPlan(makePlan(build(), siteState({ live: nothingLive }), given, nothingKnown, new Date()), nothingLive, {
        app,
        webApi: webApiPlace
      })
    }
    if (isRefused) expect(attempt).toThrow('one inside the other')
    else expect(attempt).not.toThrow()
  })
})

describe('two sites', () => {
  test('are one when their host is written in another case', () => {
    const address = (text: string): SiteAddress => parseSite(text) as SiteAddress
    const [one, other] = [address('sftp://web.example.com/www'), address('sftp://Web.Example.COM/www')]
    expect(isOneSite({ address: one, login }, { address: other, login })).toBe(true)
  })

  test.each([
    ['the same', {}, true],
    ['another root', { address: { ...site, root: '/api' } }, false],
    ['another server', { address: { ...site, label: 'sftp://api.example.com:22' } }, false],
    ['another user, whose root may be another', { login: { ...login, username: 'api' } }, false]
  ])('are told apart or not: %s', (_, overrides, expected) => {
    expect(isOneSite(place, { ...place, ...overrides })).toBe(expected)
  })
})

test('the list of the build may say a lower minimum than the version', () => {
  const app = cloudApp('1.05', { versionList: versionList('1.05', '1.01') })
  const plan = makePlan(build({ cloudApp: app }), siteState(), settings(), nothingKnown, new Date())
  expect(plan.minimum).toBe('1.01')
})
