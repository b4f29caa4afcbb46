import { expect, jest, test } from '@jest/globals'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runAction, runAsStep, type Kill } from '../../scripts/as-runner.mjs'
import { watchClients } from '../support/client-watch'
import { expectSuccess } from '../support/expect-success'
import { fleet } from '../support/fleet'
import { loginInputs, siteUrl, snapshot, startHosting, type Hosting } from '../support/hosting'
import { startIisFtpServer } from '../support/iis-ftp-server'
import { leftoversIn, locksIn } from '../support/kill-sweep/places'
import type { SamplePackage } from '../support/sample-package'
import { handOver, startRealServer, type RealServerName } from '../support/servers'
import { startSessionsSite, type SessionsSite } from '../support/sessions-site'
import { startSftpServer } from '../support/sftp-server'
import type { TestServer } from '../support/test-server'
import { startWebApiSite, type WebApiSite } from '../support/web-api-site'
import { describeMember } from '../support/when-available'

jest.setTimeout(120_000)

/** One account for both sites, as the inputs have it. */
const password = ' p@ss: both/#1 '

/** The cloud app on one server, and the Web APIs on another that speaks another protocol. */
interface TwoSites extends AsyncDisposable {
  readonly hosting: Hosting
  readonly api: TestServer
  readonly a: SessionsSite
  readonly b: SessionsSite
  /** What both steps and drains need to get to the sites. */
  readonly logins: Record<string, string>
  build(version: string): Promise<SamplePackage>
  inputs(build: SamplePackage, side: 'a' | 'b', more?: Record<string, string>): Record<string, string>
}

const starts = {
  'embedded-sftp': () => startSftpServer({ password }),
  'iis-ftps': () => startIisFtpServer({ tls: true, password }),
  openssh: () => startRealServer('openssh', { password }),
  'vsftpd-tls': () => startRealServer('vsftpd-tls', { password })
}

type Name = keyof typeof starts

async function startTwoSites(cloudApp: Name, webApis: Name): Promise<TwoSites> {
  const hosting = await startHosting(await starts[cloudApp]())
  const api = await starts[webApis]()
  const sites: WebApiSite[] = []
  const startSide = async (folder: string): Promise<SessionsSite> => {
    await mkdir(join(api.root, folder))
    const site = await startWebApiSite(join(api.root, folder))
    sites.push(site)
    return startSessionsSite({ apiUrl: `${site.url}/${folder}/` })
  }
  const [a, b] = [await startSide('api_a'), await startSide('api_b')]
  if (isReal(webApis)) await handOver(api.root)
  const logins = { ...loginInputs(api), ...loginInputs(hosting.server), 'web-api-site': siteUrl(api) }
  return {
    hosting,
    api,
    a,
    b,
    logins,
    build: version => hosting.build(version, { version, build: version, objects: 30 }),
    inputs: (build, side, more = {}) =>
      hosting.inputs(build, side, { ...logins, 'web-api-url': (side === 'a' ? a : b).apiUrl, ...more }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([a, b, ...sites].map(site => site.stop()))
      await Promise.all([api.stop(), hosting[Symbol.asyncDispose]()])
    }
  }
}

function isReal(name: Name): name is Name & RealServerName {
  return name === 'openssh' || name === 'vsftpd-tls'
}

/** Where the cloud app is, where the Web APIs are, and in which phase a run is killed, if in any. */
const pairs: readonly (readonly [Name, Name, string?])[] = [
  ['embedded-sftp', 'iis-ftps', 'Stage Web API B'],
  ['iis-ftps', 'embedded-sftp'],
  ['openssh', 'vsftpd-tls', 'Switch'],
  ['vsftpd-tls', 'openssh']
]

for (const [cloudApp, webApis, phase] of pairs) {
  for (const member of fleet.filter(({ name }) => name === cloudApp)) {
    describeMember(member, () => {
      testLife(cloudApp, webApis)
      if (phase !== undefined) testKill(cloudApp, webApis, phase)
    })
  }
}

function testLife(cloudApp: Name, webApis: Name): void {
  test(`with the Web APIs on ${webApis} releases, drains, retires and rolls back`, async () => {
    await using sites = await startTwoSites(cloudApp, webApis)
    const { hosting, api, a, b, logins } = sites
    const [one, two] = [await sites.build('1.05'), await sites.build('1.06')]

    const first = await runAction(sites.inputs(one, 'a'))
    expectSuccess(first)
    expect(first.log).toContain(`Connected to ${hosting.server.protocol}://127.0.0.1:${hosting.server.port}`)
    expect(first.log).toContain(`Connected to ${api.protocol}://127.0.0.1:${api.port}`)
    await expectPlaces(sites, one, 'a')

    await using clients = await watchClients(hosting.appUrl, [one, two], {
      atomic: cloudApp !== 'iis-ftps',
      rollback: true
    })
    const second = await runAction(sites.inputs(two, 'b'))
    expectSuccess(second)
    expect(second.outputs).toMatchObject({
      status: 'deployed',
      'web-api-url': b.apiUrl,
      'previous-web-api-url': a.apiUrl,
      'switch-guarantee': cloudApp === 'iis-ftps' ? 'replaced' : 'atomic'
    })
    expect(second.summary).toContain(`| Cloud app | \`${placeOn(hosting.server, 'salesdemo_cloud')}\` |`)
    expect(second.summary).toContain(`| Web API B | \`${placeOn(api, 'api_b')}\` |`)
    await expectPlaces(sites, two, 'b')

    const again = await runAction(sites.inputs(two, 'b'))
    expectSuccess(again)
    expect(again.outputs).toMatchObject({ status: 'unchanged', 'reason-code': 'already-live', 'files-uploaded': '0' })

    const before = await snapshot(hosting.server.root)
    const drained = await runAction({ command: 'drain', 'drain-timeout': '0', retire: 'true', ...logins })
    expectSuccess(drained)
    expect(drained.outputs).toMatchObject({ status: 'drained', 'web-api-url': b.apiUrl })
    expect(drained.log).toContain(`app_offline.htm is in ${placeOn(api, 'api_a')}`)
    expect(await pagesOn(api)).toEqual(['api_a/app_offline.htm'])
    expect(await snapshot(hosting.server.root)).toEqual(before)

    const back = await runAction({ command: 'rollback', 'app-url': hosting.appUrl, ...logins })
    expectSuccess(back)
    expect(back.outputs).toMatchObject({ status: 'rolled-back', version: '1.05', 'web-api-url': a.apiUrl })
    expect(await pagesOn(api)).toEqual([])
    const seen = await clients.stop()
    expect(seen.broken).toEqual([])
    expect(seen.sights.map(({ version }) => version)).toEqual(expect.arrayContaining(['1.05', '1.06']))
    expect(seen.sights.at(-1)).toMatchObject({ version: '1.05', webApiUrl: a.apiUrl })
    await expectNothingLeft(sites)
  })
}

function testKill(cloudApp: Name, webApis: Name, phase: string): void {
  test(`with the Web APIs on ${webApis} is mended after a kill in "${phase}"`, async () => {
    await using sites = await startTwoSites(cloudApp, webApis)
    const { hosting } = sites
    const [one, two] = [await sites.build('1.05'), await sites.build('1.06')]
    const stale = { 'lock-stale-after': '2' }
    expectSuccess(await runAction(sites.inputs(one, 'a')))
    await using clients = await watchClients(hosting.appUrl, [one, two], { rollback: true, gapLimitMs: 20_000 })
    for (const hasPost of [true, false]) {
      let kill: Kill = () => false
      const { main, post } = await runAsStep(sites.inputs(two, 'b', stale), {
        killPost: !hasPost,
        onStart: stop => {
          kill = stop
        },
        onOutput: text => {
          if (text.includes(`::group::${phase}`)) kill('SIGKILL')
        }
      })
      expect(main.signal).toBe('SIGKILL')
      if (post) {
        expectSuccess(post)
        await expectNothingLeft(sites)
      } else {
        expect(locksIn(await snapshot(hosting.server.root))).not.toEqual([])
        expect(locksIn(await snapshot(sites.api.root))).not.toEqual([])
      }
    }
    const next = await runAction(sites.inputs(two, 'b', stale))
    expectSuccess(next)
    expect(next.log).toMatch(/Took over the lock/)
    expect(['deployed', 'unchanged']).toContain(next.outputs.status)
    await expectPlaces(sites, two, 'b')
    await expectNothingLeft(sites)
    expect((await clients.stop()).broken).toEqual([])
  })
}

/** A folder as reports name it. */
function placeOn({ protocol, host, port, rootPath }: TestServer, folder: string): string {
  return `${protocol}://${host}:${port} ${rootPath.replace(/\/$/, '')}/${folder}`
}

async function pagesOn(api: TestServer): Promise<string[]> {
  return leftoversIn(await snapshot(api.root))
}

/** The cloud app is on one server alone, the Web APIs on the other. */
async function expectPlaces({ hosting, api }: TwoSites, build: SamplePackage, side: 'a' | 'b'): Promise<void> {
  const [app, webApis] = [await snapshot(hosting.server.root), await snapshot(api.root)]
  for (const [path, content] of await snapshot(join(build.cloudApp, build.version))) {
    expect([path, app.get(`salesdemo_cloud/${build.version}/${path}`) === content]).toEqual([path, true])
  }
  for (const [path, content] of await snapshot(build.webApi)) {
    expect([path, webApis.get(`api_${side}/${path}`) === content]).toEqual([path, true])
  }
  expect([...app.keys()].filter(path => path.startsWith('api_'))).toEqual([])
  expect([...webApis.keys()].filter(path => /^(salesdemo|CloudApp)/.test(path))).toEqual([])
}

async function expectNothingLeft({ hosting, api }: TwoSites): Promise<void> {
  for (const { root } of [hosting.server, api]) {
    const files = await snapshot(root)
    expect([...locksIn(files), ...leftoversIn(files)]).toEqual([])
  }
}
