import { describe, expect, test } from '@jest/globals'
import type { BuildFile } from '../../../src/build/build-file'
import type { CloudApp } from '../../../src/build/cloud-app'
import { parseStatedTime } from '../../../src/build/stated-time'
import type { Settings } from '../../../src/inputs/settings'
import { checkBuildFile } from '../../../src/plan/check-build-file'
import { checkBuiltInUrl } from '../../../src/plan/check-built-in-url'
import { settings } from '../../support/settings'
import { deployErrorOf } from '../deploy-error'
import { build, cloudApp, opaqueList, urlA, urlB } from './samples'

const now = new Date('2026-06-01T12:00:00Z')

const fitting: BuildFile = {
  deploymentVersion: '1.05',
  minimum: '1.05',
  availableTime: parseStatedTime('2026-05-01 00:00:00'),
  expirationTime: parseStatedTime('2036-05-01 00:00:00'),
  downloadOption: 'as-needed',
  webApiUrl: urlA,
  isAppRunIncluded: true,
  isUrlBuiltIn: false,
  isNamedAlike: true
}

interface Situation {
  readonly app?: Partial<CloudApp>
  readonly given?: Partial<Settings>
}

function check(file: Partial<BuildFile>, { app = {}, given = {} }: Situation = {}): string[] {
  return checkBuildFile(
    { ...fitting, ...file },
    build({ cloudApp: cloudApp('1.05', app) }),
    settings({ webApiUrl: urlB, ...given }),
    now
  )
}

function minimumInput(minimumCompatibleVersion: string): Partial<Settings> {
  return { build: { ...settings().build, minimumCompatibleVersion } }
}

test('a build that fits is worth no word, though its Web API URL is another: that is patched', () => {
  expect(check({})).toEqual([])
})

describe('versions', () => {
  test('of another build are refused', async () => {
    const error = await deployErrorOf(() => check({ deploymentVersion: '1.04' }))
    expect(error.reasonCode).toBe('build-file-mismatch')
    expect(error.message).toContain('in build-file is 1.04, and that of the build to be released is 1.05')
  })

  test('that only count the same are of another build too: folders are named by them', async () => {
    expect((await deployErrorOf(() => check({ deploymentVersion: '1.5' }))).reasonCode).toBe('build-file-mismatch')
  })

  test('a minimum that the version list does not have is of another build', async () => {
    const error = await deployErrorOf(() => check({ minimum: '1.03' }))
    expect(error.reasonCode).toBe('build-file-mismatch')
    expect(error.message).toContain('1.03')
  })

  test.each([[undefined], [opaqueList()]])(
    'a minimum that was not asked for is refused where no version list tells it',
    async versionList => {
      const error = await deployErrorOf(() => check({ minimum: '1.03' }, { app: { versionList } }))
      expect(error.reasonCode).toBe('minimum-mismatch')
      expect(error.message).toContain('in build-file is 1.03, and 1.05 was asked for')
    }
  )

  test('a minimum that was asked for is right', () => {
    expect(check({ minimum: '1.03' }, { given: minimumInput('1.03') })).toEqual([])
  })
})

describe('the available time', () => {
  test.each(['2026-06-02 03:00:00', '2027-01-01', '2026-06-01T12:00:01Z'])(
    '%s is still to come, wherever the clock stands',
    async text => {
      const error = await deployErrorOf(() => check({ availableTime: parseStatedTime(text) }))
      expect(error.reasonCode).toBe('version-not-available')
      expect(error.message).toContain(`1.05 is available from ${text} on`)
    }
  )

  test.each(['2026-06-02 01:00:00', '2026-06-01 12:00:00', '2026-06-01 01:00:00'])(
    '%s is to come on some clocks, which is a warning',
    text => {
      expect(check({ availableTime: parseStatedTime(text) })).toEqual([expect.stringContaining(`from ${text} on`)])
    }
  )

  test.each(['2026-05-31 23:59:00', '2026-06-01T12:00:00Z', '2021-01-01'])('%s has passed on all clocks', text => {
    expect(check({ availableTime: parseStatedTime(text) })).toEqual([])
  })
})

describe('the expiration time', () => {
  test.each(['2026-05-31 23:00:00', '2026-06-01T12:00:00Z', '2020-01-01'])(
    '%s has passed on all clocks',
    async text => {
      const error = await deployErrorOf(() => check({ expirationTime: parseStatedTime(text) }))
      expect(error.reasonCode).toBe('version-expired')
      expect(error.message).toContain(`expired on ${text}`)
    }
  )

  test.each([
    ['2026-06-01 12:00:00', 'may have expired already'],
    ['2026-06-20 00:00:00', 'expires soon'],
    ['2026-07-01 12:00:00', 'expires soon']
  ])('%s is a warning: it %s', (text, words) => {
    const warnings = check({ expirationTime: parseStatedTime(text) })
    expect(warnings).toEqual([expect.stringContaining(words)])
    expect(warnings[0]).toContain(text)
  })

  test('a month ahead and more is fine', () => {
    expect(check({ expirationTime: parseStatedTime('2026-07-02 03:00:00') })).toEqual([])
  })
})

describe('the download option', () => {
  test('as necessary is refused for a replacement', async () => {
    const error = await deployErrorOf(() => check({}, { given: { strategy: 'replacement' } }))
    expect(error.reasonCode).toBe('download-option-wrong')
    expect(error.advice).toContain('strategy: versioning')
  })

  test.each(['at-startup', undefined] as const)('%s lets a replacement pass', downloadOption => {
    expect(check({ downloadOption }, { given: { strategy: 'replacement' } })).toEqual([])
  })
})

describe('apprun.json', () => {
  test('that is missing although it is included is worth a word, and so is the URL that nothing patches', () => {
    expect(check({}, { app: { appRun: undefined } })).toEqual([
      expect.stringContaining('is included, says build-file, and the build has none'),
      expect.stringMatching(new RegExp(`is ${urlA}, and web-api-url is ${urlB}.*no apprun.json to patch`))
    ])
  })

  test('that is not included and missing needs a word on the URL only', () => {
    const left = check({ isAppRunIncluded: false }, { app: { appRun: undefined } })
    expect(left).toEqual([expect.stringContaining('no apprun.json to patch')])
    expect(check({ isAppRunIncluded: false, webApiUrl: urlB }, { app: { appRun: undefined } })).toEqual([])
  })

  test('that is there although it is not included is worth a word', () => {
    expect(check({ isAppRunIncluded: false })).toEqual([expect.stringContaining('is it from another build?')])
  })

  test('in a build of 2022 R2 does not go with a build file of 2022', async () => {
    const error = await deployErrorOf(() => check({ isUrlBuiltIn: true }))
    expect(error.reasonCode).toBe('build-file-mismatch')
    expect(error.message).toContain('2021 or 2022')
  })
})

test('what the file does not say is named once', () => {
  const nothing = { minimum: undefined, availableTime: undefined, expirationTime: undefined, webApiUrl: undefined }
  expect(check({ ...nothing, isAppRunIncluded: undefined, downloadOption: undefined })).toEqual([
    'build-file does not say the minimum compatible version, the available time, the expiration time in a form that is known, so that is not checked.'
  ])
})

describe('a URL that is built in', () => {
  const old = build({ cloudApp: cloudApp('1.05', { appRun: undefined }), isUrlBuiltIn: true })
  const file = { ...fitting, webApiUrl: urlB, isUrlBuiltIn: true }

  test.each([urlB, urlB.slice(0, -1), urlB.replace('b.example.com', 'B.Example.com:443')])(
    'and is that of Web API B, written %s, can be released',
    webApiUrl => {
      expect(() => {
        checkBuiltInUrl(old, { ...file, webApiUrl }, settings({ webApiUrl: urlB }))
      }).not.toThrow()
    }
  )

  test.each<[string, BuildFile | undefined, Partial<Settings>, string]>([
    ['no build file tells', undefined, {}, 'only build-file could say'],
    ['the build file does not tell', { ...file, webApiUrl: undefined }, {}, 'build-file does not say'],
    ['is another', { ...file, webApiUrl: urlA }, {}, `By build-file it is ${urlA}, and web-api-url is ${urlB}`],
    ['would be replaced', file, { strategy: 'replacement' }, 'while they work']
  ])('and %s is refused', async (_, of, given, words) => {
    const error = await deployErrorOf(() => {
      checkBuiltInUrl(old, of, settings({ webApiUrl: urlB, ...given }))
    })
    expect(error.reasonCode).toBe('web-api-url-built-in')
    expect(error.message).toContain(words)
    expect(error.advice).toContain(`CustomizeDeploy.dll -url=${urlB}`)
  })

  test.each([[undefined], [opaqueList()]])('needs a version list that is known', async versionList => {
    const blind = { ...old, cloudApp: { ...old.cloudApp, versionList } }
    const error = await deployErrorOf(() => {
      checkBuiltInUrl(blind, file, settings({ webApiUrl: urlB }))
    })
    expect(error.message).toContain('deploylist.ini.zip')
  })

  test('is not compared in a plan that knows no web-api-url', () => {
    expect(() => {
      checkBuiltInUrl(old, undefined, settings({ webApiUrl: '' }))
    }).not.toThrow()
  })
})
