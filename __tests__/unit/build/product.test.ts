import { expect, test } from '@jest/globals'
import type { CloudApp } from '../../../src/build/cloud-app'
import { isUrlBuiltIn } from '../../../src/build/product'
import type { PublisherFolder } from '../../../src/build/publisher'
import { appRun, cloudApp } from '../plan/samples'
import { temporaryFolder } from '../temporary-folder'

const xml = (runtime: string): string => `<?xml version="1.0" encoding="utf-8" ?>
<Application>
    <RuntimePath>C:\\Program Files (x86)\\Appeon\\Common\\PowerBuilder\\Runtime ${runtime}</RuntimePath>
</Application>
`

function publisher(...runtimes: string[]): PublisherFolder[] {
  return runtimes.map(runtime => ({ path: `CloudAppPublisher/runtime/${runtime}`, files: [], marker: undefined }))
}

async function isOld(content: string, runtimes: string[], more: Partial<CloudApp> = {}): Promise<boolean> {
  await using folder = await temporaryFolder()
  await folder.write({ 'app.xml.zip': content })
  const file = { path: '1.05/app.xml.zip', size: content.length, localPath: `${folder.path}/app.xml.zip` }
  const app = cloudApp('1.05', { appRun: undefined, files: [file], ...more })
  return await isUrlBuiltIn(app, publisher(...runtimes))
}

test.each([
  ['21.0.0.1288', true],
  ['22.0.0.1878', true],
  ['22.1.0.2819', false],
  ['22.2.0.3289', false],
  ['25.1.0.6430', false]
])('an app that names the runtime %s: %s', async (runtime, expected) => {
  expect(await isOld(xml(runtime), [])).toBe(expected)
  expect(await isOld('no XML', [runtime])).toBe(expected)
})

test('what the app names counts more than what is packaged', async () => {
  expect(await isOld(xml('22.1.0.2819'), ['22.0.0.1878'])).toBe(false)
  expect(await isOld(xml('22.0.0.1878'), ['25.1.0.6430'])).toBe(true)
})

test('a newer runtime beside an old one leaves it open, and so does none', async () => {
  expect(await isOld('', ['22.0.0.1878', '25.1.0.6430'])).toBe(false)
  expect(await isOld('', [])).toBe(false)
})

test('an app with an apprun.json is newer, whatever it names', async () => {
  expect(await isOld(xml('21.0.0.1288'), ['21.0.0.1288'], { appRun: appRun() })).toBe(false)
})
