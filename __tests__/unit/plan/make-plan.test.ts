import { describe, expect, test } from '@jest/globals'
import type { Settings } from '../../../src/inputs/settings'
import { makePlan, targetsOf } from '../../../src/plan/make-plan'
import { filesOf, pointersOf, type Plan, type PlannedFile } from '../../../src/plan/plan'
import { Tree } from '../../../src/site/tree'
import { settings } from '../../support/settings'
import { deployErrorOf } from '../deploy-error'
import {
  appRun,
  build,
  cloudApp,
  emptySite,
  live,
  localFiles,
  nothingKnown,
  nothingLive,
  publisher,
  publisherFolder,
  siteState,
  treeOf,
  urlA,
  urlB,
  versionList
} from './samples'

function plan(made = build(), there = siteState(), given: Partial<Settings> = {}): Plan {
  return makePlan(made, there, settings({ webApiTarget: 'api_b', ...given }), nothingKnown, new Date())
}

function paths(files: readonly PlannedFile[]): string[] {
  return files.map(file => file.path)
}

function staged({ staged: groups }: Plan): string[] {
  return paths(groups.flat())
}

const versionFolder = [
  'sales/1.05/app.exe.zip',
  'sales/1.05/app.pbd/_files.idx.zip',
  'sales/1.05/app.pbd/_indexes.idx.zip',
  'sales/1.05/app.pbd/w_main.win.zip'
]
const seen = ['sales/css/a.css', 'sales/license.html', 'sales/index.html']
const pointers = ['sales/apprun.json', 'sales/deploylist.ini.zip']

describe('versioning', () => {
  test('sends the version folder unseen, and stages what clients see, pointers last', () => {
    const made = plan()
    expect(paths(made.unseen)).toEqual(versionFolder)
    expect(staged(made)).toEqual([...seen, ...pointers])
    expect(made).toMatchObject({
      strategy: 'versioning',
      app: 'sales',
      version: '1.05',
      previousVersion: '1.04',
      minimum: '1.05',
      previousMinimum: '1.04',
      webApiUrl: urlB,
      previousWebApiUrl: urlA,
      isFirstRelease: false,
      cloudAppFolder: 'sales',
      warnings: []
    })
  })

  test('over the remains of an upload sends the version folder unseen all the same', () => {
    const there = live('1.04', {
      versions: ['1.04', '1.05'],
      tree: treeOf({ '1.04/x.zip': 1, '1.05/app.exe.zip': 3, 'apprun.json': 10, 'index.html': 10 })
    })
    const made = plan(build(), siteState({ live: there }))
    expect(paths(made.unseen)).toEqual(versionFolder)
    expect(made.unseen[0]?.sizeOnSite).toBe(3)
  })
})

describe('replacement', () => {
  test('of a version that is there stages its folder too: objects, indexes, the rest, pages, pointers', () => {
    const there = siteState({ live: live('1.05') })
    const made = plan(build(), there, { strategy: 'replacement' })
    expect(made.unseen).toEqual([])
    expect(made.staged.map(paths)).toEqual([
      ['sales/1.05/app.pbd/w_main.win.zip'],
      ['sales/1.05/app.pbd/_indexes.idx.zip'],
      ['sales/1.05/app.pbd/_files.idx.zip'],
      ['sales/1.05/app.exe.zip'],
      ['sales/css/a.css'],
      ['sales/license.html'],
      ['sales/index.html'],
      ['sales/apprun.json'],
      ['sales/deploylist.ini.zip']
    ])
  })

  test('of a version that is not there sends its folder unseen', () => {
    expect(paths(plan(build(), emptySite, { strategy: 'replacement' }).unseen)).toEqual(versionFolder)
  })

  test('without a version list in the build leaves that of the site alone', () => {
    const app = cloudApp('1.05', { versionList: undefined })
    const made = plan(build({ cloudApp: app }), siteState({ live: live('1.05') }), { strategy: 'replacement' })
    expect(pointersOf(made).map(({ path }) => path)).toEqual(['sales/apprun.json'])
    expect(made.minimum).toBeUndefined()
  })
})

test('a first release sends all, publisher first, and is known as one', () => {
  const made = plan(build(), emptySite)
  expect(made).toMatchObject({ isFirstRelease: true, previousVersion: undefined, previousWebApiUrl: undefined })
  expect(staged(made)).toEqual([
    'Pub/Launcher/x.zip',
    'Pub/runtime/1.0/x.zip',
    'Pub/Launcher/LauncherSetup.json',
    'Pub/runtime/1.0/manifest.json',
    ...seen,
    ...pointers
  ])
  expect(filesOf(made).every(file => file.sizeOnSite === undefined)).toBe(true)
  expect(filesOf(made)).toHaveLength(3 + versionFolder.length + 4 + seen.length + pointers.length)
})

test('the pointers are bytes with the URL of Web API B, and the size that they will have', () => {
  const [first, second] = pointersOf(plan())
  expect(first?.bytes.toString()).toBe(appRun(urlB).bytes.toString())
  expect(second?.bytes.toString()).toContain('[1.04]')
  const sizes = plan()
    .staged.flat()
    .filter(file => 'bytes' in file.content)
    .map(file => file.size)
  expect(sizes).toEqual([first?.bytes.length, second?.bytes.length])
})

describe('names', () => {
  test('on the site stay as they are, in whatever case', () => {
    const tree = treeOf({ 'Index.html': 7, 'CSS/a.css': 8, 'AppRun.json': 9, 'other.txt': 1 })
    const there = live('1.04', { tree, appRun: appRun(urlA, { name: 'AppRun.json' }), versionList: undefined })
    const made = plan(build(), siteState({ live: there }))
    expect(staged(made)).toEqual([
      'sales/CSS/a.css',
      'sales/license.html',
      'sales/Index.html',
      'sales/AppRun.json',
      'sales/deploylist.ini.zip'
    ])
    expect(made.staged.flat().map(file => file.sizeOnSite)).toEqual([8, undefined, 7, 9, undefined])
    expect(made.foreign).toEqual(['other.txt'])
  })

  test('of the targets come from the build, unless inputs say otherwise', () => {
    expect(targetsOf(build(), settings())).toEqual({ cloudApp: 'sales', webApi: 'api' })
    const given = settings({ cloudAppTarget: '', webApiTarget: 'x/y' })
    expect(targetsOf(build(), given)).toEqual({ cloudApp: '', webApi: 'x/y' })
    expect(targetsOf(build({ webApi: undefined }), given).webApi).toBeUndefined()
  })

  test('of an app at the root of the site have no folder before them', () => {
    const made = plan(build(), siteState(), { cloudAppTarget: '' })
    expect(staged(made).slice(-3)).toEqual(['index.html', 'apprun.json', 'deploylist.ini.zip'])
  })
})

describe('Web APIs', () => {
  const there = treeOf({ 'ServerAPIs.dll': 10, 'userconfig.json': 99, 'Logging/log.txt': 1 })

  test('go to their target, with the sizes that are there', () => {
    const { webApi } = plan(build(), siteState({ webApi: there }))
    expect(webApi?.folder).toBe('api_b')
    expect(webApi?.files.map(({ path, sizeOnSite }) => [path, sizeOnSite])).toEqual([
      ['api_b/ServerAPIs.dll', 10],
      ['api_b/Server.json', undefined],
      ['api_b/userconfig.json', 99]
    ])
  })

  test('keep a protected file that the server has, under its name there', () => {
    const { webApi } = plan(build(), siteState({ webApi: there }), { protect: ['UserConfig.json'] })
    expect(webApi?.kept).toEqual([{ path: 'api_b/userconfig.json', localPath: '/build/UserConfig.json' }])
    expect(paths(webApi?.files ?? [])).toEqual(['api_b/ServerAPIs.dll', 'api_b/Server.json'])
  })

  test('send a protected file that the server has not', () => {
    const { webApi } = plan(build(), siteState(), { protect: ['UserConfig.json', '*.json'] })
    expect(webApi?.kept).toEqual([])
    expect(paths(webApi?.files ?? [])).toContain('api_b/UserConfig.json')
  })

  test('of PowerServer 2022 and before keep Server.json, where the license is', () => {
    const files = localFiles('ServerAPIs.dll', 'Server.json', 'deep/Server.json')
    const webApi = { name: 'api', files, licenseFile: 'Server.json' }
    const old = treeOf({ 'Server.json': 1, 'deep/Server.json': 1 })
    const made = plan(build({ webApi }), siteState({ webApi: old })).webApi
    expect(made?.kept.map(({ path }) => path)).toEqual(['api_b/Server.json'])
    expect(paths(made?.files ?? [])).toEqual(['api_b/ServerAPIs.dll', 'api_b/deep/Server.json'])
  })

  test('of later versions replace Server.json, which is none of the operator', () => {
    const made = plan(build(), siteState({ webApi: treeOf({ 'Server.json': 1 }) })).webApi
    expect(paths(made?.files ?? [])).toContain('api_b/Server.json')
  })

  test.each([
    ['auto', there, true],
    ['auto', new Tree(), false],
    ['auto', treeOf({ 'deep/ServerAPIs.dll': 1 }), false],
    ['always', new Tree(), true],
    ['never', there, false]
  ] as const)('are taken offline: %s', (webApiOffline, webApi, expected) => {
    expect(plan(build(), siteState({ webApi }), { webApiOffline }).webApi?.offline).toBe(expected)
  })

  test('that are not in the build are not planned', () => {
    const made = plan(build({ webApi: undefined }), siteState({ webApi: undefined }))
    expect(made.webApi).toBeUndefined()
  })
})

describe('protected files of the cloud app', () => {
  test('are kept when the site has them, and sent when it has not', () => {
    const given = { protectCloudApp: ['index.html', '/css/', 'new.html'] }
    const app = cloudApp('1.05', { files: localFiles('index.html', 'css/a.css', 'new.html', '1.05/x.zip') })
    const made = plan(build({ cloudApp: app }), siteState(), given)
    expect(made.kept.map(({ path }) => path)).toEqual(['sales/index.html', 'sales/css/a.css'])
    expect(staged(made)).toEqual(['sales/new.html', ...pointers])
  })
})

describe('the publisher', () => {
  const there = treeOf({ 'Pub/Launcher/LauncherSetup.json': 10, 'Pub/runtime/1.0/x.zip': 10, 'Pub/runtime/1.0/': 0 })

  test('sends each missing folder whole, marker last, and leaves those that are there alone', () => {
    // The runtime lacks its marker, so its upload was cut off.
    const made = plan(build(), siteState({ publisher: there }))
    expect(staged(made).filter(path => path.startsWith('Pub/'))).toEqual([
      'Pub/runtime/1.0/x.zip',
      'Pub/runtime/1.0/manifest.json'
    ])
    expect(made.present).toBe(2)
    expect(made.warnings).toEqual([])
  })

  test('takes a folder without marker for whole when all its files are there', () => {
    const folders = [publisherFolder('Pub/Launcher'), publisherFolder('Pub/runtime/1.0')]
    const half = treeOf({ 'Pub/Launcher/X.ZIP': 10, 'Pub/runtime/1.0/': 0 })
    const made = plan(build({ publisher: folders }), siteState({ publisher: half }))
    expect(staged(made).filter(path => path.startsWith('Pub/'))).toEqual(['Pub/runtime/1.0/x.zip'])
  })

  test('replaces all where that is wanted, with a warning for each that others use', () => {
    const made = plan(build(), siteState(), { publisher: 'always' })
    expect(staged(made).filter(path => path.startsWith('Pub/'))).toHaveLength(4)
    expect(made.present).toBe(0)
    expect(made.warnings).toEqual([
      expect.stringContaining('"Pub/Launcher" is replaced'),
      expect.stringContaining('"Pub/runtime/1.0" is replaced')
    ])
  })

  test('sends nothing where that is wanted, with a warning for what is missing', () => {
    const made = plan(build(), emptySite, { publisher: 'never' })
    expect(staged(made).filter(path => path.startsWith('Pub/'))).toEqual([])
    expect(made.present).toBe(4)
    expect(made.warnings).toEqual([
      expect.stringContaining('names "Pub/Launcher", which is not below the root'),
      expect.stringContaining('names "Pub/runtime/1.0"')
    ])
  })

  test.each(['if-missing', 'always'] as const)('that neither package nor site has is an error (%s)', async mode => {
    const made = build({ publisher: publisher.slice(0, 1) })
    const error = await deployErrorOf(() => plan(made, emptySite, { publisher: mode }))
    expect(error.reasonCode).toBe('publisher-missing')
    expect(error.message).toContain('names "Pub/runtime/1.0", which is neither on the site nor in the package')
    expect(error.advice).toContain('publisher: never')
  })

  test('that the package lacks is fine when the site has it', () => {
    expect(plan(build({ publisher: [] })).present).toBe(0)
  })

  test('with a URL of its own is not looked for', () => {
    const urls = { launcher: 'https://cdn.example.com/L', runtime: 'https://cdn.example.com/R' }
    const app = cloudApp('1.05', { appRun: appRun(urlA, urls) })
    expect(plan(build({ cloudApp: app, publisher: [] }), emptySite).warnings).toEqual([])
  })

  test('of the live apprun.json counts, where the build has none', async () => {
    const site = { ...emptySite, live: live('1.04') }
    const made = build({ cloudApp: cloudApp('1.05', { appRun: undefined }), publisher: [] })
    const error = await deployErrorOf(() => plan(made, site))
    expect(error.reasonCode).toBe('publisher-missing')
  })
})

describe('warnings and leftovers', () => {
  test('versions in the build that are not released are named', () => {
    const app = cloudApp('1.05', { otherVersions: ['1.03', '1.04'] })
    expect(plan(build({ cloudApp: app })).warnings).toEqual([
      'The build also holds version 1.03, 1.04; only 1.05 is released.'
    ])
  })

  test('an order that is disputed is named', () => {
    const made = plan(build({ cloudApp: cloudApp('1.10') }), siteState({ live: live('1.9') }))
    expect(made.warnings).toEqual([expect.stringContaining('1.10 is newer than 1.9')])
  })

  test('files that the build does not have stay, and are named', () => {
    const there = live('1.04', { tree: treeOf({ 'index.html': 1, 'by-hand.txt': 1, 'APPRUN.json': 1 }) })
    expect(plan(build(), siteState({ live: there })).foreign).toEqual(['by-hand.txt'])
  })

  test('a site with a version and without apprun.json is no first release', () => {
    const there = { ...nothingLive, version: '1.04', versions: ['1.04'], versionList: versionList('1.04') }
    expect(plan(build(), siteState({ live: there })).isFirstRelease).toBe(false)
  })
})
