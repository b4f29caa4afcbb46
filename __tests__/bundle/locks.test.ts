import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runAction, runAsStep, type Kill } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { fleet } from '../support/fleet'
import { loginInputs, seed, snapshot, startHosting, type Hosting } from '../support/hosting'
import { startIisFtpServer } from '../support/iis-ftp-server'
import { handOver } from '../support/servers'
import { startSftpServer } from '../support/sftp-server'
import { describeMember } from '../support/when-available'

const lockServers = [
  'embedded-sftp-windows',
  'iis-ftps',
  'openssh',
  'proftpd-sftp',
  'vsftpd-tls',
  'proftpd-tls',
  'pureftpd-tls'
]

for (const member of fleet.filter(({ name }) => lockServers.includes(name))) {
  describeMember(member, () => {
    test('of two runs at once one waits for the other, and both come through', async () => {
      await using hosting = await startHosting(await member.start())
      const one = await hosting.build('one', { version: '1.05', build: 'one' })
      const two = await hosting.build('two', { version: '1.06', build: 'two' })
      expectSuccess(await runAction(hosting.inputs(one, 'a')))
      // The one that comes first is held up long enough for the other to find its lock.
      await using slow = await slowService(2_000)
      const inputs = hosting.inputs(two, 'b', { 'smoke-urls': slow.url })
      const runs = await Promise.all([runAction(inputs), runAction(inputs)])
      for (const run of runs) expectSuccess(run)
      expect(runs.map(run => run.outputs.status).sort()).toEqual(['deployed', 'unchanged'])
      const waited = runs.find(run => run.outputs.status === 'unchanged')
      expect(waited?.log).toMatch(
        /Waiting for acme\/sales, run \d+, attempt 1, job deploy since .* \(https:\/\/github\.com/
      )
      expect(await locks(hosting)).toEqual([])
    })
  })
}

describe('a lock', () => {
  test('that is alive is never broken, and the message names the run that holds it', async () => {
    await using hosting = await startHosting(await startSftpServer(), { api: { readyAfterRequests: 1 } })
    const one = await hosting.build('one')
    // The first run waits ten seconds for Web API B, and renews its lock each half second.
    const holder = runAction(hosting.inputs(one, 'a', { 'lock-stale-after': '2' }), { env: { GITHUB_RUN_ID: '4711' } })
    await appears(hosting, 'lock')
    const other = await runAction(hosting.inputs(one, 'a', { 'lock-wait': '6', 'lock-stale-after': '1' }))
    expect(other.exitCode).toBe(1)
    expect(other.outputs).toMatchObject({ status: 'failed', 'reason-code': 'locked' })
    expect(other.log).toContain('acme/sales, run 4711')
    expect(other.log).toContain('https://github.com/acme/sales/actions/runs/4711')
    expectSuccess(await holder)
    expect(await locks(hosting)).toEqual([])
  })

  test.each([
    ['SFTP', () => startSftpServer()],
    ['FTP', () => startIisFtpServer()]
  ])('of a run that was killed with its post step is taken over when it is stale, over %s', async (_, start) => {
    await using hosting = await startHosting(await start())
    const one = await hosting.build('one')
    await killAt('Stage the cloud app', hosting.inputs(one, 'a', { 'lock-stale-after': '2' }), { killPost: true })
    expect(await locks(hosting)).toHaveLength(2)
    const hasty = await runAction(hosting.inputs(one, 'a', { 'lock-wait': '0', 'lock-stale-after': '2' }))
    expect(hasty.outputs['reason-code']).toBe('locked')
    const next = await runAction(hosting.inputs(one, 'a', { 'lock-stale-after': '2' }))
    expectSuccess(next)
    expect(next.log).toMatch(/Took over the lock of acme\/sales, run \d+/)
    expect(await locks(hosting)).toEqual([])
  })

  test('without anything in it, as a kill in its first moment leaves it, is taken over too', async () => {
    await using hosting = await startHosting(await startSftpServer())
    await mkdir(join(stateOf(hosting), 'lock'), { recursive: true })
    expectSuccess(await runAction(hosting.inputs(await hosting.build('one'), 'a', { 'lock-stale-after': '2' })))
    expect(await locks(hosting)).toEqual([])
  })

  test('that somebody removed stops the run before the switch', async () => {
    await using hosting = await startHosting(await startSftpServer(), { api: { readyAfterRequests: 1 } })
    await seed(hosting, await hosting.build('one', { version: '1.05' }))
    const running = runAction(hosting.inputs(await hosting.build('two', { version: '1.06' }), 'b'))
    await appears(hosting, 'lock')
    while (hosting.b.requests.length === 0) await new Promise(resolve => setTimeout(resolve, 50))
    await rm(join(stateOf(hosting), 'lock'), { recursive: true })
    const run = await running
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'lock-lost' })
    expect(await readFile(join(hosting.server.root, 'salesdemo_cloud/apprun.json'), 'utf8')).toContain(hosting.a.apiUrl)
  })

  test('is reported by a dry run, which takes none', async () => {
    await using hosting = await startHosting(await startSftpServer(), { api: { readyAfterRequests: 1 } })
    const one = await hosting.build('one')
    const holder = runAction(hosting.inputs(one, 'a'), { env: { GITHUB_RUN_ID: '4711' } })
    await appears(hosting, 'lock')
    const dry = await runAction(hosting.inputs(one, 'a', { 'dry-run': 'true' }))
    expectSuccess(dry)
    expect(dry.log).toMatch(/::warning::The app is locked by acme\/sales, run 4711.*; a deploy would wait/)
    expectSuccess(await holder)
  })

  test('of another app on the same site is nothing to wait for', async () => {
    await using hosting = await startHosting(await startSftpServer(), { api: { readyAfterRequests: 1 } })
    const one = await hosting.build('one')
    const holder = runAction(hosting.inputs(one, 'a'))
    await appears(hosting, 'lock')
    const more = { 'cloud-app-target': 'other', 'web-api-target': 'api_b', 'app-url': '', 'lock-wait': '0' }
    const other = await runAction({ ...hosting.inputs(one, 'b', more), 'readiness-path': 'none' })
    expectSuccess(other)
    expectSuccess(await holder)
  })
})

describe('a pointer that is changed by hand while Web API B gets ready', () => {
  test('stops the run before the switch', async () => {
    await using hosting = await startHosting(await startSftpServer(), { api: { readyAfterRequests: 1 } })
    await seed(hosting, await hosting.build('one', { version: '1.05' }))
    const running = runAction(hosting.inputs(await hosting.build('two', { version: '1.06' }), 'b'))
    while (hosting.b.requests.length === 0) await new Promise(resolve => setTimeout(resolve, 50))
    const pointer = join(hosting.server.root, 'salesdemo_cloud/apprun.json')
    // Of the same size, so that nothing but the content tells.
    const edited = (await readFile(pointer, 'utf8')).replace('api_a', 'api_x')
    await writeFile(pointer, edited)
    const run = await running
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'site-changed' })
    expect(await readFile(pointer, 'utf8')).toBe(edited)
    expect(await temporary(hosting)).toEqual([])
  })
})

describe('a journal', () => {
  const broken: [string, (text: string) => string][] = [
    ['broken', text => text.replace('1.05', '1.07')],
    ['truncated', text => text.slice(0, text.length / 2)],
    ['empty', () => ''],
    ['foreign', () => '{"name":"something else"}'],
    ['no JSON', () => '<html></html>']
  ]
  test.each(broken)('that is %s is said to be so; all is uploaded, and nothing deleted', async (_, spoil) => {
    await using hosting = await startHosting(await startSftpServer())
    const one = await hosting.build('one', { version: '1.05', build: 'one' })
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    expectSuccess(await runAction(hosting.inputs(one, 'a')))
    await rm(join(two.cloudApp, 'manual.html'))
    await rewriteJournal(hosting, spoil)
    const run = await runAction(hosting.inputs(two, 'b'))
    expectSuccess(run)
    expect(run.log).toMatch(
      /::warning::.*journal-\d+\.json" cannot be read: .*everything is uploaded, nothing is deleted/
    )
    expect(run.outputs).toMatchObject({ status: 'deployed', 'files-deleted': '0' })
    expect([...(await snapshot(join(hosting.server.root, 'salesdemo_cloud'))).keys()]).toContain('manual.html')
    expect((await readdir(stateOf(hosting))).filter(name => name.endsWith('.unreadable'))).toHaveLength(1)
    // From here on it is known again.
    expect((await runAction(hosting.inputs(two, 'b'))).outputs.status).toBe('unchanged')
  })

  test('that cannot be read stops a rollback', async () => {
    await using hosting = await startHosting(await startSftpServer())
    expectSuccess(await runAction(hosting.inputs(await hosting.build('one'), 'a')))
    await rewriteJournal(hosting, text => text.slice(5))
    const run = await runAction({ command: 'rollback', ...loginInputs(hosting.server) })
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'journal-unreadable' })
  })

  test('of a newer version of the action stops everything before anything is changed', async () => {
    await using hosting = await startHosting(await startSftpServer())
    expectSuccess(await runAction(hosting.inputs(await hosting.build('one', { version: '1.05' }), 'a')))
    await rewriteJournal(hosting, text => text.replace('"schema":1', '"schema":2'))
    const before = await snapshot(hosting.server.root)
    const run = await runAction(hosting.inputs(await hosting.build('two', { version: '1.06' }), 'b'))
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'journal-newer' })
    const after = await snapshot(hosting.server.root)
    expect([...after.keys()].filter(path => after.get(path) !== before.get(path))).toEqual([])
    expect(after.size).toBe(before.size)
  })

  test('of another app, copied with its site, is not taken for its own', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const one = await hosting.build('one')
    expectSuccess(await runAction(hosting.inputs(one, 'a')))
    await rename(stateOf(hosting), join(hosting.server.root, 'App_Data/hot-deploy/copy'))
    const more = { 'cloud-app-target': 'copy', 'app-url': '', 'web-api-target': 'api_b' }
    const run = await runAction(hosting.inputs(one, 'b', more))
    expectSuccess(run)
    expect(run.log).toMatch(/::warning::.*it is about "salesdemo_cloud" and not "copy"/)
    expect(run.outputs['files-unchanged']).toBe('16')
  })
})

describe('deletions', () => {
  test('are of files that the action put there, and come back with a rollback', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const one = await hosting.build('one', { version: '1.05', build: 'one' })
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    expectSuccess(await runAction(hosting.inputs(one, 'a')))
    expectSuccess(
      await runAction(hosting.inputs(one, 'b', { 'web-api-url': hosting.b.apiUrl, strategy: 'replacement' }))
    )
    const app = join(hosting.server.root, 'salesdemo_cloud')
    await writeFile(join(app, 'ours.html'), 'of the operator')
    await writeFile(join(hosting.server.root, 'api_a/ours.dll'), 'of the operator')
    await rm(join(two.cloudApp, 'manual.html'))
    await rm(join(two.webApi, 'UserExtensions.dll'))
    const before = (await hosting.server.commands()).length
    const run = await runAction(hosting.inputs(two, 'a'))
    expectSuccess(run)
    expect(run.outputs['files-deleted']).toBe('2')
    const now = await snapshot(hosting.server.root)
    expect([...now.keys()]).toEqual(expect.arrayContaining(['salesdemo_cloud/ours.html', 'api_a/ours.dll']))
    expect([...now.keys()]).toEqual(
      expect.not.arrayContaining(['salesdemo_cloud/manual.html', 'api_a/UserExtensions.dll'])
    )
    const log = (await hosting.server.commands()).slice(before)
    const pointer = log.findIndex(line => /RENAME .*salesdemo_cloud\/deploylist\.ini\.zip/.test(line))
    expect(log.findIndex(line => /RENAME \S*salesdemo_cloud\/manual\.html/.test(line))).toBeGreaterThan(pointer)
    expectSuccess(await runAction({ command: 'rollback', 'app-url': hosting.appUrl, ...loginInputs(hosting.server) }))
    expect(await readFile(join(app, 'manual.html'))).toEqual(await readFile(join(one.cloudApp, 'manual.html')))
  })

  test('of most of what is there are refused when the build is as large as before', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const one = await hosting.build('one', { version: '1.05', build: 'one', dlls: 40 })
    expectSuccess(await runAction(hosting.inputs(one, 'a')))
    const two = await hosting.build('two', { version: '1.06', build: 'two', dlls: 40 })
    for (const name of await readdir(two.webApi)) {
      if (name.endsWith('.dll') && name !== 'ServerAPIs.dll')
        await rename(join(two.webApi, name), join(two.webApi, `Other.${name}`))
    }
    const more = { 'web-api-url': hosting.b.apiUrl, 'web-api-target': 'api_a' }
    await rm(join(hosting.server.root, 'salesdemo_cloud/apprun.json'))
    await rm(join(hosting.server.root, 'salesdemo_cloud/deploylist.ini.zip'))
    const run = await runAction(hosting.inputs(two, 'a', more))
    expect([run.outputs['reason-code'], run.outputs['files-deleted']]).toEqual(['deletes-too-much', '0'])
  })

  test('keep-versions deletes the folders of old versions after the switch, and their sections with it', async () => {
    await using hosting = await startHosting(await startSftpServer())
    for (const [version, side] of [
      ['1.05', 'a'],
      ['1.06', 'b'],
      ['1.07', 'a']
    ] as const) {
      const build = await hosting.build(version, { version, build: version })
      expectSuccess(await runAction(hosting.inputs(build, side)))
    }
    const app = join(hosting.server.root, 'salesdemo_cloud')
    await writeFile(join(app, '1.06/ours.txt'), 'of the operator')
    const build = await hosting.build('1.08', { version: '1.08', build: '1.08' })
    const before = (await hosting.server.commands()).length
    const run = await runAction(hosting.inputs(build, 'b', { 'keep-versions': '1' }))
    expectSuccess(run)
    const names = await readdir(app)
    expect(names.filter(name => /^\d/.test(name)).sort()).toEqual(['1.06', '1.07', '1.08'])
    expect(await readdir(join(app, '1.06'))).toEqual(['ours.txt'])
    const list = await readFile(join(app, 'deploylist.ini.zip'), 'utf8')
    expect([...list.matchAll(/^\[([\d.]+)\]/gm)].map(match => match[1])).toEqual(['1.07', '1.08'])
    const log = (await hosting.server.commands()).slice(before)
    const pointer = log.findIndex(line => /RENAME .*salesdemo_cloud\/deploylist\.ini\.zip/.test(line))
    expect(log.findIndex(line => /REMOVE .*salesdemo_cloud\/1\.05/.test(line))).toBeGreaterThan(pointer)
  })
})

function stateOf({ server }: Hosting): string {
  return join(server.root, 'App_Data/hot-deploy/salesdemo_cloud')
}

async function locks({ server }: Hosting): Promise<string[]> {
  return [...(await snapshot(server.root)).keys()].filter(path => /\/lock(\/|$)/.test(path))
}

async function temporary({ server }: Hosting): Promise<string[]> {
  return [...(await snapshot(server.root)).keys()].filter(path => path.endsWith('.hot-deploy-tmp'))
}

async function appears(hosting: Hosting, name: string): Promise<void> {
  for (;;) {
    const names = await readdir(stateOf(hosting)).catch((): string[] => [])
    if (names.includes(name) && (await readdir(join(stateOf(hosting), name)).catch(() => [])).length > 0) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

async function rewriteJournal(hosting: Hosting, change: (text: string) => string): Promise<void> {
  const name = (await readdir(stateOf(hosting))).find(file => /^journal-\d+\.json$/.test(file)) ?? ''
  const path = join(stateOf(hosting), name)
  await writeFile(path, change(await readFile(path, 'utf8')))
  await handOver(path).catch(() => undefined)
}

/** Kills the main step as soon as it says that it begins something. */
async function killAt(phase: string, inputs: Record<string, string>, options: { killPost?: boolean }): Promise<void> {
  let kill: Kill = () => false
  const { main } = await runAsStep(inputs, {
    ...options,
    onStart: stop => {
      kill = stop
    },
    onOutput: text => {
      if (text.includes(`::group::${phase}`)) kill('SIGKILL')
    }
  })
  expect(main.signal).toBe('SIGKILL')
}

/** A web server that takes its time to answer. */
async function slowService(milliseconds: number): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((_, response) => {
    setTimeout(() => response.end('fine'), milliseconds)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>(resolve =>
        server.close(() => {
          resolve()
        })
      )
  }
}
