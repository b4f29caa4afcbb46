import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { runAction, type Run } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { startFaultProxy } from '../support/fault-proxy'
import { loginInputs, snapshot, startHosting, type Hosting } from '../support/hosting'
import { startIisFtpServer, type IisFtpServerOptions } from '../support/iis-ftp-server'
import type { SamplePackage } from '../support/sample-package'
import { startRealServer } from '../support/servers'
import { proftpd } from '../support/servers/proftpd'
import { installed } from '../support/servers/recipe'
import { startSftpServer } from '../support/sftp-server'
import type { TestServer } from '../support/test-server'
import { describeServer } from '../support/when-available'

jest.setTimeout(120_000)

/** More than begin at once on one connection: those that come later find the line measured. */
const objects = 600

/** Slower than any disk copies. */
const slow = { bytesPerSecond: 400_000 }

describe('a second version whose files are mostly those of the first', () => {
  describeServer('openssh', () => {
    test('is copied on the server when the line is slow, byte for byte, and the copies are files of their own', async () => {
      await using hosting = await startHosting(await startRealServer('openssh'))
      const { first, second, one, two } = await bothReleased(hosting)
      const count = copiesIn(second)
      expect(count).toBeGreaterThan(100)
      expect(Number(second.outputs['files-unchanged'])).toBeGreaterThanOrEqual(count)
      expect(copiesIn(first)).toBe(0)
      expect(second.log).not.toContain('sending it again')
      await expectAsBuilt(hosting, one)
      await expectOnSite(hosting, two, 'b')
      await expectNothingShared(hosting, two)
    })

    test('is sent in so far as the site has no longer what was released', async () => {
      await using hosting = await startHosting(await startRealServer('openssh'))
      const gone = '1.05/salesdemo.pbd/dw_customer_000.dwo.zip'
      const edited = '1.05/salesdemo.pbd/d_customer_001_list.dwo.zip'
      const { second, two } = await bothReleased(hosting, slow, async app => {
        await rm(join(app, gone))
        await writeFile(join(app, edited), 'by hand')
      })
      expect(copiesIn(second)).toBeGreaterThan(100)
      await expectOnSite(hosting, two, 'b')
    })
  })

  describeServer('openssh-bare', () => {
    test('is sent where the server cannot copy, however slow the line is', async () => {
      await using hosting = await startHosting(await startRealServer('openssh-bare'))
      const { second, two } = await bothReleased(hosting)
      expect(copiesIn(second)).toBe(0)
      await expectOnSite(hosting, two, 'b')
      await expectNothingShared(hosting, two)
    })
  })

  test('is sent to a server that has never heard of copying', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const { second, two } = await bothReleased(hosting)
    expect(copiesIn(second)).toBe(0)
    await expectOnSite(hosting, two, 'b')
    await expectNothingShared(hosting, two)
  })

  describeServer('proftpd-tls', () => {
    const module = installed('usr/lib/proftpd/mod_copy.so')
    const whenThere = existsSync(module) ? test : test.skip

    whenThere(
      'is copied by mod_copy at whatever speed: each file that is sent takes a connection of its own',
      async () => {
        const recipe = proftpd('ftps', 'LoadModule mod_copy.c')
        await using hosting = await startHosting(await startRealServer('proftpd-tls', { recipe }))
        const { second, one, two } = await bothReleased(hosting, {})
        expect(copiesIn(second)).toBeGreaterThan(300)
        const log = await hosting.server.commands()
        expect(log.filter(line => line.includes('SITE CPTO') && line.includes('/1.06/')).length).toBe(copiesIn(second))
        await expectAsBuilt(hosting, one)
        await expectOnSite(hosting, two, 'b')
        await expectNothingShared(hosting, two)
      }
    )

    test('is sent without mod_copy', async () => {
      await using hosting = await startHosting(await startRealServer('proftpd-tls'))
      const { second, two } = await bothReleased(hosting, {})
      expect(copiesIn(second)).toBe(0)
      await expectOnSite(hosting, two, 'b')
    })
  })
})

describe('a file of which half arrives, although the server says that the transfer is complete', () => {
  /** Uploads of these files arrive short so many times each. */
  function shortening(pattern: RegExp, times: number): IisFtpServerOptions & { readonly struck: Map<string, number> } {
    const struck = new Map<string, number>()
    return {
      struck,
      arrivesShort: path => {
        const count = struck.get(path) ?? 0
        if (!pattern.test(path) || count >= times) return false
        struck.set(path, count + 1)
        return true
      }
    }
  }

  test.each<[string, RegExp, number]>([
    ['an object of the new version', /u_customer_003\.udo\.zip$/, 1],
    ['the entry page, under its temporary name', /index\.html\.hot-deploy-tmp$/, 1],
    ['a pointer', /apprun\.json\.hot-deploy-tmp$/, 1],
    ['an assembly of the Web APIs', /\.dll$/, 1],
    ['one as often as it may be sent again', /u_customer_003\.udo\.zip$/, 3]
  ])('is sent again, and the release is as built: %s', async (_, pattern, times) => {
    const options = shortening(pattern, times)
    await using hosting = await startHosting(await startIisFtpServer(options))
    const build = await hosting.build('one', { objects: 20, dlls: 4 })
    const run = await runAction(hosting.inputs(build, 'a'))
    expectSuccess(run)
    expect(options.struck.size).toBeGreaterThan(0)
    expect(run.log.match(/ instead of \d+; sending it again\./g)).toHaveLength(options.struck.size * times)
    await expectOnSite(hosting, build, 'a')
    expect((await runAction(hosting.inputs(build, 'a'))).outputs.status).toBe('unchanged')
  })

  test.each<[string, RegExp, string, number]>([
    ['an object', /u_customer_003\.udo\.zip$/, '0', 1],
    ['the entry page', /index\.html\.hot-deploy-tmp$/, '0', 1],
    ['an assembly', /ServerAPIs\.dll$/, '0', 1],
    ['an object, once more than it may be sent again,', /u_customer_003\.udo\.zip$/, '2', 3]
  ])('ends the run before the switch when it may not be sent again: %s', async (_, pattern, retries, times) => {
    const options = shortening(pattern, times)
    await using hosting = await startHosting(await startIisFtpServer(options))
    const build = await hosting.build('one', { objects: 20, dlls: 4 })
    const run = await runAction(hosting.inputs(build, 'a', { retries }))
    expect(run.exitCode).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'not-verified' })
    expect([...options.struck.values()]).toEqual([times])
    const left = [...(await snapshot(hosting.server.root)).keys()]
    expect(left.filter(path => /\/lock(\/|$)|app_offline|salesdemo_cloud\/(index|apprun)/.test(path))).toEqual([])
  })
})

describe('what somebody has changed by hand since the last release', () => {
  test.each([
    ['SFTP', () => startSftpServer()],
    ['FTP', () => startIisFtpServer()]
  ])('is named by a warning, and is as built afterwards, over %s', async (_, start) => {
    await using hosting = await startHosting(await start())
    const small = { objects: 10, dlls: 4 }
    const one = await hosting.build('one', { version: '1.05', build: 'one', ...small })
    const two = await hosting.build('two', { version: '1.06', build: 'two', ...small })
    const three = await hosting.build('three', { version: '1.07', build: 'three', ...small })
    for (const [build, side] of [
      [one, 'a'],
      [two, 'b']
    ] as const) {
      const run = await runAction(hosting.inputs(build, side))
      expectSuccess(run)
      expect(run.log).not.toContain('Somebody has changed')
    }
    const { root } = hosting.server
    await writeFile(join(root, 'salesdemo_cloud/license.html'), 'by hand')
    await rm(join(root, 'salesdemo_cloud/css/style.css'))
    await rm(join(root, 'api_a/PowerServer.Core.dll'))
    const dry = await runAction(hosting.inputs(three, 'a', { 'dry-run': 'true' }))
    const run = await runAction(hosting.inputs(three, 'a'))
    for (const { log } of [dry, run]) {
      const [warning = ''] = log.match(/^::warning::Somebody has changed .*$/gm) ?? []
      expect(warning).toContain('changed or removed 3 files since they were released; they are sent again:')
      expect(warning).toContain('api_a/PowerServer.Core.dll')
      expect(warning).toContain('salesdemo_cloud/license.html')
      expect(warning).toContain('salesdemo_cloud/css/style.css')
    }
    expectSuccess(run)
    await expectOnSite(hosting, three, 'a')
  })
})

interface Releases {
  readonly first: Run
  readonly second: Run
  readonly one: SamplePackage
  readonly two: SamplePackage
}

/**
 * Releases two versions, the second of them over a line with these faults.
 *
 * @param between what happens to the app's folder on the site between them
 */
async function bothReleased(
  hosting: Hosting,
  faults = slow as { bytesPerSecond?: number },
  between: (app: string) => Promise<void> = () => Promise.resolve()
): Promise<Releases> {
  const one = await hosting.build('one', { version: '1.05', build: 'one', objects, dlls: 2 })
  const two = await hosting.build('two', { version: '1.06', build: 'two', objects, dlls: 2 })
  const first = await runAction(hosting.inputs(one, 'a'))
  expectSuccess(first)
  await between(join(hosting.server.root, 'salesdemo_cloud'))
  const connections = faults === slow ? { connections: '1' } : undefined
  const proxy = await startFaultProxy(alone(hosting.server), faults)
  try {
    const second = await runAction({ ...hosting.inputs(two, 'b', connections), ...loginInputs(proxy) })
    expectSuccess(second)
    expect(second.outputs).toMatchObject({ status: 'deployed', version: '1.06', 'previous-version': '1.05' })
    return { first, second, one, two }
  } finally {
    await proxy.stop()
  }
}

/** A server that does not stop with the proxy in front of it. */
function alone(server: TestServer): TestServer {
  return { ...server, stop: () => Promise.resolve() }
}

/** How many files a run has had copied. */
function copiesIn({ log }: Run): number {
  return [...log.matchAll(/(\d+) of them were copied on the server/g)].reduce(
    (sum, [, count]) => sum + Number(count),
    0
  )
}

/** The folder of a version is as it was built, byte for byte. */
async function expectAsBuilt({ server }: Hosting, { cloudApp, version }: SamplePackage): Promise<void> {
  const built = await snapshot(join(cloudApp, version))
  const there = await snapshot(join(server.root, 'salesdemo_cloud', version))
  expect([...built].filter(([path, content]) => there.get(path) !== content).map(([path]) => path)).toEqual([])
}

/** Changing files of a version in place leaves those of the version before as they were. */
async function expectNothingShared({ server }: Hosting, build: SamplePackage): Promise<void> {
  const app = join(server.root, 'salesdemo_cloud')
  const before = await snapshot(join(app, '1.05'))
  expect(before.size).toBeGreaterThan(objects)
  for (const path of (await snapshot(join(build.cloudApp, '1.06'))).keys()) {
    if (path.endsWith('/')) continue
    const file = join(app, '1.06', path)
    await writeFile(file, `${(await readFile(file)).length} bytes were here`)
  }
  expect(await snapshot(join(app, '1.05'))).toEqual(before)
}

/** Everything of a build but its pointers is on the site, byte for byte, and nothing that is in the way. */
async function expectOnSite({ server }: Hosting, build: SamplePackage, side: 'a' | 'b'): Promise<void> {
  const there = await snapshot(server.root)
  const expected = new Map<string, string>()
  for (const [path, content] of await snapshot(build.cloudApp)) {
    if (path !== 'apprun.json' && path !== 'deploylist.ini.zip') expected.set(`salesdemo_cloud/${path}`, content)
  }
  for (const [path, content] of await snapshot(build.webApi)) expected.set(`api_${side}/${path}`, content)
  const wrong = [...expected].filter(([path, content]) => there.get(path) !== content).map(([path]) => path)
  expect(wrong).toEqual([])
  expect([...there.keys()].filter(path => /hot-deploy-tmp|app_offline|\/lock(\/|$)/.test(path))).toEqual([])
}
