import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { runAction, runAsStep } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { farmOf, startFarm, type Farm } from '../support/farm'
import { snapshot, withoutState } from '../support/hosting'
import type { SamplePackage } from '../support/sample-package'
import { startRealServer } from '../support/servers'
import { startSftpServer, type SftpServerOptions } from '../support/sftp-server'
import type { TestServer } from '../support/test-server'
import { describeServer } from '../support/when-available'

jest.setTimeout(180_000)

const app = 'salesdemo_cloud'

/** In the folder of the cloud app; into the records of the action others go. */
function isRename(line: string): boolean {
  return /^(POSIX-)?RENAME /.test(line) && line.includes(`hot-deploy-tmp /${app}/`) && !line.endsWith('hot-deploy-tmp')
}

async function twoBuilds({ hosting }: Farm): Promise<[SamplePackage, SamplePackage]> {
  return [
    await hosting.build('one', { version: '1.05', build: 'one' }),
    await hosting.build('two', { version: '1.06', build: 'two' })
  ]
}

/** What clients can see on a server: all of it but for the records of the action. */
async function seenOn({ root }: TestServer): Promise<Map<string, string>> {
  return withoutState(await snapshot(root))
}

async function urlOn({ root }: TestServer): Promise<string> {
  const { deployment_urls: urls } = JSON.parse(await readFile(join(root, app, 'apprun.json'), 'utf8')) as {
    deployment_urls: { web_api: string }
  }
  return urls.web_api
}

async function expectSame(servers: readonly TestServer[]): Promise<void> {
  const [first, ...more] = await Promise.all(servers.map(seenOn))
  for (const other of more) expect(other).toEqual(first)
}

async function locksOn({ root }: TestServer): Promise<string[]> {
  const folder = join(root, 'App_Data/hot-deploy')
  const names = await readdir(folder, { recursive: true }).catch((): string[] => [])
  return names.filter(name => /(^|[\\/])lock$/.test(name))
}

describe.each([2, 8])('a farm of %d web servers', count => {
  test('gets releases as one act, and goes back as one', async () => {
    await using farm = await startFarm(count)
    const { hosting, servers, steps } = farm
    const [one, two] = await twoBuilds(farm)
    const first = await runAction(farm.inputs(one, 'a'))
    expectSuccess(first)
    await expectSame(servers)
    const before = await Promise.all(servers.map(seenOn))

    steps.length = 0
    const second = await runAction(farm.inputs(two, 'b'))
    expectSuccess(second)
    expect(second.outputs).toMatchObject({
      status: 'deployed',
      version: '1.06',
      'previous-version': '1.05',
      'web-api-url': hosting.b.apiUrl,
      'previous-web-api-url': hosting.a.apiUrl
    })
    await expectSame(servers)
    for (const server of servers) expect(await urlOn(server)).toBe(hosting.b.apiUrl)
    expectOneAct(farm)
    expect(Number(second.outputs['files-uploaded']) % count).toBe(0)
    for (const { port } of servers) expect(second.summary).toContain(`127.0.0.1:${port}`)
    const result = JSON.parse(second.outputs.result ?? '') as { sites: { name: string; status: string }[] }
    expect(result.sites.map(({ name, status }) => [name, status])).toEqual(
      servers.map(({ port }) => [`127.0.0.1:${port}`, 'deployed'])
    )

    const again = await runAction(farm.inputs(two, 'b'))
    expectSuccess(again)
    expect(again.outputs).toMatchObject({ status: 'unchanged', 'files-uploaded': '0' })

    steps.length = 0
    const back = await runAction({ command: 'rollback', ...farm.login(), 'app-url': hosting.appUrl })
    expectSuccess(back)
    expect(back.outputs).toMatchObject({ status: 'rolled-back', version: '1.05' })
    for (const [index, server] of servers.entries()) {
      expect(await urlOn(server)).toBe(hosting.a.apiUrl)
      const now = await seenOn(server)
      for (const [path, content] of before[index] ?? []) expect([path, now.get(path)]).toEqual([path, content])
      expect(await locksOn(server)).toEqual([])
    }
  })
})

/** Everything is in place on all sites before a file of any is switched; and before the pointers of any all have the rest. */
function expectOneAct({ servers, steps }: Farm): void {
  const isPointer = (line: string): boolean => /\/(apprun\.json|deploylist\.ini\.zip)$/i.test(line)
  const indexes = (wanted: (line: string) => boolean): number[] =>
    steps.flatMap(({ line }, index) => (wanted(line) ? [index] : []))
  const firstSwitch = indexes(isRename)[0] ?? -1
  const switched = new Set(steps.flatMap(({ site, line }) => (isRename(line) && isPointer(line) ? [site] : [])))
  expect(switched.size).toBe(servers.length)
  const opened = indexes(line => line.startsWith(`OPEN /${app}/`) && line.endsWith('hot-deploy-tmp w'))
  expect(opened.length).toBeGreaterThan(servers.length)
  expect(Math.max(...opened)).toBeLessThan(firstSwitch)
  const pointers = indexes(line => isRename(line) && isPointer(line))
  const content = indexes(line => isRename(line) && !isPointer(line))
  expect(content.length).toBeGreaterThan(0)
  expect(Math.max(...content)).toBeLessThan(Math.min(...pointers))
}

describe('a farm', () => {
  test('in which one server fails in the switch goes back on all', async () => {
    const options: SftpServerOptions[] = [{}, {}, {}]
    await using farm = await startFarm(3, site => options[site] ?? {})
    const [one, two] = await twoBuilds(farm)
    expectSuccess(await runAction(farm.inputs(one, 'a')))
    const before = await Promise.all(farm.servers.map(seenOn))
    for (const [site, option] of options.entries()) {
      option.renameFailsFor = (from, to) => site === 1 && /apprun\.json$/i.test(to) && from.includes('hot-deploy-tmp')
    }
    const run = await runAction(farm.inputs(two, 'b'))
    expect(run.exitCode).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'reason-code': 'switch-incomplete' })
    expect(run.log).toContain(`on 127.0.0.1:${farm.servers[1]?.port ?? 0} broke off`)
    await expectAsBefore(farm, before)
  })

  test('in which one server fails while content goes up shows nothing of it anywhere', async () => {
    await using farm = await startFarm(3, site => (site === 2 ? { readOnlyFolders: [`/${app}`] } : {}))
    const [one] = await twoBuilds(farm)
    const run = await runAction(farm.inputs(one, 'a'))
    expect(run.exitCode).toBe(1)
    expect(run.outputs.status).toBe('failed')
    for (const server of farm.servers) {
      const seen = await seenOn(server)
      expect([...seen.keys()].filter(path => /apprun\.json$|deploylist/.test(path) && !path.includes('tmp'))).toEqual(
        []
      )
      expect(await locksOn(server)).toEqual([])
    }
  })

  test('of which one server is locked by another run is left alone, with no lock on any', async () => {
    await using farm = await startFarm(3)
    const [one, two] = await twoBuilds(farm)
    expectSuccess(await runAction(farm.inputs(one, 'a')))
    const root = farm.servers[2]?.root ?? ''
    const [state = ''] = await readdir(join(root, 'App_Data/hot-deploy'))
    const lock = join(root, 'App_Data/hot-deploy', state, 'lock')
    await mkdir(join(lock, 'abcd.1'), { recursive: true })
    const before = await Promise.all(farm.servers.map(seenOn))
    const run = await runAction(farm.inputs(two, 'b', { 'lock-wait': '0' }))
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'locked' })
    await rm(lock, { recursive: true })
    await expectAsBefore(farm, before)
  })

  test('with a server that was away brings it up, and leaves the others alone', async () => {
    await using farm = await startFarm(3)
    const { hosting, servers } = farm
    const [one, two] = await twoBuilds(farm)
    const [, , late] = servers
    const withoutLate = { site: farm.login().site?.split('\n').slice(0, 2).join('\n') ?? '' }
    expectSuccess(await runAction(farm.inputs(one, 'a', withoutLate)))
    expectSuccess(await runAction(farm.inputs(two, 'b', withoutLate)))
    farm.steps.length = 0
    const run = await runAction(farm.inputs(two, 'b'))
    expectSuccess(run)
    expect(run.outputs.status).toBe('deployed')
    expect(run.log).toContain(`127.0.0.1:${late?.port ?? 0} has nothing`)
    if (late) expect(await urlOn(late)).toBe(hosting.b.apiUrl)
    const renamed = farm.steps.filter(({ line }) => isRename(line))
    expect(new Set(renamed.map(({ site }) => site))).toEqual(new Set([2]))

    const back = await runAction({ command: 'rollback', ...farm.login() })
    expect(back.outputs).toMatchObject({ status: 'failed', 'reason-code': 'farm-differs' })
  })

  test('with slots goes to the one that is live on none of its servers', async () => {
    await using farm = await startFarm(2)
    const { hosting } = farm
    const [one, two] = await twoBuilds(farm)
    const slots = `a: { url: ${hosting.a.apiUrl}, target: api_a }\nb: { url: ${hosting.b.apiUrl}, target: api_b }`
    const inputs = (build: SamplePackage): Record<string, string> => ({
      ...farm.inputs(build, 'a'),
      'web-api-url': '',
      'web-api-target': '',
      'web-api-slots': slots
    })
    const first = await runAction(inputs(one))
    expectSuccess(first)
    expect(first.outputs.slot).toBe('a')
    const second = await runAction(inputs(two))
    expectSuccess(second)
    expect(second.outputs).toMatchObject({ slot: 'b', 'previous-slot': 'a' })
    const plan = await runAction({ ...inputs(two), 'dry-run': 'true' })
    expectSuccess(plan)
    expect(plan.outputs).toMatchObject({ status: 'unchanged', slot: 'b' })
  })

  test('of one web server and three servers of Web API B gets each part where it belongs', async () => {
    await using farm = await startFarm(4)
    const { servers } = farm
    const [one, two] = await twoBuilds(farm)
    const [web = '', ...apis] = farm.login().site?.split('\n') ?? []
    // The Web APIs of the load balancer run from the folder of the first server.
    const split = { site: web, 'web-api-site': [web, ...apis].join('\n') }
    expectSuccess(await runAction(farm.inputs(one, 'a', split)))
    const run = await runAction(farm.inputs(two, 'b', split))
    expectSuccess(run)
    for (const { root } of servers.slice(1)) {
      expect((await readdir(root)).sort()).toEqual(['App_Data', 'api_a', 'api_b'])
    }
    const dlls = await Promise.all(servers.map(({ root }) => readFile(join(root, 'api_b/ServerAPIs.dll'), 'base64')))
    expect(new Set(dlls).size).toBe(1)
    const again = await runAction(farm.inputs(two, 'b', split))
    expect(again.outputs.status).toBe('unchanged')
  })

  test('of three web servers and one server of Web API B gets the Web APIs once', async () => {
    await using farm = await startFarm(3)
    const [one] = await twoBuilds(farm)
    const [web = ''] = farm.login().site?.split('\n') ?? []
    expectSuccess(await runAction(farm.inputs(one, 'a', { 'web-api-site': web })))
    const folders = await Promise.all(farm.servers.map(({ root }) => readdir(root)))
    expect(folders.map(names => names.includes('api_a'))).toEqual([true, false, false])
  })

  test('in a dry run is planned on each server, and nothing is written', async () => {
    await using farm = await startFarm(2)
    const [one] = await twoBuilds(farm)
    const before = await Promise.all(farm.servers.map(({ root }) => snapshot(root)))
    const run = await runAction(farm.inputs(one, 'a', { 'dry-run': 'true' }))
    expectSuccess(run)
    expect(run.outputs.status).toBe('planned')
    expect(await Promise.all(farm.servers.map(({ root }) => snapshot(root)))).toEqual(before)
  })
})

async function expectAsBefore(farm: Farm, before: readonly Map<string, string>[]): Promise<void> {
  for (const [index, server] of farm.servers.entries()) {
    const now = await seenOn(server)
    for (const [path, content] of before[index] ?? []) expect([path, now.get(path)]).toEqual([path, content])
    expect([...now.keys()].filter(path => path.includes('hot-deploy-tmp'))).toEqual([])
    expect(await locksOn(server)).toEqual([])
  }
}

describe('a farm whose run is killed in the switch', () => {
  test.each(['post step', 'next run'] as const)(
    'is whole after the %s: all servers give clients the same',
    async who => {
      let kills = 0
      for (const at of who === 'post step' ? [1, 2, 4, 7, 10, 14] : [1, 4, 10]) {
        let kill: ((signal: NodeJS.Signals) => boolean) | undefined
        let isArmed = false
        let renames = 0
        const onRequest = (line: string): void => {
          if (!isArmed || !isRename(line)) return
          renames += 1
          if (renames === at) kill?.('SIGKILL')
        }
        await using farm = await startFarm(3, () => ({ onRequest }))
        const [one, two] = await twoBuilds(farm)
        expectSuccess(await runAction(farm.inputs(one, 'a')))
        isArmed = true
        const inputs = farm.inputs(two, 'b', { 'lock-stale-after': '2' })
        const step = await runAsStep(inputs, { killPost: who === 'next run', onStart: given => (kill = given) })
        isArmed = false
        if (step.main.signal === 'SIGKILL') kills += 1
        if (who === 'next run') {
          const next = await runAction(inputs)
          expectSuccess(next)
          for (const server of farm.servers) expect(await urlOn(server)).toBe(farm.hosting.b.apiUrl)
        }
        const urls = new Set(await Promise.all(farm.servers.map(urlOn)))
        expect([at, urls.size]).toEqual([at, 1])
        for (const server of farm.servers) {
          expect(await locksOn(server)).toEqual([])
          expect([...(await seenOn(server)).keys()].filter(path => path.includes('hot-deploy-tmp'))).toEqual([])
        }
      }
      expect(kills).toBeGreaterThanOrEqual(who === 'post step' ? 5 : 2)
    }
  )
})

describe('a farm of 50 web servers', () => {
  test('shares 64 connections, and gets the release', async () => {
    await using farm = await startFarm(50)
    const [one, two] = await twoBuilds(farm)
    expectSuccess(await runAction(farm.inputs(one, 'a')))
    farm.steps.length = 0
    const run = await runAction(farm.inputs(two, 'b'))
    expectSuccess(run)
    await expectSame(farm.servers)
    expectOneAct(farm)
    const logins = await Promise.all(
      farm.servers.map(async server => (await server.commands()).filter(line => line.startsWith('LOGIN')).length)
    )
    // Two runs.
    expect(logins.every(count => count === 2)).toBe(true)
  })
})

describeServer('openssh', () => {
  describeServer('vsftpd-tls', () => {
    test('make a farm together with one of another kind, by two protocols', async () => {
      const openssh = await startRealServer('openssh')
      const { password } = openssh
      const vsftpd = await startRealServer('vsftpd-tls', { password })
      await using farm = await farmOf([openssh, vsftpd, await startSftpServer({ password })])
      const { hosting } = farm
      const [one, two] = await twoBuilds(farm)
      expectSuccess(await runAction(farm.inputs(one, 'a')))
      const run = await runAction(farm.inputs(two, 'b'))
      expectSuccess(run)
      await expectSame(farm.servers)
      const back = await runAction({ command: 'rollback', ...farm.login(), 'app-url': hosting.appUrl })
      expectSuccess(back)
      for (const server of farm.servers) expect(await urlOn(server)).toBe(hosting.a.apiUrl)
    })
  })
})
