import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { pathRule } from '../../../src/build/exclude'
import { localFolder, readPublisher, type PublisherFolder } from '../../../src/build/publisher'
import { temporaryFolder } from '../temporary-folder'

async function read(files: string[], ...exclude: string[]): Promise<PublisherFolder[]> {
  await using folder = await temporaryFolder()
  await folder.write(Object.fromEntries(files.map(name => [`CloudAppPublisher/${name}`, name])))
  return await readPublisher(join(folder.path, 'CloudAppPublisher'), pathRule(exclude))
}

function shown(folders: readonly PublisherFolder[]): Record<string, string[]> {
  return Object.fromEntries(folders.map(({ path, files }) => [path, files.map(file => file.path.slice(path.length))]))
}

test('each launcher and each runtime is one unit, paths below the root of the site', async () => {
  const folders = await read([
    'CloudAppInstall 25.0/LauncherSetup.json',
    'CloudAppInstall 25.0/x.exe',
    'CloudAppInstall V3/deep/er/y.msi',
    'runtime/25.0.0.1/a.zip',
    'runtime/25.0.0.1/x64/a.zip',
    'Runtime.txt',
    'runtime/loose.txt'
  ])
  expect(shown(folders)).toEqual({
    'CloudAppPublisher/CloudAppInstall 25.0': ['/LauncherSetup.json', '/x.exe'],
    'CloudAppPublisher/CloudAppInstall V3': ['/deep/er/y.msi'],
    'CloudAppPublisher/runtime/25.0.0.1': ['/a.zip', '/x64/a.zip']
  })
})

test.each([
  ['LauncherSetup.json', 'launchersetup.JSON'],
  ['manifest.json', 'Manifest.json']
])('the marker is %s, in any casing', async (_, name) => {
  const [folder] = await read([`Install/${name}`, 'Install/a.exe', `Install/deep/${name}`])
  expect(folder?.marker).toBe(`CloudAppPublisher/Install/${name}`)
})

test('a folder without a marker at its top has none', async () => {
  const [folder] = await read(['Install/deep/manifest.json', 'Install/a.exe'])
  expect(folder?.marker).toBeUndefined()
})

test('what is excluded is no part of a unit', async () => {
  expect(shown(await read(['Install/a.exe', 'Install/a.msi'], '*.msi'))).toEqual({
    'CloudAppPublisher/Install': ['/a.exe']
  })
})

test.each([
  ['CloudAppPublisher/CloudAppInstall 22.0', 'CloudAppPublisher/CloudAppInstall 22.0'],
  ['/CloudAppPublisher/runtime/22.1/', 'CloudAppPublisher/runtime/22.1'],
  ['https://cdn.example.com/CloudAppPublisher/runtime/22.1', undefined],
  ['', undefined],
  [undefined, undefined]
])('the launcher or runtime %j lies below the root of the site at %j', (path, expected) => {
  expect(localFolder(path)).toBe(expected)
})
