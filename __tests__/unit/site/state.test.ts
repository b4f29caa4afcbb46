import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readBuild } from '../../../src/build/build'
import { DeployError } from '../../../src/errors'
import { readState, type SiteState } from '../../../src/site/state'
import { broken, MemoryTransport, type Contents } from '../../support/memory-transport'
import { writeSamplePackage, type SamplePackageOptions } from '../../support/sample-package'
import { settings } from '../../support/settings'
import { deployErrorOf } from '../deploy-error'
import { temporaryFolder } from '../temporary-folder'

async function state(
  site: Contents | MemoryTransport,
  webApiSite: MemoryTransport | undefined,
  options: SamplePackageOptions = {}
): Promise<SiteState> {
  await using folder = await temporaryFolder()
  const sample = await writeSamplePackage(folder.path, { objects: 2, dlls: 2, ...options })
  const build = await readBuild({ ...settings().build, package: sample.root }, join(folder.path, 'work'))
  const transport = site instanceof MemoryTransport ? site : new MemoryTransport(site)
  const targets = { cloudApp: 'sales', webApi: build.webApi && 'api_b' }
  return await readState(transport, webApiSite ?? transport, build, targets, path => path === 'api_b/App_Data')
}

test('the folder of the Web APIs is read from its own site', async () => {
  const { webApi } = await state(
    { 'api_b/wrong.dll': '' },
    new MemoryTransport({ 'api_b/ServerAPIs.dll': 'x' }, '/api')
  )
  expect([...(webApi?.files ?? [])]).toEqual(['ServerAPIs.dll'])
})

test('a missing folder of the Web APIs is an empty one', async () => {
  expect([...((await state({}, undefined)).webApi?.files ?? ['none'])]).toEqual([])
})

test('the records of the action are no Web APIs', async () => {
  const { webApi } = await state({ 'api_b/App_Data/journal-1.json': '', 'api_b/x.dll': '' }, undefined)
  expect([...(webApi?.files ?? [])]).toEqual(['x.dll'])
})

test('without Web APIs in the build their site is not asked', async () => {
  const other = new MemoryTransport()
  expect((await state({}, other, { without: ['web-api'] })).webApi).toBeUndefined()
  expect(other.calls).toEqual([])
})

test('a folder of the Web APIs in another case is refused', async () => {
  const error = await deployErrorOf(() => state({ 'API_B/x': '' }, undefined))
  expect(error.reasonCode).toBe('target-not-usable')
})

test('launcher and runtime are found in any casing, under the names that the build has', async () => {
  const { publisher } = await state(
    {
      'cloudapppublisher/CLOUDAPPINSTALL V3/LauncherSetup.json': 'four',
      'cloudapppublisher/Runtime/24.0/manifest.json': ''
    },
    undefined
  )
  expect([...publisher.files]).toEqual(['CloudAppPublisher/CloudAppInstall V3/LauncherSetup.json'])
  expect(publisher.sizeOf('CloudAppPublisher/CloudAppInstall V3/LauncherSetup.json')).toBe(4)
  expect(publisher.hasFolder('CloudAppPublisher/CloudAppInstall V3')).toBe(true)
  expect(publisher.hasFolder('CloudAppPublisher/runtime/25.1.0.6430')).toBe(false)
})

test('launcher and runtime that the live apprun.json names count where the build has none', async () => {
  const appRun = JSON.stringify({
    deployment_urls: { web_api: 'https://a/', launcher: 'Pub/L', runtime: 'https://cdn/x' }
  })
  const { publisher } = await state({ 'sales/apprun.json': appRun, 'Pub/L/x.exe': 'x' }, undefined, {
    without: ['apprun', 'publisher']
  })
  expect([...publisher.files]).toEqual(['Pub/L/x.exe'])
})

describe('the folders of the build', () => {
  /** The site after a release of the sample, with folders that no build has. */
  async function released(): Promise<Contents> {
    await using folder = await temporaryFolder()
    const { root } = await writeSamplePackage(folder.path, { objects: 2, dlls: 2 })
    const build = await readBuild({ ...settings().build, package: root }, join(folder.path, 'work'))
    const files = [
      ...build.cloudApp.files.map(({ path }) => `sales/${path}`),
      ...(build.webApi?.files ?? []).map(({ path }) => `api_b/${path}`),
      ...build.publisher.flatMap(({ path, files: below }) => below.map(file => `${path}/${file.path}`))
    ]
    return Object.fromEntries([...files, 'sales/of-old/deep/x.js', 'other/y'].map(path => [path, 'x']))
  }

  const listed = ({ calls }: MemoryTransport): string[] => calls.filter(call => call.startsWith('list '))

  test('are each listed once, as are those around them', async () => {
    const transport = new MemoryTransport(await released())
    const { live, webApi, publisher } = await state(transport, undefined)
    expect([...live.tree.files]).toEqual(expect.arrayContaining(['of-old/deep/x.js', 'index.html']))
    expect([webApi?.isThere, [...publisher.files].length > 0]).toEqual([true, true])
    const calls = listed(transport)
    expect(calls).toEqual(expect.arrayContaining(['list /www', 'list /www/sales', 'list /www/api_b']))
    expect(calls).toEqual([...new Set(calls)])
    expect(calls).not.toContain('list /www/other')
  })

  test('are asked for at once, before the first of them is answered', async () => {
    const transport = new MemoryTransport(await released())
    let open: () => void = () => undefined
    const gate = new Promise<undefined>(resolve => {
      open = () => {
        resolve(undefined)
      }
    })
    let asked: () => void = () => undefined
    const isAsked = new Promise<void>(resolve => {
      asked = resolve
    })
    transport.meddle = () => {
      asked()
      return gate
    }
    const reading = state(transport, undefined)
    await isAsked
    await Promise.resolve()
    const ahead = listed(transport)
    open()
    await reading
    const after = listed(transport).slice(ahead.length)
    expect(ahead).toEqual(expect.arrayContaining(['list /www/sales', 'list /www/sales/js', 'list /www/api_b']))
    expect(after.filter(call => !/of-old|CloudAppPublisher/.test(call))).toEqual([])
  })

  test.each([
    ['an error', false],
    ['an empty list', true]
  ])('do no harm where they are missing on the site, and the server answers with %s', async (_, isLenient) => {
    const contents = { 'sales/index.html': 'x', 'sales/old/x.js': 'x', 'api_b/x.dll': 'x' }
    const transport = new MemoryTransport(contents)
    const list = transport.list.bind(transport)
    if (isLenient) transport.list = folder => list(folder).catch(() => [])
    const { live, webApi, publisher } = await state(transport, undefined)
    expect([...live.tree.files].sort()).toEqual(['index.html', 'old/x.js'])
    expect([...(webApi?.files ?? [])]).toEqual(['x.dll'])
    expect([...publisher.files]).toEqual([])
    expect(live.version).toBeUndefined()
  })

  test('do no harm where nothing is on the site at all', async () => {
    const { live, webApi } = await state({}, undefined)
    expect([live.tree.isThere, webApi?.isThere]).toEqual([false, false])
  })

  test('that are there and cannot be listed are an error, as ever', async () => {
    const transport = new MemoryTransport(await released())
    const refused = new DeployError('permission-denied', 'no', 'Look.')
    transport.meddle = call => (call === 'list /www/sales/js' ? { done: 'nothing', error: refused } : undefined)
    await expect(state(transport, undefined)).rejects.toBe(refused)
  })

  test('are none that are missing when the connection breaks', async () => {
    const transport = new MemoryTransport(await released())
    transport.meddle = call => (call.startsWith('list ') ? { done: 'nothing', error: broken() } : undefined)
    expect((await deployErrorOf(() => state(transport, undefined))).reasonCode).toBe('connection-lost')
  })

  test('are asked of the site that they lie on', async () => {
    const [site, webApiSite] = [new MemoryTransport(await released()), new MemoryTransport({ 'api_b/x': '' }, '/api')]
    await state(site, webApiSite)
    expect(listed(webApiSite)).toEqual(expect.arrayContaining(['list /api', 'list /api/api_b']))
    expect(listed(webApiSite).filter(call => call.includes('sales'))).toEqual([])
    expect(listed(site).filter(call => call.includes('api_b'))).toEqual([])
  })
})
