import { describe, expect, test } from '@jest/globals'
import { readLive, type LiveRelease } from '../../../src/site/live'
import { stagedName } from '../../../src/site/temporary-name'
import { MemoryTransport, type Contents } from '../../support/memory-transport'
import { apprun, versionList } from '../../support/sample-package/texts'
import { deployErrorOf } from '../deploy-error'

const page = { 'app/index.html': 'page' }
const url = 'https://a.example.com/api/'

function isOurs(path: string): boolean {
  return path === 'app/App_Data/hot-deploy'
}

function read(contents: Contents, released: string | undefined = '1.05'): Promise<LiveRelease> {
  return readLive(new MemoryTransport(contents), 'app', released, isOurs)
}

test('an app that is on the site is read: pointers, versions, files', async () => {
  const live = await read({
    ...page,
    'app/apprun.json': apprun(url),
    'app/deploylist.ini.zip': versionList('1.04', '1.03'),
    'app/1.03/old.zip': '',
    'app/1.04/x.zip': '',
    'app/1.05/part.zip': 'half',
    'app/js/x.js': ''
  })
  expect(live.appRun).toMatchObject({ name: 'apprun.json', webApiUrl: url })
  expect(live.versionList?.parsed?.minimum).toBe('1.03')
  expect(live.version).toBe('1.04')
  expect([...live.versions].sort()).toEqual(['1.03', '1.04', '1.05'])
  // Of the versions only the one that is released is looked into.
  expect([...live.tree.files].filter(path => path.startsWith('1.'))).toEqual(['1.05/part.zip'])
})

describe('a first release', () => {
  test.each([
    ['the folder is missing', { 'other/x': '' }],
    ['the site is empty', {}],
    ['the folder is empty', { app: null }],
    ['the folder has a page alone', page]
  ])('is what it is when %s', async (_, contents) => {
    expect(await read(contents)).toMatchObject({
      appRun: undefined,
      versionList: undefined,
      version: undefined,
      versions: []
    })
  })
})

describe('the folder of a version', () => {
  const folder = { 'app/1.04/x.zip': '', 'app/js/x.js': '' }

  test('alone is the remains of an upload: it is no live version, and the version that is released may be less', async () => {
    expect(await read(folder)).toMatchObject({ version: undefined, appRun: undefined, versionList: undefined })
    const live = await read(folder, '1.04')
    expect(live.version).toBeUndefined()
    expect([live.versions, [...live.tree.files]]).toEqual([['1.04'], ['1.04/x.zip', 'js/x.js']])
    expect(live.sizes.size).toBe(0)
  })

  test.each<[string, Contents]>([
    ['apprun.json', { 'app/apprun.json': apprun(url) }],
    ['apprun.json in another casing', { 'app/AppRun.json': apprun(url) }],
    ['the entry page', page],
    ['the entry page in another casing', { 'app/Index.HTML': 'page' }],
    ['a list', { 'app/deploylist.ini.zip': versionList('1.04', '1.04') }],
    ['a list that cannot be read', { 'app/deploylist.ini.zip': Buffer.from('PK\u0003\u0004') }]
  ])('with %s is live', async (_, more) => {
    const live = await read({ ...folder, ...more })
    expect(live.version).toBe('1.04')
    expect(live.sizes).toEqual(new Map([['app/1.04/x.zip', 0]]))
  })

  test.each<[string, Contents]>([
    ['a page of another name', { 'app/license.html': 'page' }],
    ['an entry page further down', { 'app/js/index.html': 'page', 'app/1.04/index.html': 'page' }],
    ['an entry page under a temporary name', { [`app/${stagedName('index.html')}`]: 'page' }],
    ['the records of the action', { 'app/App_Data/hot-deploy/app/index.html': 'page' }]
  ])('with %s is not', async (_, more) => {
    expect((await read({ ...folder, ...more })).version).toBeUndefined()
  })
})

describe('the version', () => {
  test('is the newest folder where there is no list', async () => {
    const live = await read({ ...page, 'app/1.9/x': '', 'app/1.10/x': '', 'app/js/x': '' })
    expect(live.version).toBe('1.10')
  })

  test('is the newest folder where the list cannot be read', async () => {
    const live = await read({ ...page, 'app/1.04/x': '', 'app/deploylist.ini.zip': Buffer.from('PK\u0003\u0004') })
    expect([live.version, live.versionList?.parsed]).toEqual(['1.04', undefined])
  })

  test('is what the list says, not the folder of an upload that was cut off', async () => {
    const live = await read({ ...page, 'app/1.05/x': '', 'app/deploylist.ini.zip': versionList('1.04', '1.04') })
    expect(live.version).toBe('1.04')
  })
})

describe('apprun.json', () => {
  test('is known in any casing, and keeps it', async () => {
    const live = await read({
      ...page,
      'app/AppRun.json': apprun(url),
      'app/DeployList.INI.zip': versionList('1.04', '1.04')
    })
    expect(live.appRun?.name).toBe('AppRun.json')
    expect(live.versionList?.name).toBe('DeployList.INI.zip')
  })

  test('in two casings is refused', async () => {
    const contents = { ...page, 'app/AppRun.json': apprun(url), 'app/apprun.json': apprun(url) }
    const error = await deployErrorOf(() => read(contents))
    expect(error.reasonCode).toBe('live-unreadable')
    expect(error.message).toContain('AppRun.json and apprun.json')
  })

  test.each([
    ['is broken', '{ "deployment_urls": '],
    ['is empty', ''],
    ['has no URL', '{}']
  ])('that %s is an error, never a first release', async (_, content) => {
    const error = await deployErrorOf(() => read({ ...page, 'app/apprun.json': content }))
    expect(error.reasonCode).toBe('live-unreadable')
    expect(error.message).toContain('The live "/www/app/apprun.json"')
    expect(error.advice).toContain('Mend the file on the site')
  })

  test('that is listed and cannot be read is an error, never a first release', async () => {
    const site = new MemoryTransport({ ...page, 'app/apprun.json': apprun(url) })
    site.read = () => Promise.reject(new Error('Failure'))
    await expect(readLive(site, 'app', '1.05', isOurs)).rejects.toThrow('Failure')
  })

  test('of several megabytes is refused', async () => {
    const huge = Buffer.alloc(9 * 1024 * 1024, ' ')
    const error = await deployErrorOf(() => read({ ...page, 'app/apprun.json': huge }))
    expect(error.reasonCode).toBe('live-unreadable')
  })

  test('deeper down is none', async () => {
    expect((await read({ ...page, 'app/js/apprun.json': '{}' })).appRun).toBeUndefined()
  })
})

describe('after a run that was killed', () => {
  const staged = (path: string): Record<string, string> => ({ [`app/${stagedName(path)}`]: 'half' })

  test('a staged pointer does not count beside the one in place', async () => {
    const live = await read({
      ...page,
      'app/apprun.json': apprun(url),
      [`app/${stagedName('apprun.json')}`]: apprun('https://new.example.com')
    })
    expect(live.appRun?.webApiUrl).toBe(url)
  })

  test('a staged pointer alone is none', async () => {
    const live = await read({ ...page, [`app/${stagedName('apprun.json')}`]: apprun(url) })
    expect(live.appRun).toBeUndefined()
    expect(live.leftovers).toEqual([stagedName('apprun.json')])
  })

  test('temporary files are found beside pages, in the released version and in the live one', async () => {
    const live = await read({
      ...page,
      ...staged('index.html'),
      ...staged('js/deep/x.js'),
      ...staged('1.03/old.zip'),
      ...staged('1.04/x.zip'),
      ...staged('1.05/x.zip'),
      'app/deploylist.ini.zip': versionList('1.04', '1.04')
    })
    expect([...live.leftovers].sort()).toEqual(
      ['1.04/x.zip', '1.05/x.zip', 'index.html', 'js/deep/x.js'].map(stagedName)
    )
  })

  test('those of the live version are found once when it is the one that is released', async () => {
    const list = { 'app/deploylist.ini.zip': versionList('1.04', '1.04') }
    const live = await read({ ...page, ...list, ...staged('1.04/x.zip') }, '1.04')
    expect(live.leftovers).toEqual([stagedName('1.04/x.zip')])
  })
})

test('the folder with the records of the action is no part of the app', async () => {
  const live = await read({
    ...page,
    'app/App_Data/hot-deploy/app/journal-1.json': '{}',
    [`app/App_Data/hot-deploy/app/${stagedName('journal-2.json')}`]: '{}',
    'app/App_Data/other.txt': 'x'
  })
  expect([...live.tree.files]).toEqual(['index.html', 'App_Data/other.txt'])
  expect(live.leftovers).toEqual([])
})

test('without a version that is released none of the folders of versions is looked into but the live one', async () => {
  const site = new MemoryTransport({ ...page, 'app/1.03/x': '', 'app/1.04/x': '' })
  const live = await readLive(site, 'app', undefined, isOurs)
  expect([...live.tree.files]).toEqual(['index.html'])
  expect(site.calls).not.toContain('list /www/app/1.03')
})
