import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runAction, type Run } from '../../scripts/as-runner.mjs'
import {
  buildFiles,
  buildFileText,
  inDays,
  secretsOf,
  type BuildFileChanges,
  type BuildFileName
} from '../support/build-files'
import { expectSuccess } from '../support/expect-success'
import { loginInputs, seed, snapshot, startHosting, withoutState, type Hosting } from '../support/hosting'
import { startIisFtpServer } from '../support/iis-ftp-server'
import type { SamplePackage } from '../support/sample-package'
import { startSftpServer } from '../support/sftp-server'

/** What a build file lets pass, and what it stops before anything is read or written on the site. */
let hosting: Hosting
let build: SamplePackage
/** The same with the version that is live. */
let again: SamplePackage

jest.setTimeout(120_000)

beforeAll(async () => {
  hosting = await startHosting(await startSftpServer())
  const live = await hosting.build('live', { version: '1.05', build: 'live' })
  build = await hosting.build('next', { version: '1.06', build: 'next' })
  again = await hosting.build('again', { version: '1.05', build: 'again' })
  await seed(hosting, live)
})

afterAll(async () => {
  await hosting[Symbol.asyncDispose]()
})

/** What fits the build, all of it long since and far ahead. */
const fitting: BuildFileChanges = {
  version: '1.06',
  minimum: '1.06',
  available: inDays(-30),
  expiration: inDays(3650),
  download: 1,
  appRun: true
}

async function fileOf(name: BuildFileName, changes: BuildFileChanges, as: BufferEncoding = 'utf16le'): Promise<string> {
  const path = join(hosting.workshop, name)
  await writeFile(path, Buffer.from(`\ufeff${buildFileText(name, { ...fitting, ...changes })}`, as))
  return path
}

function everything(run: Run): string {
  const { log, summary, outputs, state } = run
  return [log, summary, JSON.stringify(outputs), JSON.stringify(state)].join('\n')
}

/** Nothing that stands in the file is said, but for the values that may be. */
async function expectSilence(run: Run, path: string, changes: BuildFileChanges): Promise<void> {
  const text = (await readFile(path)).toString('utf16le')
  const shown = Object.values({ ...fitting, ...changes }).map(String)
  const secrets = secretsOf(text, [...shown, 'http://localhost:5000/', 'http://localhost:5096/', ...usual])
  const said = everything(run)
  expect(secrets.filter(secret => secret.startsWith('Planted')).length).toBeGreaterThan(5)
  expect(secrets.filter(secret => said.includes(secret))).toEqual([])
}

/** What other parts of a report say too: the names of app and runtime. */
const usual = [
  'salesdemo_cloud',
  '25.1.0.6430',
  'CloudAppPublisher/CloudAppInstall V3',
  'CloudAppPublisher/runtime/25.1.0.6430'
]

interface Refusal {
  readonly reasonCode: string
  readonly changes: BuildFileChanges
  readonly says: readonly string[]
  readonly strategy?: 'replacement'
}

const refusals: readonly (readonly [string, Refusal])[] = [
  [
    'another version',
    { reasonCode: 'build-file-mismatch', changes: { version: '1.07' }, says: ['in build-file is 1.07', 'is 1.06'] }
  ],
  [
    'another minimum',
    { reasonCode: 'build-file-mismatch', changes: { minimum: '1.01' }, says: ['in build-file is 1.01', 'is 1.06'] }
  ],
  [
    'an available time that is to come',
    {
      reasonCode: 'version-not-available',
      changes: { available: '2999-01-01T00:00:00' },
      says: ['available from 2999-01-01T00:00:00', 'Available time']
    }
  ],
  [
    'an expiration time that has passed',
    {
      reasonCode: 'version-expired',
      changes: { expiration: '2020-01-01 00:00:00' },
      says: ['2020-01-01 00:00:00', 'Expiration time']
    }
  ],
  [
    'the wrong download option for a replacement',
    {
      reasonCode: 'download-option-wrong',
      changes: { version: '1.05', minimum: '1.05', download: 0 },
      says: ['as necessary', 'Client App Download'],
      strategy: 'replacement'
    }
  ],
  [
    'a version that is none',
    {
      reasonCode: 'build-file-invalid',
      changes: { version: 'Planted-c0ffee' },
      says: ['no deployment version such as 1.06']
    }
  ]
]

describe('is refused, before anything is read or written on the site,', () => {
  const expectRefusal = async (
    inputs: Record<string, string>,
    reasonCode: string,
    says: readonly string[]
  ): Promise<Run> => {
    const [before, calls] = [await snapshot(hosting.server.root), (await hosting.server.commands()).length]
    const run = await runAction(inputs, { env: { RUNNER_DEBUG: '1' } })
    expect([run.exitCode, run.outputs['reason-code'], run.outputs.status]).toEqual([1, reasonCode, 'failed'])
    const error = decodeURIComponent(run.log.split('\n').find(line => line.startsWith('::error ')) ?? '')
    for (const words of says) expect(error).toContain(words)
    // The way to the site is opened meanwhile, as far as its root.
    const asked = (await hosting.server.commands()).slice(calls)
    expect(asked.filter(line => !/^(SESSION|CONNECT|LOGIN|AUTH|STAT \/$|CLOSED?|END)/i.test(line))).toEqual([])
    expect(await snapshot(hosting.server.root)).toEqual(before)
    return run
  }

  test.each(refusals)('%s', async (_, { reasonCode, changes, says, strategy }) => {
    const path = await fileOf('2025R2.json', changes)
    const inputs = hosting.inputs(strategy ? again : build, 'b', { 'build-file': path, ...(strategy && { strategy }) })
    const run = await expectRefusal(inputs, reasonCode, says)
    await expectSilence(run, path, changes)
    expect(everything(run)).not.toContain('c0ffee')
  })

  test('a file that is missing', async () => {
    const path = join(hosting.workshop, 'no.json')
    await expectRefusal(hosting.inputs(build, 'b', { 'build-file': path }), 'build-not-found', [
      'build-file is',
      'no.json'
    ])
  })

  test('a file that is cut off, with line and column and not one word of it', async () => {
    const path = join(hosting.workshop, 'cut.json')
    const text = buildFileText('2025.json', fitting)
    await writeFile(path, text.slice(0, text.indexOf('c0ffee') + 4))
    const run = await expectRefusal(hosting.inputs(build, 'b', { 'build-file': path }), 'build-file-invalid', [
      'at line '
    ])
    expect(everything(run)).not.toMatch(/Planted|c0ff/)
  })

  test('a file of two other apps', async () => {
    const path = join(hosting.workshop, 'two.srj')
    await writeFile(path, ['one', 'two'].map(app => buildFileText('2022R3.srj', { ...fitting, app })).join(''))
    await expectRefusal(hosting.inputs(build, 'b', { 'build-file': path }), 'build-file-ambiguous', [
      '2 PowerServer projects',
      'none of them has the app name "salesdemo_cloud"'
    ])
  })
})

describe('is taken', () => {
  test.each(buildFiles.filter(name => !/^202[12]\./.test(name)))(
    'the file of %s, and its values and nothing else are said',
    async name => {
      const changes = { available: inDays(-400) }
      const path = await fileOf(name, changes)
      const run = await runAction(hosting.inputs(build, 'b', { 'build-file': path, 'dry-run': 'true' }), {
        env: { RUNNER_DEBUG: '1' }
      })
      expectSuccess(run)
      expect(run.outputs.status).toBe('planned')
      const line = run.log.split('\n').find(text => text.startsWith('Build file: ')) ?? ''
      expect(line).toContain(`version 1.06, minimum 1.06, available from ${changes.available}, expires `)
      expect(line).toMatch(/Web API URL http:\/\/localhost:\d+\/?, Apprun\.Json included$/)
      expect(run.log).not.toMatch(/^::warning.*build-file/m)
      await expectSilence(run, path, changes)
    }
  )

  test('with a warning for a version that expires soon', async () => {
    const path = await fileOf('2025R2.json', { expiration: inDays(10) })
    const run = await runAction(hosting.inputs(build, 'b', { 'build-file': path, 'dry-run': 'true' }))
    expectSuccess(run)
    expect(run.log).toContain('::warning::Version 1.06 expires soon')
  })

  test('for a replacement that downloads all at startup', async () => {
    const path = await fileOf('2025R2.json', { version: '1.05', minimum: '1.05' })
    const inputs = hosting.inputs(again, 'b', { 'build-file': path, strategy: 'replacement', 'dry-run': 'true' })
    const run = await runAction(inputs)
    expectSuccess(run)
    expect(run.log).toContain('download all at startup')
    expect(run.log).not.toContain('it was not checked')
  })

  test.each([
    ['without a build file', {}],
    ['of a project object, which does not say it', { 'build-file': '2022R3.srj' }]
  ])('a replacement %s, with one word on what was not checked', async (_, more: Record<string, string>) => {
    if (more['build-file']) more['build-file'] = await fileOf('2022R3.srj', { version: '1.05', minimum: '1.05' })
    const run = await runAction(hosting.inputs(again, 'b', { ...more, strategy: 'replacement', 'dry-run': 'true' }))
    expectSuccess(run)
    expect(run.log.split('it was not checked that the app downloads all its files at startup').length).toBe(2)
    expect(run.log).not.toMatch(/^::warning.*it was not checked/m)
  })

  test('by a release, and nothing of it is left on the site', async () => {
    const path = await fileOf('2025R2.json', {})
    const run = await runAction(hosting.inputs(build, 'b', { 'build-file': path }))
    expectSuccess(run)
    expect(run.outputs).toMatchObject({ status: 'deployed', version: '1.06', 'web-api-url': hosting.b.apiUrl })
    const all = [...(await snapshot(hosting.server.root)).values()].map(text => Buffer.from(text, 'base64').toString())
    expect(all.filter(text => text.includes('Planted'))).toEqual([])
  })
})

/** Apps of PowerServer 2021 and 2022: the Web API URL is in the version, and the version list is the only pointer. */
describe.each([
  ['SFTP', () => startSftpServer()],
  ['FTP of IIS', () => startIisFtpServer()]
])('an app without apprun.json, over %s', (_, start) => {
  let old: Hosting
  const runtime = (name: string): string =>
    `<?xml version="1.0" encoding="utf-8" ?>\n<Application>\n    <RuntimePath>C:\\Appeon\\Runtime ${name}</RuntimePath>\n</Application>\n`
  const builds = new Map<string, SamplePackage>()

  const built = async (version: string, side: 'a' | 'b', text = version): Promise<SamplePackage> => {
    const made = await old.build(text, { version, build: text, without: ['apprun'] })
    // What the app knows of its Web APIs is in here, and cannot be read.
    await writeFile(join(made.cloudApp, version, 'appconfig.json.zip'), `built for ${side}`)
    await writeFile(join(made.cloudApp, version, 'salesdemo.xml.zip'), runtime('22.0.0.1878'))
    builds.set(text, made)
    return made
  }
  const inputs = async (
    made: SamplePackage,
    side: 'a' | 'b',
    more: Record<string, string> = {}
  ): Promise<Record<string, string>> => {
    const path = join(old.workshop, '2022.json')
    const changes = { ...fitting, version: made.version, minimum: made.version, url: old[side].apiUrl }
    await writeFile(path, buildFileText('2022.json', changes))
    return old.inputs(made, side, { 'build-file': path, ...more })
  }

  beforeAll(async () => {
    old = await startHosting(await start())
  })
  afterAll(async () => {
    await old[Symbol.asyncDispose]()
  })

  test('is recognised, and refused where its URL is not known or is another', async () => {
    const made = await built('1.05', 'a')
    const before = await snapshot(old.server.root)
    const unknown = await runAction(old.inputs(made, 'a'))
    const other = await runAction({ ...(await inputs(made, 'b')), ...old.inputs(made, 'a') })
    for (const run of [unknown, other]) {
      expect([run.exitCode, run.outputs['reason-code']]).toEqual([1, 'web-api-url-built-in'])
      expect(run.summary).toContain(`CustomizeDeploy.dll -url=${old.a.apiUrl}`)
    }
    expect(unknown.summary).toContain('only build-file could say')
    expect(other.summary).toContain(`By build-file it is ${old.b.apiUrl}, and web-api-url is ${old.a.apiUrl}`)
    expect(await snapshot(old.server.root)).toEqual(before)
  })

  test('is released, updated, and put back by the version list alone', async () => {
    const one = builds.get('1.05') ?? (await built('1.05', 'a'))
    const first = await runAction(await inputs(one, 'a'))
    expectSuccess(first)
    expect(first.outputs).toMatchObject({ status: 'deployed', version: '1.05', 'web-api-url': old.a.apiUrl })

    const two = await built('1.06', 'b')
    const second = await runAction(await inputs(two, 'b'))
    expectSuccess(second)
    expect(second.outputs).toMatchObject({
      status: 'deployed',
      'previous-version': '1.05',
      'web-api-url': old.b.apiUrl,
      'previous-web-api-url': old.a.apiUrl
    })
    expect(second.log).toContain(`${old.appUrl}deploylist.ini.zip offers 1.06`)
    expect(second.summary).not.toContain('apprun.json')
    const site = await snapshot(old.server.root)
    expect([...site.keys()].filter(path => /apprun/i.test(path))).toEqual([])
    expect(await readFile(join(old.server.root, 'salesdemo_cloud/1.06/appconfig.json.zip'), 'utf8')).toBe('built for b')
    expect(await readFile(join(old.server.root, 'salesdemo_cloud/1.05/appconfig.json.zip'), 'utf8')).toBe('built for a')

    const again = await runAction(await inputs(two, 'b'))
    expectSuccess(again)
    expect(again.outputs).toMatchObject({ status: 'unchanged', 'reason-code': 'already-live' })

    const three = await built('1.07', 'b')
    const onLive = await runAction(await inputs(three, 'b'))
    expect(onLive.outputs['reason-code']).toBe('web-api-url-live')
    const back = await runAction({ command: 'rollback', 'app-url': old.appUrl, ...loginInputs(old.server) })
    expectSuccess(back)
    expect(back.outputs).toMatchObject({ status: 'rolled-back', version: '1.05', 'web-api-url': old.a.apiUrl })
    expect(await readFile(join(old.server.root, 'salesdemo_cloud/deploylist.ini.zip'), 'utf8')).not.toContain('1.06')
  })

  test('that the journal does not know is not updated over Web APIs that may be live', async () => {
    await rm(join(old.server.root, 'App_Data'), { recursive: true })
    const next = await built('1.08', 'b')
    const before = withoutState(await snapshot(old.server.root))
    const refused = await runAction(await inputs(next, 'b'))
    expect(refused.outputs['reason-code']).toBe('target-is-live')
    expect(refused.summary).toContain('which ones users of 1.05 work on')
    expect(withoutState(await snapshot(old.server.root))).toEqual(before)
    await rm(join(old.server.root, 'api_b'), { recursive: true })
    const released = await runAction(await inputs(next, 'b'))
    expectSuccess(released)
    expect(released.outputs).toMatchObject({ status: 'deployed', 'previous-version': '1.05' })
  })

  test('does not go over one that has an apprun.json', async () => {
    await writeFile(
      join(old.server.root, 'salesdemo_cloud/apprun.json'),
      JSON.stringify({ deployment_urls: { web_api: old.a.apiUrl } })
    )
    const run = await runAction(await inputs(await built('1.09', 'b'), 'b'))
    expect(run.outputs['reason-code']).toBe('web-api-url-built-in')
    expect(run.summary).toContain('it is of 2022 R2 or later')
  })
})
