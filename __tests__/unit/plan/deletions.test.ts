import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Build } from '../../../src/build/build'
import type { Settings } from '../../../src/inputs/settings'
import { planDeletions, type Deletions } from '../../../src/plan/deletions'
import { makePlan } from '../../../src/plan/make-plan'
import { filesOf } from '../../../src/plan/plan'
import type { SiteState } from '../../../src/site/state'
import { settings } from '../../support/settings'
import { deployErrorOf } from '../deploy-error'
import {
  appRun,
  build,
  cloudApp,
  emptySite,
  knownFiles,
  live,
  localFiles,
  nothingKnown,
  siteState,
  treeOf,
  urlA,
  versionList
} from './samples'

interface Situation {
  /** What the action has put there, below the root. */
  readonly known?: readonly string[]
  readonly knownWebApi?: readonly string[]
  /** What is in the folder of the cloud app, and in that of Web API B. */
  readonly there?: readonly string[]
  readonly thereWebApi?: readonly string[]
  readonly built?: readonly string[]
  readonly builtWebApi?: readonly string[]
  readonly versions?: readonly string[]
  readonly given?: Partial<Settings>
  readonly target?: string
}

/** Files of ten bytes; of eleven where somebody has edited them since. */
function filesThere(paths: readonly string[]): Record<string, number> {
  return Object.fromEntries(paths.map(path => [path, path.includes('edited') ? 11 : 10]))
}

function parts(situation: Situation): { made: Build; site: SiteState; given: Settings } {
  const { there = [], thereWebApi = [], built = ['index.html'], builtWebApi = ['ServerAPIs.dll'] } = situation
  const webApi = { name: 'api', files: localFiles(...builtWebApi), licenseFile: 'UserConfig.json' as const }
  const versions = [...(situation.versions ?? ['1.04'])]
  const appLive = live('1.04', { versions, tree: treeOf(filesThere([...there, 'apprun.json', 'deploylist.ini.zip'])) })
  return {
    made: build({ webApi, cloudApp: cloudApp('1.05', { files: localFiles(...built) }) }),
    site: siteState({ live: appLive, webApi: treeOf(filesThere(thereWebApi)) }),
    given: settings({ webApiTarget: 'api_b', cloudAppTarget: situation.target ?? 'sales', ...situation.given })
  }
}

function deletions(situation: Situation): Deletions {
  const { made, site, given } = parts(situation)
  const targets = { cloudApp: situation.target ?? 'sales', webApi: 'api_b' }
  return planDeletions(made, site, given, targets, {
    app: knownFiles(situation.known ?? []),
    webApi: knownFiles(situation.knownWebApi ?? [])
  })
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}${n}`)
}

describe('of the cloud app', () => {
  test('goes what the action put there, is still there, and the build no longer has', () => {
    expect(
      deletions({
        known: ['sales/index.html', 'sales/old.html', 'sales/js/old.js', 'sales/gone.html'],
        there: ['index.html', 'old.html', 'js/old.js', 'by-hand.html']
      }).cloudApp
    ).toEqual(['sales/old.html', 'sales/js/old.js'])
  })

  test.each([
    ['was put there by somebody else', { known: [], there: ['old.html'] }],
    ['was edited by somebody since', { known: ['sales/edited.html'], there: ['edited.html'] }],
    [
      'is left out of the build on purpose',
      {
        known: ['sales/old.html'],
        there: ['old.html'],
        given: { build: { ...settings().build, exclude: ['old.html'] } }
      }
    ],
    ['is not there any more', { known: ['sales/old.html'], there: [] }],
    ['is in the build', { known: ['sales/index.html'], there: ['index.html'] }],
    ['is in the build in another case', { known: ['sales/Index.HTML'], there: ['Index.HTML'] }],
    ['is there in another case than the action wrote it', { known: ['sales/Old.html'], there: ['old.html'] }],
    ['is of another version', { known: ['sales/1.03/x.zip', 'sales/1.04/x.zip'], there: ['1.03/x.zip', '1.04/x.zip'] }],
    ['is of another app', { known: ['sales2/old.html', 'sale/old.html', 'old.html'], there: ['old.html'] }],
    ['is a launcher or a runtime', { known: ['Pub/Launcher/old.zip'], there: ['Pub/Launcher/old.zip'] }],
    ['is apprun.json', { known: ['sales/apprun.json'], there: [] }],
    ['is the version list', { known: ['sales/deploylist.ini.zip'], there: [] }]
  ])('stays what %s', (_, situation) => {
    expect(deletions(situation).cloudApp).toEqual([])
  })

  test('stays what is protected', () => {
    const situation = { known: ['sales/old.html', 'sales/my/logo.png'], there: ['old.html', 'my/logo.png'] }
    expect(deletions({ ...situation, given: { protectCloudApp: ['/my/'] } }).cloudApp).toEqual(['sales/old.html'])
  })

  test('goes what the released version had, and no longer has', () => {
    const situation = { known: ['sales/1.05/a.zip', 'sales/1.05/b.zip'], there: ['1.05/a.zip', '1.05/b.zip'] }
    expect(deletions({ ...situation, built: ['1.05/a.zip', 'index.html'] }).cloudApp).toEqual(['sales/1.05/b.zip'])
  })

  test('stays a pointer that has another name in the build', () => {
    const { made, site, given } = parts({})
    const there = live('1.04', {
      tree: treeOf({ 'AppRun.json': 10, 'DeployList.ini.zip': 10 }),
      appRun: appRun(urlA, { name: 'AppRun.json' }),
      versionList: versionList('1.04', '1.04', 'DeployList.ini.zip')
    })
    const known = {
      app: knownFiles(['sales/AppRun.json', 'sales/DeployList.ini.zip']),
      webApi: new Map<string, never>()
    }
    const targets = { cloudApp: 'sales', webApi: undefined }
    expect(planDeletions(made, { ...site, live: there }, given, targets, known).cloudApp).toEqual([])
  })

  test('of which nothing is known nothing goes', () => {
    const { made, given } = parts({})
    expect(planDeletions(made, emptySite, given, { cloudApp: 'sales', webApi: 'api_b' }, nothingKnown)).toEqual({
      cloudApp: [],
      webApi: [],
      versions: []
    })
  })
})

describe('of Web API B', () => {
  test('stays what somebody has edited since, and what is left out of the build on purpose', () => {
    const names = ['edited.json', 'appsettings.Production.json']
    const given = { build: { ...settings().build, exclude: ['appsettings.*'] } }
    const knownWebApi = names.map(name => `api_b/${name}`)
    expect(deletions({ knownWebApi, thereWebApi: names, given }).webApi).toEqual([])
    expect(deletions({ knownWebApi, thereWebApi: names }).webApi).toEqual(['api_b/appsettings.Production.json'])
  })

  test('goes what the action put there, is still there, and the build no longer has', () => {
    expect(
      deletions({
        knownWebApi: ['api_b/ServerAPIs.dll', 'api_b/old.dll', 'api_b/de/old.dll', 'api_b/gone.dll', 'api_a/old.dll'],
        thereWebApi: ['ServerAPIs.dll', 'old.dll', 'de/old.dll', 'by-hand.dll']
      }).webApi
    ).toEqual(['api_b/old.dll', 'api_b/de/old.dll'])
  })

  test('stays what is protected', () => {
    const situation = {
      knownWebApi: ['api_b/UserConfig.json', 'api_b/old.dll'],
      thereWebApi: ['UserConfig.json', 'old.dll']
    }
    expect(deletions({ ...situation, given: { protect: ['UserConfig.json'] } }).webApi).toEqual(['api_b/old.dll'])
  })

  test('is not what is known of the other site', () => {
    expect(deletions({ known: ['api_b/old.dll'], thereWebApi: ['old.dll'] }).webApi).toEqual([])
  })

  test('goes nothing where the build has none', () => {
    const { made, site, given } = parts({ thereWebApi: ['old.dll'] })
    const targets = { cloudApp: 'sales', webApi: undefined }
    const known = { ...nothingKnown, webApi: knownFiles(['api_b/old.dll']) }
    expect(planDeletions({ ...made, webApi: undefined }, site, given, targets, known).webApi).toEqual([])
  })
})

describe('versions', () => {
  const versions = ['1.01', '1.02', '1.03', '1.04']
  const known = versions.flatMap(version => [`sales/${version}/a.zip`, `sales/${version}/b/c.zip`])
  const gone = (keepVersions: number, more: Situation = {}): string[] =>
    deletions({ known, versions, ...more, given: { keepVersions } }).versions.map(({ version }) => version)

  test.each([
    [0, []],
    [1, ['1.03', '1.02', '1.01']],
    [2, ['1.03', '1.02', '1.01']],
    [3, ['1.02', '1.01']],
    [4, ['1.01']],
    [5, []],
    [999, []]
  ])('with keep-versions %d go %j: the released one and the one before it stay always', (keep, expected) => {
    expect(gone(keep)).toEqual(expected)
  })

  test('are ordered part by part, as numbers', () => {
    const odd = ['1.2', '1.10', '1.9']
    const files = odd.map(version => `sales/${version}/a.zip`)
    expect(gone(1, { versions: odd, known: files })).toEqual(['1.9', '1.2'])
  })

  test('go with all files that the action put there, and with no other', () => {
    const { versions: pruned } = deletions({
      known: ['sales/1.01/a.zip', 'sales/1.01/b/c.zip', 'sales/1.011/x.zip', 'other/1.01/a.zip'],
      versions: ['1.01'],
      given: { keepVersions: 1 }
    })
    expect(pruned).toEqual([{ version: '1.01', files: ['sales/1.01/a.zip', 'sales/1.01/b/c.zip'] }])
  })

  test('that somebody else put there stay', () => {
    expect(gone(1, { known: ['sales/1.02/a.zip'] })).toEqual(['1.02'])
  })

  test('that go are no longer in the version list, and those that stay are', () => {
    const { made, site, given } = parts({ versions: ['1.03', '1.04'], given: { keepVersions: 2 } })
    const list = [versionList('1.04'), versionList('1.03')].map(({ bytes }) => bytes.toString())
    const there = { ...site, live: { ...site.live, versions: ['1.03', '1.04'] } }
    const plan = makePlan(made, there, given, { ...nothingKnown, app: knownFiles(['sales/1.03/a.zip']) }, new Date())
    expect(list).toHaveLength(2)
    expect(plan.deletions.versions.map(({ version }) => version)).toEqual(['1.03'])
    const sent = filesOf(plan).find(({ path }) => path.endsWith('deploylist.ini.zip'))
    const text = sent && 'bytes' in sent.content ? sent.content.bytes.toString() : ''
    expect(text).toContain('[1.04]')
    expect(text).not.toContain('[1.03]')
  })
})

describe('a plan that would delete too much is refused', () => {
  const all = numbered('f', 20)
  const inApp = all.map(path => `sales/${path}`)
  const inApi = all.map(path => `api_b/${path}`)
  const other = numbered('g', 20)

  test('when most of the cloud app would go, and the build is as large as before', async () => {
    const error = await deployErrorOf(() => deletions({ known: inApp, there: all, built: other }))
    expect(error.reasonCode).toBe('deletes-too-much')
    expect(error.message).toBe(
      '20 of the 20 files that the action knows in the cloud app are not in the build, which has 20 files: "f0", "f1", "f2" …'
    )
  })

  test('when most of Web API B would go, and the build is as large as before', async () => {
    const error = await deployErrorOf(() => deletions({ knownWebApi: inApi, thereWebApi: all, builtWebApi: other }))
    expect(error.message).toContain('in Web API B')
  })

  test.each([
    ['half of it goes', all.slice(0, 10).concat(other.slice(0, 10)), 10],
    ['the build has shrunk likewise', all.slice(0, 2), 18],
    ['the build has shrunk by half of what goes', all.slice(0, 2).concat(other.slice(0, 9)), 18]
  ])('not when %s', (_, built, count) => {
    expect(deletions({ known: inApp, there: all, built }).cloudApp).toHaveLength(count)
    expect(deletions({ knownWebApi: inApi, thereWebApi: all, builtWebApi: built }).webApi).toHaveLength(count)
  })

  test('when the build has shrunk by less', async () => {
    const built = all.slice(0, 2).concat(other.slice(0, 10))
    const error = await deployErrorOf(() => deletions({ known: inApp, there: all, built }))
    expect(error.reasonCode).toBe('deletes-too-much')
  })

  test('not when there are fewer than ten', () => {
    const few = all.slice(0, 9)
    expect(deletions({ known: few.map(path => `sales/${path}`), there: few, built: other }).cloudApp).toHaveLength(9)
  })

  test('not because of a version folder that is new to the site', () => {
    const built = [...numbered('1.05/x', 100), ...all.slice(0, 2)]
    expect(deletions({ known: inApp, there: all, built }).cloudApp).toHaveLength(18)
  })

  test('also when the folders of versions are large', async () => {
    const versions = numbered('sales/1.04/x', 500)
    const error = await deployErrorOf(() => deletions({ known: [...inApp, ...versions], there: all, built: other }))
    expect(error.reasonCode).toBe('deletes-too-much')
  })
})

test('whatever is known and there: only what is known, in its folder, and not in the build', () => {
  const name = fc.constantFrom('a.js', 'b.js', 'index.html', 'apprun.json', '1.04/x', '1.05/x', '1.03/x', 'js/a.js')
  const paths = fc.uniqueArray(fc.tuple(fc.constantFrom('sales/', 'api_b/', 'api_a/', 'Pub/', ''), name))
  fc.assert(
    fc.property(paths, fc.uniqueArray(name), fc.uniqueArray(name), fc.nat({ max: 3 }), (known, there, built, keep) => {
      const all = known.map(([folder, file]) => folder + file)
      const versions = ['1.03', '1.04', '1.05']
      const made = deletions({
        known: all,
        knownWebApi: all,
        there,
        thereWebApi: there,
        built,
        builtWebApi: built,
        versions,
        given: { keepVersions: keep }
      })
      const pruned = made.versions.flatMap(({ files }) => files)
      for (const path of [...made.cloudApp, ...made.webApi, ...pruned]) expect(all).toContain(path)
      for (const path of made.cloudApp) {
        expect(path).toMatch(/^sales\/(?!1\.0[34]\/)/)
        expect(built).not.toContain(path.slice('sales/'.length))
        expect(path).not.toBe('sales/apprun.json')
      }
      for (const path of made.webApi) expect(path).toMatch(/^api_b\//)
      for (const path of pruned) expect(path).toMatch(/^sales\/1\.03\//)
    })
  )
})
