import { describe, expect, jest, test } from '@jest/globals'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import { cancelLikeRunner, runAction, runAsStep, type Kill } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { watchClients } from '../support/client-watch'
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy'
import { fleet } from '../support/fleet'
import { loginInputs, seed, snapshot, startHosting, type Hosting } from '../support/hosting'
import { startIisFtpServer, type IisFtpServerOptions } from '../support/iis-ftp-server'
import { handOver } from '../support/servers'
import { startSftpServer, type SftpServerOptions } from '../support/sftp-server'
import type { SamplePackage } from '../support/sample-package'
import type { TestServer } from '../support/test-server'
import { describeMember } from '../support/when-available'

jest.setTimeout(120_000)

/** Bytes of the client after which a connection is cut: of SFTP all pass there, of FTP the commands only. */
const early = { sftp: 200_000, ftp: 2_500 }

/** Lines that break, on the way to real servers. */
for (const member of fleet.filter(({ name }) => ['openssh', 'vsftpd-tls', 'iis-ftps'].includes(name))) {
  describeMember(member, () => {
    const isAtomic = member.guarantee === 'atomic'
    const bytes = member.name === 'openssh' ? early.sftp : early.ftp

    test.each([
      ['is cut again and again', { cutAfter: bytes }],
      ['is reset again and again', { cutAfter: bytes, reset: true }],
      ['is cut at once, twice', { cutAfter: 0, only: 2 }],
      ['falls silent', { stallAfter: bytes, only: 2 }],
      ['is closed when it is idle', { idleMs: 700 }]
    ])('a line that %s is made anew, and the release comes through', async (_, faults) => {
      // The line is idle while Web API B gets ready.
      const api = 'idleMs' in faults ? { readyAfterRequests: 1 } : {}
      await using hosting = await startHosting(await member.start(), { api })
      const [one, two] = await twoBuilds(hosting)
      await seed(hosting, one)
      if (member.real !== undefined) await handOver(hosting.server.root)
      await fetch(`${hosting.a.apiUrl}health-readiness`)
      const proxy = await startFaultProxy(hosting.server, faults)
      try {
        await using watch = await watchClients(hosting.appUrl, [one, two], { atomic: isAtomic })
        const run = await runAction(through(proxy, hosting, two))
        expectSuccess(run)
        expect(run.outputs).toMatchObject({ status: 'deployed', version: '1.06' })
        expect(proxy.struck).toBeGreaterThan(0)
        const isSaid = /Connecting anew|Connecting again|Trying again|Going on over another/.test(run.log)
        // A connection that was closed while nothing went over it is missed only by what comes next.
        if (!('idleMs' in faults)) expect(isSaid).toBe(true)
        expect((await watch.stop()).broken).toEqual([])
        await expectWhole(hosting, two)
      } finally {
        await proxy.stop()
      }
    })

    test('a line that never bears ends the run after a few tries, and the site stays as it was', async () => {
      await using hosting = await startHosting(await member.start())
      const [one, two] = await twoBuilds(hosting)
      expectSuccess(await runAction(hosting.inputs(one, 'a')))
      const before = await snapshot(join(hosting.server.root, 'salesdemo_cloud'))
      const proxy = await startFaultProxy(hosting.server, { cutAfter: 0, cutEvery: 1 })
      try {
        const run = await runAction(through(proxy, hosting, two, { retries: '2', connections: '1' }))
        expect(['connection-lost', 'unreachable']).toContain(run.outputs['reason-code'])
        expect(run.outputs.status).toBe('failed')
        expect(proxy.connections).toBe(3)
        const after = await snapshot(join(hosting.server.root, 'salesdemo_cloud'))
        expect([...after.keys()].filter(path => after.get(path) !== before.get(path))).toEqual([])
      } finally {
        await proxy.stop()
      }
    })
  })
}

describe('a job that is cancelled', () => {
  test.each([
    ['SFTP', () => startSftpServer(), 200_000],
    ['FTP', () => startIisFtpServer(), 2_500]
  ])(
    'while the line is silent still unlocks and reports before the runner kills it, over %s',
    async (_, start, bytes) => {
      await using hosting = await startHosting(await start())
      const [one, two] = await twoBuilds(hosting)
      await seed(hosting, one)
      const proxy = await startFaultProxy(hosting.server, { stallAfter: bytes, only: 1 })
      try {
        let kill: Kill = () => false
        const running = runAsStep(through(proxy, hosting, two, { timeout: '60' }), {
          onStart: stop => {
            kill = stop
          }
        })
        while (proxy.struck === 0) await new Promise(resolve => setTimeout(resolve, 20))
        const last = await cancelLikeRunner(kill)
        expect(last).toBe('SIGINT')
        const { main } = await running
        expect(main.exitCode).toBe(1)
        expect(main.outputs).toMatchObject({ status: 'failed', 'reason-code': 'cancelled' })
        const left = [...(await snapshot(hosting.server.root)).keys()]
        expect(left.filter(path => /\/lock(\/|$)|app_offline/.test(path))).toEqual([])
      } finally {
        await proxy.stop()
      }
    }
  )
})

/** Servers that make trouble themselves. */
describe('a server', () => {
  const ftp = (options: IisFtpServerOptions) => (): Promise<TestServer> => startIisFtpServer(options)
  const sftp = (options: SftpServerOptions) => (): Promise<TestServer> => startSftpServer(options)
  test.each<[string, () => Promise<TestServer>]>([
    ['that refuses EPSV', ftp({ epsv: 'refused' })],
    ['that knows EPSV for another network only', ftp({ epsv: 'other-network' })],
    ['whose PASV names a private address', ftp({ epsv: 'refused', passiveHost: '10.11.12.13' })],
    ['that refuses each ninth data connection', ftp({ refuseDataEvery: 9, tls: true })],
    ['that ends each control connection after 150 commands', ftp({ cutControlAfter: 150 })],
    ['that swallows its last answer on each control connection', ftp({ cutControlAfter: 150, loseReply: true })],
    ['that hangs up on silence', ftp({ idleMs: 400 })],
    ['that ends each connection after 200 requests', sftp({ cutAfterRequests: 200 })],
    ['that swallows its last answer on each connection', sftp({ cutAfterRequests: 200, loseReply: true })],
    [
      'that swallows answers and cannot replace by a rename',
      sftp({ cutAfterRequests: 200, loseReply: true, extensions: false })
    ],
    ['that cuts each tenth upload', ftp({ cutAfter: 900, every: 10 })],
    ['that lets in one connection', sftp({ maxConnections: 1 })]
  ])('%s does not stop a release, and clients see nothing of it', async (_, start) => {
    await using hosting = await startHosting(await start())
    const [one, two] = await twoBuilds(hosting)
    await seed(hosting, one)
    await using watch = await watchClients(hosting.appUrl, [one, two], { gapLimitMs: 15_000 })
    const run = await runAction(hosting.inputs(two, 'b', { timeout: '5' }))
    expectSuccess(run)
    expect((await watch.stop()).broken).toEqual([])
    await expectWhole(hosting, two)
  })

  test('whose passive ports are closed is told from a line that breaks, and the message says where to look', async () => {
    await using hosting = await startHosting(await startIisFtpServer({ refuseDataEvery: 1 }))
    const run = await runAction(hosting.inputs(await hosting.build('one'), 'a', { retries: '1' }))
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'data-connection-failed' })
    expect(run.log).toContain('passive port range')
    expect(run.log).toMatch(/Trying again in/)
  })

  test('that refuses to take an old file away after the switch: the release counts, and the file is named', async () => {
    const options: SftpServerOptions = {}
    await using hosting = await startHosting(await startSftpServer(options))
    const [one, two] = await twoBuilds(hosting)
    expectSuccess(await runAction(hosting.inputs(one, 'a')))
    await rm(join(two.cloudApp, 'manual.html'))
    options.renameFailsFor = from => from.endsWith('/manual.html')
    const run = await runAction(hosting.inputs(two, 'b'))
    expectSuccess(run)
    expect(run.log).toMatch(/::warning::Could not be taken away: "salesdemo_cloud\/manual\.html"/)
    expect(run.outputs).toMatchObject({ status: 'deployed', 'files-deleted': '0' })
    options.renameFailsFor = undefined
    const three = await hosting.build('three', { version: '1.07', build: 'three' })
    await rm(join(three.cloudApp, 'manual.html'))
    // The action has not forgotten that the file is its own.
    expect((await runAction(hosting.inputs(three, 'a'))).outputs['files-deleted']).toBe('1')
  })

  test.each(['421', '530'] as const)('that is full at first (%s) is asked again a little later', async tooMany => {
    await using hosting = await startHosting(await startIisFtpServer({ maxConnections: 1, tooMany }))
    const one = await hosting.build('one')
    const guest = await logIn(hosting.server)
    const running = runAction(hosting.inputs(one, 'a', { retries: '6' }))
    setTimeout(() => guest.destroy(), 2_000)
    const run = await running
    expectSuccess(run)
    expect(run.log).toMatch(/has no room for another connection: .* Connecting again in/)
  })

  test('that stays full is named as such', async () => {
    await using hosting = await startHosting(await startIisFtpServer({ maxConnections: 1, tooMany: '530' }))
    const one = await hosting.build('one')
    const guest = await logIn(hosting.server)
    const run = await runAction(hosting.inputs(one, 'a', { retries: '1' }))
    guest.destroy()
    expect(run.outputs['reason-code']).toBe('too-many-connections')
  })

  test.each(['de', 'ja', 'zh'] as const)(
    'that says "in use" in another language (%s) is waited for behind app_offline.htm',
    async language => {
      const options: IisFtpServerOptions = { language, locked: ['*.dll'], unlockAfterMs: 1_500 }
      await using hosting = await startHosting(await startIisFtpServer(options))
      await mkdir(join(hosting.server.root, 'api_a'))
      await writeFile(join(hosting.server.root, 'api_a/ServerAPIs.dll'), 'of an older build')
      const run = await runAction(hosting.inputs(await hosting.build('one'), 'a'))
      expectSuccess(run)
      expect(run.log).toContain('still shutting down')
    }
  )
})

describe('a switch that a server breaks off', () => {
  const starts: [string, (options: object) => Promise<TestServer>][] = [
    ['by one rename each', options => startSftpServer(options)],
    ['by two renames each, over SFTP', options => startSftpServer(Object.assign(options, { extensions: false }))],
    ['by two renames each, over FTP', options => startIisFtpServer(options)]
  ]
  test.each(starts)('is undone at whatever file it happens: %s', async (_, start) => {
    const options: { renameFailsFor?: ((from: string, to: string) => boolean) | undefined } = {}
    await using hosting = await startHosting(await start(options))
    const [one, two] = await twoBuilds(hosting)
    expectSuccess(await runAction(hosting.inputs(one, 'a')))
    const app = join(hosting.server.root, 'salesdemo_cloud')
    const before = await snapshot(app)
    await using watch = await watchClients(hosting.appUrl, [one, two], { gapLimitMs: 15_000, rollback: true })
    for (const name of ['js/jquery-3.5.1.min.js', 'index.html', 'apprun.json', 'deploylist.ini.zip']) {
      options.renameFailsFor = (_from, to) => to.endsWith(`salesdemo_cloud/${name}`) && !_from.includes('backup-')
      const run = await runAction(hosting.inputs(two, 'b', { retries: '0' }))
      expect(run.exitCode).toBe(1)
      expect(run.outputs).toMatchObject({ status: 'rolled-back', 'reason-code': 'switch-incomplete' })
      const after = await snapshot(app)
      const differing = [...after.keys()].filter(path => after.get(path) !== before.get(path))
      expect(differing.filter(path => !path.startsWith('1.06/'))).toEqual([])
    }
    // Neither forward nor back: the next run repairs.
    options.renameFailsFor = (_from, to) => /salesdemo_cloud\/(deploylist|apprun|index)/.test(to) && !to.endsWith('tmp')
    options.renameFailsFor = afterFirst(options.renameFailsFor, /index\.html$/)
    const stuck = await runAction(hosting.inputs(two, 'b', { retries: '0' }))
    expect(stuck.outputs['reason-code']).toBe('switch-incomplete')
    options.renameFailsFor = undefined
    const run = await runAction(hosting.inputs(two, 'b'))
    expectSuccess(run)
    expect((await watch.stop()).broken).toEqual([])
    await expectWhole(hosting, two)
  })
})

/** Lets the first rename to a name pass, and then goes by the rule. */
function afterFirst(rule: (from: string, to: string) => boolean, name: RegExp): (from: string, to: string) => boolean {
  let isPast = false
  return (from, to) => {
    if (isPast) return rule(from, to)
    isPast = name.test(to)
    return false
  }
}

async function twoBuilds(hosting: Hosting): Promise<[SamplePackage, SamplePackage]> {
  return [
    await hosting.build('one', { version: '1.05', build: 'one' }),
    await hosting.build('two', { version: '1.06', build: 'two' })
  ]
}

function through(
  proxy: FaultProxy,
  hosting: Hosting,
  build: SamplePackage,
  more: Record<string, string> = {}
): Record<string, string> {
  return { ...hosting.inputs(build, 'b', { timeout: '3' }), ...loginInputs(proxy), ...more }
}

/** A session that takes up a place. */
async function logIn({ port, username, password }: TestServer): Promise<Socket> {
  const socket = createConnection({ host: '127.0.0.1', port })
  for (const command of [`USER ${username}`, `PASS ${password}`]) {
    await new Promise(resolve => socket.once('data', resolve))
    socket.write(`${command}\r\n`)
  }
  await new Promise(resolve => socket.once('data', resolve))
  return socket
}

/** The release is on the site as built, and nothing else of ours. */
async function expectWhole({ server, b }: Hosting, build: SamplePackage): Promise<void> {
  const there = await snapshot(server.root)
  const wrong: string[] = []
  for (const [path, content] of await snapshot(build.cloudApp)) {
    const isPointer = path === 'apprun.json' || path === 'deploylist.ini.zip'
    if (!isPointer && there.get(`salesdemo_cloud/${path}`) !== content) wrong.push(path)
  }
  for (const [path, content] of await snapshot(build.webApi)) {
    if (there.get(`api_b/${path}`) !== content) wrong.push(`api_b/${path}`)
  }
  expect(wrong).toEqual([])
  expect(await readFile(join(server.root, 'salesdemo_cloud/apprun.json'), 'utf8')).toContain(b.apiUrl)
  expect([...there.keys()].filter(path => /hot-deploy-tmp|app_offline|\/lock(\/|$)/.test(path))).toEqual([])
}
