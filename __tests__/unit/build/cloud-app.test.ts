import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readCloudApp, type CloudApp } from '../../../src/build/cloud-app'
import { pathRule } from '../../../src/build/exclude'
import { versionList } from '../../support/sample-package/texts'
import { deployErrorOf } from '../deploy-error'
import { temporaryFolder } from '../temporary-folder'

interface Wanted {
  readonly version?: string
  readonly minimum?: string
  readonly exclude?: string[]
}

async function read(files: Record<string, string | Buffer>, wanted: Wanted = {}): Promise<CloudApp> {
  await using folder = await temporaryFolder()
  await folder.write(Object.fromEntries(Object.entries(files).map(([name, content]) => [`app/${name}`, content])))
  return await readCloudApp(join(folder.path, 'app'), wanted.version, wanted.minimum, pathRule(wanted.exclude ?? []))
}

const page = { 'index.html': 'page' }
const appRun = { 'apprun.json': '{"deployment_urls":{"web_api":"https://a/"}}' }
const list = (version: string, minimum = version): Record<string, string> => ({
  'deploylist.ini.zip': versionList(version, minimum)
})

describe('the version', () => {
  test('is the highest one of the build, and the files of the others stay out', async () => {
    const app = await read({ ...page, '1.9/a.zip': '', '1.10/b.zip': '', '1.2/c.zip': '', 'js/x.js': '' })
    expect(app.version).toBe('1.10')
    expect(app.otherVersions).toEqual(['1.2', '1.9'])
    expect(app.files.map(file => file.path)).toEqual(['1.10/b.zip', 'index.html', 'js/x.js'])
  })

  test('is the one that was asked for', async () => {
    const app = await read({ ...page, '1.9/a.zip': '', '1.10/b.zip': '' }, { version: '1.9' })
    expect([app.version, app.otherVersions]).toEqual(['1.9', ['1.10']])
  })

  test.each([
    ['there is no folder of a version', { ...page, ...appRun, 'js/x.js': '' }, {}, 'has no version folder'],
    ['its folder is empty', { ...page, '1.05/': '' }, {}, 'has no version folder'],
    ['its folder is excluded', { ...page, '1.05/a.zip': '' }, { exclude: ['1.05/'] }, 'has no version folder'],
    ['another one is there', { ...page, '1.05/a': '', '1.04/a': '' }, { version: '1.06' }, 'it has 1.04, 1.05.'],
    ['it is written otherwise', { ...page, '1.05/a': '' }, { version: '1.5' }, 'no folder for version 1.5; it has 1.05']
  ])('is not in the build when %s', async (_, files, wanted, words) => {
    const error = await deployErrorOf(() => read(files, wanted))
    expect(error.reasonCode).toBe('version-not-in-build')
    expect(error.message).toContain(words)
    expect(error.advice).toContain('Deployment version')
  })
})

describe('the version list', () => {
  const files = { ...page, '1.05/a.zip': '' }

  test('that agrees is taken', async () => {
    const app = await read({ ...files, ...list('1.05') })
    expect(app.versionList).toMatchObject({ name: 'deploylist.ini.zip', parsed: { minimum: '1.05' } })
    expect(app.files.map(file => file.path)).not.toContain('deploylist.ini.zip')
  })

  test('without the version is refused', async () => {
    const error = await deployErrorOf(() => read({ ...files, ...list('1.04') }))
    expect(error.reasonCode).toBe('version-list-incomplete')
    expect(error.message).toContain('does not have version 1.05; it has 1.04.')
  })

  test('without any version is refused', async () => {
    const error = await deployErrorOf(() => read({ ...files, 'deploylist.ini.zip': '[Public]\n' }))
    expect(error.reasonCode).toBe('version-list-incomplete')
    expect(error.message).toContain('it has none')
  })

  test.each([
    ['1.04', undefined, '1.04, and 1.05 was asked for'],
    ['1.05', '1.03', '1.05, and 1.03 was asked for'],
    ['1.06', undefined, '1.06, and 1.05 was asked for']
  ])('with the minimum %s is refused, when %s is asked for', async (minimum, wanted, words) => {
    const asked = wanted === undefined ? {} : { minimum: wanted }
    const error = await deployErrorOf(() => read({ ...files, ...list('1.05', minimum) }, asked))
    expect(error.reasonCode).toBe('minimum-mismatch')
    expect(error.message).toContain(words)
  })

  test('without a minimum is refused', async () => {
    const error = await deployErrorOf(() => read({ ...files, 'deploylist.ini.zip': '[Public]\n[1.05]\n' }))
    expect(error.reasonCode).toBe('minimum-mismatch')
    expect(error.message).toContain('(none)')
  })

  test('with the minimum that was asked for is taken', async () => {
    const app = await read({ ...files, ...list('1.05', '1.03') }, { minimum: '1.03' })
    expect(app.versionList?.parsed?.minimum).toBe('1.03')
  })

  test('that is not the known text is carried over unread', async () => {
    const bytes = Buffer.from([0x50, 0x4b, 3, 4])
    const app = await read({ ...files, 'DeployList.ini.zip': bytes })
    expect(app.versionList).toEqual({ name: 'DeployList.ini.zip', bytes, parsed: undefined })
  })

  test('deeper down is an ordinary file', async () => {
    const app = await read({ ...files, 'js/deploylist.ini.zip': 'x', 'js/apprun.json': 'x' })
    expect([app.versionList, app.appRun]).toEqual([undefined, undefined])
    expect(app.files.map(file => file.path)).toContain('js/apprun.json')
  })
})

describe('what is no app', () => {
  test.each([
    ['no entry page', { ...appRun, '1.05/a.zip': '' }],
    ['nothing beside the entry page', page],
    ['an empty folder', { '/': '' }]
  ])('is refused: %s', async (_, files) => {
    const error = await deployErrorOf(() => read(files))
    expect(error.reasonCode).toBe('cloud-app-not-found')
    expect(error.message).toContain('is not a built cloud app')
  })
})

test('an apprun.json that cannot be read is refused under the name that it has', async () => {
  const error = await deployErrorOf(() => read({ ...page, '1.05/a.zip': '', 'AppRun.json': '{,}' }))
  expect(error.reasonCode).toBe('apprun-invalid')
  expect(error.message).toContain('"AppRun.json" of the build')
})
