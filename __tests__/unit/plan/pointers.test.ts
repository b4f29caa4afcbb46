import { describe, expect, test } from '@jest/globals'
import type { CloudApp } from '../../../src/build/cloud-app'
import type { Strategy } from '../../../src/inputs/settings'
import { newPointers, orderWarnings, type NewPointers } from '../../../src/plan/pointers'
import type { LiveRelease } from '../../../src/site/live'
import { deployErrorOf } from '../deploy-error'
import { appRun, cloudApp, live, nothingLive, opaqueList, urlB, versionList } from './samples'

const now = new Date(2026, 5, 1, 12, 0, 0)

function pointers(
  app: CloudApp,
  site: LiveRelease,
  strategy: Strategy = 'versioning',
  staying = site.versions
): NewPointers {
  return newPointers({ cloudApp: app, isUrlBuiltIn: false }, site, urlB, strategy, new Set(staying), now)
}

function appRunOf(made: NewPointers): NonNullable<NewPointers['appRun']> {
  if (!made.appRun) throw new Error('There is no apprun.json.')
  return made.appRun
}

describe('apprun.json', () => {
  test('is that of the build, with the URL of Web API B', () => {
    const { warnings, ...rest } = pointers(cloudApp(), live())
    const made = appRunOf({ warnings, ...rest })
    expect(made.name).toBe('apprun.json')
    expect(made.bytes.toString()).toBe(appRun(urlB).bytes.toString())
    expect([made.launcher, made.runtime]).toEqual(['Pub/Launcher', 'Pub/runtime/1.0'])
    expect(warnings).toEqual([])
  })

  test('is published under the name that the site has', () => {
    const site = live('1.04', { appRun: appRun(undefined, { name: 'AppRun.json' }) })
    expect(appRunOf(pointers(cloudApp(), site)).name).toBe('AppRun.json')
  })

  test('is published under the name of the build on a first release', () => {
    const app = cloudApp('1.05', { appRun: appRun(undefined, { name: 'AppRun.json' }) })
    expect(appRunOf(pointers(app, nothingLive)).name).toBe('AppRun.json')
  })

  test('is the live one where the build has none, with a warning', () => {
    const site = live('1.04', { appRun: appRun(undefined, { launcher: 'Pub/Old' }) })
    const { warnings, ...rest } = pointers(cloudApp('1.05', { appRun: undefined }), site)
    const made = appRunOf({ warnings, ...rest })
    expect(made.bytes.toString()).toBe(appRun(urlB, { launcher: 'Pub/Old' }).bytes.toString())
    expect(made.launcher).toBe('Pub/Old')
    expect(warnings).toEqual([expect.stringContaining('The build has no apprun.json')])
  })

  test('that neither build nor site has is an error', async () => {
    const error = await deployErrorOf(() => pointers(cloudApp('1.05', { appRun: undefined }), nothingLive))
    expect(error.reasonCode).toBe('apprun-missing')
    expect(error.advice).toContain('Apprun.Json')
  })

  test('that loses keys of the live one is worth a warning, which names them', () => {
    const site = live('1.04', { appRun: appRun(undefined, { by_hand: 'x', shortcut: 'y' }) })
    expect(pointers(cloudApp(), site).warnings).toEqual([
      expect.stringContaining('deployment_urls.by_hand, deployment_urls.shortcut')
    ])
  })
})

describe('the version list', () => {
  test('of a first release is that of the build', () => {
    const app = cloudApp()
    expect(pointers(app, nothingLive).versionList).toEqual({
      name: 'deploylist.ini.zip',
      bytes: app.versionList?.bytes
    })
  })

  test('keeps the versions that are on the site, under the name that the site has', () => {
    const site = live('1.04', { versionList: versionList('1.04', '1.04', 'DeployList.ini.zip') })
    const { versionList: made } = pointers(cloudApp(), site)
    expect(made?.name).toBe('DeployList.ini.zip')
    expect(made?.bytes.toString().match(/^\[.*\]|^Minimum.*/gm)).toEqual([
      '[Public]',
      'MinimumValidVersion=1.05',
      '[1.04]',
      '[1.05]'
    ])
  })

  test('drops a version whose folder is gone', () => {
    const made = pointers(cloudApp(), live('1.04', { versions: ['1.03'] })).versionList
    expect(made?.bytes.toString()).not.toContain('[1.04]')
  })

  test('of the build that is not the known text is published as it is, with a warning', () => {
    const list = opaqueList('secret')
    const { versionList: made, warnings } = pointers(cloudApp('1.05', { versionList: list }), live())
    expect(made).toEqual({ name: 'deploylist.ini.zip', bytes: list.bytes })
    expect(warnings).toEqual([expect.stringContaining('published as it is')])
  })

  test('of the site that is not the known text cannot be kept, with a warning', () => {
    const { versionList: made, warnings } = pointers(cloudApp(), live('1.04', { versionList: opaqueList() }))
    expect(made?.bytes).toEqual(cloudApp().versionList?.bytes)
    expect(warnings).toEqual([expect.stringContaining('older versions in it could not be kept')])
  })

  test('that only the site has hides a new version, so versioning refuses', async () => {
    const error = await deployErrorOf(() => pointers(cloudApp('1.05', { versionList: undefined }), live()))
    expect(error.reasonCode).toBe('version-list-missing')
  })

  test('that only the site has stays as it is in a replacement', () => {
    const made = pointers(cloudApp('1.04', { versionList: undefined }), live(), 'replacement')
    expect([made.versionList, made.warnings]).toEqual([undefined, []])
  })

  test('that nobody has is none, with a warning', () => {
    const made = pointers(cloudApp('1.05', { versionList: undefined }), live('1.04', { versionList: undefined }))
    expect(made.versionList).toBeUndefined()
    expect(made.warnings).toEqual([expect.stringContaining('Neither build nor site has a deploylist.ini.zip')])
  })

  test.each([
    ['2026-06-01 12:00:01', true],
    ['2026-06-01T18:00:00', true],
    ['2026-06-01 11:59:59', false],
    ['2020-01-01 00:00:00', false],
    ['at noon', false]
  ])('whose version is offered from %s on is worth a warning at noon: %s', (time, isWarned) => {
    const bytes = Buffer.from(`[Public]\nMinimumValidVersion=1.05\n[1.05]\nOnlineTime=${time}\n`)
    const list = versionList('1.05')
    const parsed = list.parsed && {
      ...list.parsed,
      sections: list.parsed.sections.map(section => ({ ...section, onlineTime: time }))
    }
    const { warnings } = pointers(cloudApp('1.05', { versionList: { ...list, bytes, parsed } }), nothingLive)
    expect(warnings).toEqual(isWarned ? [expect.stringContaining(time)] : [])
  })
})

describe('an order that PowerServer may see otherwise', () => {
  test.each([
    ['1.06', '1.05'],
    ['1.10', '1.09'],
    ['1.05', undefined],
    ['1.05', '1.05'],
    ['1.2.4', '1.2.3']
  ])('is none for %s after %s', (version, before) => {
    expect(orderWarnings(version, before)).toEqual([])
  })

  test('is worth a warning for 1.10 after 1.9', () => {
    expect(orderWarnings('1.10', '1.9')).toEqual([expect.stringContaining('1.10 is newer than 1.9 part by part')])
  })

  test('is told the right way round for 1.9, which is put in again while 1.10 is there', () => {
    expect(orderWarnings('1.9', '1.10').join()).not.toContain('1.9 is newer than 1.10 part by part')
  })
})
