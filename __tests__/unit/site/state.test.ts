import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { readBuild } from '../../../src/build/build'
import { readState, type SiteState } from '../../../src/site/state'
import { MemoryTransport, type Contents } from '../../support/memory-transport'
import { writeSamplePackage, type SamplePackageOptions } from '../../support/sample-package'
import { settings } from '../../support/settings'
import { deployErrorOf } from '../deploy-error'
import { temporaryFolder } from '../temporary-folder'

async function state(
  site: Contents,
  webApiSite: MemoryTransport | undefined,
  options: SamplePackageOptions = {}
): Promise<SiteState> {
  await using folder = await temporaryFolder()
  const sample = await writeSamplePackage(folder.path, { objects: 2, dlls: 2, ...options })
  const build = await readBuild({ ...settings().build, package: sample.root }, join(folder.path, 'work'))
  const transport = new MemoryTransport(site)
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
