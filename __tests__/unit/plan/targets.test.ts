import { describe, expect, test } from '@jest/globals'
import { checkTargets } from '../../../src/plan/targets'
import { deployErrorOf } from '../deploy-error'

const host = 'https://app.example.com'

function check(webApi: string, nextUrl: string, liveUrl: string | undefined, cloudApp = 'sales'): void {
  checkTargets({ cloudApp, webApi, onOneSite: true }, nextUrl, liveUrl)
}

describe('the folder of the live Web APIs', () => {
  test.each([
    ['by its name', 'api_a', `${host}/api_b/`, `${host}/api_a/`],
    ['in another case', 'API_A', `${host}/api_b/`, `${host}/Api_a`],
    ['deep in the URL', 'api_a', `${host}/apps/api_b/`, `${host}/apps/api_a/`],
    ['deep on the site', 'apps/api_a', `${host}/api_b/`, `${host}/api_a/`],
    ['deep on both', 'apps/api_a', `${host}/apps/api_b/`, `${host}/apps/api_a/`],
    ['a folder in it', 'api_a/new', `${host}/new/`, `${host}/api_a/`],
    ['a folder deep in it', 'apps/api_a/x/y', `${host}/y/`, `${host}/api_a/`],
    ['one that is called as a folder in it', 'api_a/api_b', `${host}/api_b/`, `${host}/api_a/`],
    ['with the same URL', 'api', `${host}/api/`, `${host}/api/`],
    ['with the same URL in another case', 'api', `${host}/API/`, `${host}/api/`],
    ['with a blank in its name', 'My API', `${host}/My%20API%20B/`, `${host}/My%20API/`],
    ['with a blank in its name, written plainly', 'My API', `${host}/My API B/`, `${host}/My API/`],
    ['with a name beyond ASCII', 'größe_API', `${host}/api_b/`, `${host}/größe_API/`],
    ['where B is another host with another path', 'api_a', 'https://b.example.com/api_b/', `${host}/api_a/`]
  ])('is refused as a target, %s', async (_, target, nextUrl, liveUrl) => {
    const error = await deployErrorOf(() => {
      check(target, nextUrl, liveUrl)
    })
    expect(error.reasonCode).toBe('target-is-live')
    expect(error.message).toContain(`"${target}"`)
    expect(error.message).toContain(liveUrl)
    expect(error.advice).toContain('web-api-target')
  })
})

describe('a folder of its own is taken', () => {
  test.each([
    ['side by side', 'api_b', `${host}/api_b/`, `${host}/api_a/`],
    ['with names that start alike', 'api_2', `${host}/api_2/`, `${host}/api/`],
    ['with names that start alike, the other way', 'api', `${host}/api/`, `${host}/api_2/`],
    ['with names that end alike', 'b_api', `${host}/b_api/`, `${host}/api/`],
    [
      'in folders of one name, told apart by the host',
      'api',
      'https://b.example.com/api/',
      'https://a.example.com/api/'
    ],
    ['in folders of one name, told apart by the port', 'b/api', `${host}:5002/api/`, `${host}:5001/api/`],
    ['in folders of one name below two others', 'b/api', `${host}/b/api/`, `${host}/a/api/`],
    ['whose name the URLs of both end with', 'api', `${host}/b/api/`, `${host}/a/api/`],
    ['in a folder that is only called as the live one', 'api/b', `${host}/api/b/`, `${host}/apps/api/`],
    ['in versions of one API', 'api/b', `${host}/api/b/`, `${host}/api/a/`],
    ['below a folder that only the URL of A has', 'apps/b', `${host}/apps/b/`, `${host}/apps/a/`],
    ['with sites of their own', 'inetpub_b', `${host}:5002`, `${host}:5001`],
    ['at the root of another site', '', 'https://b.example.com/', `${host}/api_a/`],
    ['on a first release', 'api_a', `${host}/api_a/`, undefined],
    ['where the live URL is none', 'api_a', `${host}/api_b/`, 'see the wiki'],
    ['where the live URL has no path', 'api_b', `${host}/api_b/`, `${host}:5099`]
  ])('%s', (_, target, nextUrl, liveUrl) => {
    expect(() => {
      check(target, nextUrl, liveUrl, 'cloud')
    }).not.toThrow(/live/)
  })
})

describe('one part inside the other', () => {
  test.each([
    ['sales', 'sales'],
    ['sales', 'SALES'],
    ['sales', 'sales/api'],
    ['sales/cloud', 'Sales'],
    ['', 'api'],
    ['sales', ''],
    ['', ''],
    ['a/b', 'a/b/c/d']
  ])('is refused: the app in %j and the Web APIs in %j', async (cloudApp, webApi) => {
    const error = await deployErrorOf(() => {
      checkTargets({ cloudApp, webApi, onOneSite: true }, `${host}/api_b`, undefined)
    })
    expect(error.reasonCode).toBe('targets-overlap')
    expect(error.message).toContain(`"${cloudApp || '.'}"`)
    expect(error.message).toContain(`"${webApi || '.'}"`)
  })

  test.each([
    ['sales', 'sales_api'],
    ['sales_cloud', 'sales'],
    ['a/sales', 'a/api'],
    ['a/sales', 'sales']
  ])('is not what %j and %j are', (cloudApp, webApi) => {
    expect(() => {
      checkTargets({ cloudApp, webApi, onOneSite: true }, `${host}/api_b`, undefined)
    }).not.toThrow()
  })

  test('is no matter where they are on two sites', () => {
    expect(() => {
      checkTargets({ cloudApp: '', webApi: '', onOneSite: false }, `${host}/api_b`, undefined)
    }).not.toThrow()
  })

  test('is no matter where only the cloud app is released', () => {
    expect(() => {
      checkTargets({ cloudApp: 'api_a', webApi: undefined, onOneSite: true }, `${host}/api_a`, `${host}/api_a`)
    }).not.toThrow()
  })
})
