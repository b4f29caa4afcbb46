import { describe, expect, jest, test } from '@jest/globals'
import { randomInt } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runAction } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { startFaultProxy } from '../support/fault-proxy'
import { loginInputs, siteUrl, snapshot, startHosting, type Hosting } from '../support/hosting'
import { startIisFtpServer } from '../support/iis-ftp-server'
import type { SamplePackage } from '../support/sample-package'
import { handOver, startRealServer } from '../support/servers'
import { proftpd } from '../support/servers/proftpd'
import { pureFtpd } from '../support/servers/pure-ftpd'
import type { Recipe } from '../support/servers/recipe'
import { vsftpd } from '../support/servers/vsftpd'
import { startSftpServer } from '../support/sftp-server'
import type { TestServer } from '../support/test-server'
import { describeServer } from '../support/when-available'

jest.setTimeout(120_000)

/** What each server writes down when a password is right, and when it is wrong. */
const logins = {
  'embedded-sftp': { right: /^LOGIN /, wrong: /^REFUSED password/ },
  'iis-ftp': { right: /^230 /, wrong: /^530 User cannot log in/ },
  'vsftpd-tls': { right: /OK LOGIN/, wrong: /FAIL LOGIN/ },
  'proftpd-tls': { right: / PASS .* -> 230/, wrong: / PASS .* -> 530/ },
  'vsftpd-limited': { right: /OK LOGIN/, wrong: /FAIL LOGIN/ },
  'proftpd-limited': { right: / PASS .* -> 230/, wrong: / PASS .* -> 530/ }
}

async function loginsOf(server: TestServer, pattern: RegExp): Promise<number> {
  return (await server.commands()).filter(line => pattern.test(line)).length
}

/** Both let in two connections of a client. */
for (const name of ['vsftpd-limited', 'proftpd-limited'] as const) {
  describeServer(name, () => {
    test('gets a release over the two connections that it lets in, and this is said once', async () => {
      // While Web API B gets ready there is time to refuse: ProFTPD lets those wait whom it does not let in.
      await using hosting = await startHosting(await startRealServer(name), { api: { readyAfterRequests: 1 } })
      const [one, two] = await twoBuilds(hosting)
      for (const [build, side] of [
        [one, 'a'],
        [two, 'b']
      ] as const) {
        const run = await runAction(hosting.inputs(build, side))
        expectSuccess(run)
        expect(run.outputs).toMatchObject({ status: 'deployed', version: build.version })
        expect(run.log.match(/Going on with .* connections?; another one failed/g)).toEqual([
          'Going on with 2 connections; another one failed'
        ])
        expect(run.log).not.toMatch(/::error|Connecting again|Trying again/)
        await expectOnSite(hosting, build, side)
        await goneFrom(hosting)
      }
      // One that was still on its way when the others left may be let in.
      expect(await loginsOf(hosting.server, logins[name].right)).toBeGreaterThanOrEqual(4)
    })

    test('gets a release over one connection to each of two sites on it', async () => {
      // As above.
      await using hosting = await startHosting(await startRealServer(name), { api: { readyAfterRequests: 1 } })
      const { server } = hosting
      await mkdir(join(server.root, 'api_a'))
      await mkdir(join(server.root, 'api_b'))
      await handOver(server.root)
      const [one, two] = await twoBuilds(hosting)
      for (const [build, side] of [
        [one, 'a'],
        [two, 'b']
      ] as const) {
        const site = { 'web-api-site': `${siteUrl(server)}api_${side}`, 'web-api-target': '.' }
        const run = await runAction(hosting.inputs(build, side, site))
        expectSuccess(run)
        expect(run.outputs).toMatchObject({ status: 'deployed', version: build.version })
        // For each of them once, unless it is done before it hears of it.
        const said = run.log.match(/Going on with .* connections?; another one failed/g) ?? []
        expect(new Set(said)).toEqual(new Set(['Going on with one connection; another one failed']))
        expect(said.length).toBeLessThanOrEqual(2)
        expect(run.log).not.toMatch(/::error|Connecting again|Trying again/)
        await expectOnSite(hosting, build, side)
        await goneFrom(hosting)
      }
      expect(await loginsOf(server, logins[name].right)).toBeGreaterThanOrEqual(4)
    })
  })
}

/** A firewall may let so few through that each of many connections cannot have one. */
describe('few passive ports', () => {
  for (const name of ['vsftpd', 'vsftpd-tls', 'proftpd-tls', 'pureftpd-tls'] as const) {
    describeServer(name, () => {
      test('are enough for a release', async () => {
        await using hosting = await startHosting(await startRealServer(name, { recipe: withFewPorts(name) }))
        const build = await hosting.build('one', { objects: 300, dlls: 4 })
        const run = await runAction(hosting.inputs(build, 'a'))
        expectSuccess(run)
        await expectOnSite(hosting, build, 'a')
      })
    })
  }
})

describe.each([
  ['embedded-sftp', () => startSftpServer()],
  ['iis-ftp', () => startIisFtpServer()]
] as const)('connections to %s', (name, start) => {
  test.each([
    ['1', 1, 1],
    ['3', 2, 3],
    ['auto', 3, 16]
  ])('are no more than are asked for: %s', async (connections, least, most) => {
    await using hosting = await startHosting(await start())
    // Enough for each of them to be worth it.
    const build = await hosting.build('one', { objects: 400, dlls: 4 })
    const run = await runAction(hosting.inputs(build, 'a', { connections }))
    expectSuccess(run)
    const count = await loginsOf(hosting.server, logins[name].right)
    expect(count).toBeGreaterThanOrEqual(least)
    expect(count).toBeLessThanOrEqual(most)
    expect(run.log).not.toContain('Going on with')
    await expectOnSite(hosting, build, 'a')
  })
})

test.each(['0', '33', 'many', '-1', '2.5', '1e1'])(
  'the number of connections is "auto" or 1 to 32, and %s is refused before the server is asked anything',
  async connections => {
    await using hosting = await startHosting(await startSftpServer())
    const build = await hosting.build('one', { objects: 1, dlls: 2 })
    const run = await runAction(hosting.inputs(build, 'a', { connections }))
    expect(run.exitCode).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'invalid-inputs' })
    expect(run.log).toContain(`connections is "${connections}"; "auto" or a number, 1 to 32, is expected`)
    expect(await hosting.server.commands()).toEqual([])
  }
)

describe('a build that cannot be released', () => {
  test.each([
    ['SFTP', () => startSftpServer()],
    ['FTP', () => startIisFtpServer()],
    ['FTPS', () => startIisFtpServer({ tls: true })]
  ])('ends the run at once, although the server is silent, over %s', async (_, start) => {
    await using hosting = await startHosting(await start())
    const build = await hosting.build('one', { objects: 1, dlls: 2 })
    await rm(build.root, { recursive: true })
    const proxy = await startFaultProxy(hosting.server, { stallAfter: 0 })
    try {
      const began = performance.now()
      const run = await runAction({ ...hosting.inputs(build, 'a'), ...loginInputs(proxy) })
      expect(performance.now() - began).toBeLessThan(5_000)
      expect(run.exitCode).toBe(1)
      expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'build-not-found' })
    } finally {
      await proxy.stop()
    }
  })
})

describe('a wrong password', () => {
  for (const name of ['vsftpd-tls', 'proftpd-tls'] as const) {
    describeServer(name, () => {
      test('reaches the server once, over one connection: an account may be locked after a few', async () => {
        await using hosting = await startHosting(await startRealServer(name))
        await expectOneAttempt(hosting, logins[name].wrong)
      })
    })
  }

  test.each([
    ['iis-ftp', () => startIisFtpServer()],
    ['embedded-sftp', () => startSftpServer()]
  ] as const)('reaches a server once that is inside this process: %s', async (name, start) => {
    await using hosting = await startHosting(await start())
    await expectOneAttempt(hosting, logins[name].wrong)
  })

  test('for the account of the Web APIs reaches the server once, although that of the site is right', async () => {
    await using hosting = await startHosting(await startIisFtpServer())
    const { server } = hosting
    const site = (user: string): string => siteUrl(server).replace('ftp://', `ftp://${user}@`)
    const more = { username: '', site: site(server.username), 'web-api-site': site('other') }
    const run = await runAction(hosting.inputs(await hosting.build('one', { objects: 200 }), 'a', more))
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'authentication-failed' })
    expect(await loginsOf(server, logins['iis-ftp'].wrong)).toBe(1)
    expect(await loginsOf(server, logins['iis-ftp'].right)).toBe(1)
  })

  async function expectOneAttempt(hosting: Hosting, pattern: RegExp): Promise<void> {
    // Large enough for many connections.
    const build = await hosting.build('one', { objects: 400 })
    const proxy = await startFaultProxy(hosting.server, {})
    try {
      const more = { password: 'wrong', 'private-key': '' }
      const run = await runAction({ ...hosting.inputs(build, 'a'), ...loginInputs(proxy), ...more })
      expect(run.exitCode).toBe(1)
      expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'authentication-failed' })
      expect(proxy.connections).toBe(1)
      expect(await loginsOf(hosting.server, pattern)).toBe(1)
    } finally {
      await proxy.stop()
    }
  }
})

function withFewPorts(name: 'vsftpd' | 'vsftpd-tls' | 'proftpd-tls' | 'pureftpd-tls'): Recipe {
  const first = randomInt(20_000, 30_000)
  const last = first + 3
  switch (name) {
    case 'proftpd-tls':
      return proftpd('ftps', `PassivePorts ${first} ${last}`)
    case 'pureftpd-tls':
      return { ...pureFtpd, arguments: site => [...pureFtpd.arguments(site), '--passiveportrange', `${first}:${last}`] }
    default:
      return vsftpd(name === 'vsftpd' ? 'ftp' : 'ftps', `pasv_min_port=${first}`, `pasv_max_port=${last}`)
  }
}

async function twoBuilds(hosting: Hosting): Promise<[SamplePackage, SamplePackage]> {
  return [
    await hosting.build('one', { version: '1.05', build: 'one', objects: 30, dlls: 4 }),
    await hosting.build('two', { version: '1.06', build: 'two', objects: 30, dlls: 4 })
  ]
}

/** A server counts a client for a moment after it has gone. */
async function goneFrom({ server }: Hosting): Promise<void> {
  let lines = -1
  for (let now = 0; now !== lines; now = (await server.commands()).length) {
    lines = now
    await sleep(300)
  }
}

/** Everything of a build but its pointers is on the site, byte for byte, and nothing that is in the way. */
async function expectOnSite({ server }: Hosting, build: SamplePackage, side: 'a' | 'b'): Promise<void> {
  const there = await snapshot(server.root)
  const wrong: string[] = []
  for (const [path, content] of await snapshot(build.cloudApp)) {
    const isPointer = path === 'apprun.json' || path === 'deploylist.ini.zip'
    if (!isPointer && there.get(`salesdemo_cloud/${path}`) !== content) wrong.push(path)
  }
  for (const [path, content] of await snapshot(build.webApi)) {
    if (there.get(`api_${side}/${path}`) !== content) wrong.push(`api_${side}/${path}`)
  }
  expect(wrong).toEqual([])
  expect([...there.keys()].filter(path => /hot-deploy-tmp|app_offline|\/lock(\/|$)/.test(path))).toEqual([])
}
