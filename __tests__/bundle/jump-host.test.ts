import { describe, expect, jest, test } from '@jest/globals'
import { join } from 'node:path'
import { cancelLikeRunner, runAction, runAsStep, type Kill } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { startFaultProxy, type Faults } from '../support/fault-proxy'
import { seed, snapshot, startHosting, withoutState, type Hosting } from '../support/hosting'
import { freePort } from '../support/loopback'
import type { SamplePackage } from '../support/sample-package'
import { handOver, internalName, startRealServer } from '../support/servers'
import { startSftpServer } from '../support/sftp-server'
import type { TestServer } from '../support/test-server'
import { describeMember, describeServer } from '../support/when-available'

jest.setTimeout(120_000)

const forwards = { [internalName]: '127.0.0.1' }

/** A server behind another one. Its name is known to that one alone, so a release that comes through came through it. */
interface Behind extends AsyncDisposable {
  readonly hosting: Hosting
  readonly jump: TestServer
  /** Inputs for a release of a package to side `a` or `b`. */
  inputs(build: SamplePackage, side: 'a' | 'b', more?: Record<string, string>): Record<string, string>
}

async function startBehind(site: TestServer, jump: TestServer): Promise<Behind> {
  const hosting = await startHosting(site)
  return {
    hosting,
    jump,
    inputs: (build, side, more = {}) => ({
      ...hosting.inputs(build, side),
      ...jumpInputs(hosting.server, jump),
      ...more
    }),
    [Symbol.asyncDispose]: async () => {
      await hosting[Symbol.asyncDispose]()
      await jump.stop()
    }
  }
}

/** Each of the two has a password of its own, but they take the same key: that of the site. */
function jumpInputs(site: TestServer, jump: TestServer): Record<string, string> {
  return {
    site: `sftp://${site.username}@${internalName}:${site.port}${site.rootPath}`,
    'jump-host': jumpUrl(jump),
    'jump-host-key': jump.hostKey ?? '',
    username: ''
  }
}

function jumpUrl({ username, host, port }: TestServer): string {
  return `ssh://${username}@${host}:${port}`
}

const ways = [
  { name: 'embedded', start: () => startSftpServer(), startJump: () => startSftpServer({ forwards }) },
  {
    name: 'openssh',
    real: 'openssh' as const,
    start: () => startRealServer('openssh'),
    startJump: () => startRealServer('openssh')
  }
]

for (const way of ways) {
  const member = { ...way, renameReplaces: true, guarantee: 'atomic' as const }
  const secrets = (jump: TestServer, site: TestServer): Record<string, string> =>
    way.real === undefined ? {} : { password: '', 'private-key': site.privateKey ?? jump.privateKey ?? '' }

  describeMember(member, () => {
    const behind = async (faults?: Faults): Promise<Behind & { readonly more: Record<string, string> }> => {
      const site = await way.start()
      const jump = await way.startJump()
      const started = await startBehind(site, faults ? await startFaultProxy(jump, faults) : jump)
      return { ...started, more: secrets(jump, site) }
    }

    test('a release to a server behind a jump host goes through it, over one connection', async () => {
      await using it = await behind({})
      const { hosting, more } = it
      const one = await hosting.build('one', { objects: 400, dlls: 4 })
      const run = await runAction(it.inputs(one, 'a', more))
      expectSuccess(run)
      expect(run.outputs).toMatchObject({ status: 'deployed', version: one.version })
      expect(run.log).not.toMatch(/::error|Trying again|Connecting a/)
      expect(it.jump).toMatchObject({ connections: 1 })
      await expectOnSite(it, one, 'a')
    })

    test('cut in the middle of an upload the way is made anew, and the release comes through', async () => {
      await using it = await behind({ cutAfter: 150_000, only: 2 })
      const { hosting, more } = it
      const one = await hosting.build('one', { objects: 400, dlls: 4 })
      const run = await runAction(it.inputs(one, 'a', more))
      expectSuccess(run)
      expect(run.log).toMatch(/The connection to ssh:\/\/\S+ \(jump host\) was lost/)
      expect(it.jump).toMatchObject({ struck: 2, connections: 3 })
      await expectOnSite(it, one, 'a')
    })

    test('one that falls silent is named, replaced, and the release comes through', async () => {
      await using it = await behind({ stallAfter: 150_000, only: 1 })
      const { hosting, more } = it
      const one = await hosting.build('one', { objects: 400, dlls: 4 })
      const run = await runAction(it.inputs(one, 'a', { ...more, timeout: '3' }))
      expectSuccess(run)
      expect(run.log).toMatch(/ssh:\/\/\S+ \(jump host\) has not answered for 2.4 s/)
      expect(it.jump).toMatchObject({ struck: 1, connections: 2 })
      await expectOnSite(it, one, 'a')
    })

    test('cancelled while the jump host is silent, a release still unlocks before the runner kills it', async () => {
      await using it = await behind({ stallAfter: 150_000, only: 1 })
      const { hosting, more, jump } = it
      const [one, two] = [
        await hosting.build('one', { version: '1.05', build: 'one', objects: 400, dlls: 4 }),
        await hosting.build('two', { version: '1.06', build: 'two', objects: 400, dlls: 4 })
      ]
      await seed(hosting, one)
      if (way.real !== undefined) await handOver(hosting.server.root)
      let kill: Kill = () => false
      const running = runAsStep(it.inputs(two, 'b', { ...more, timeout: '60' }), {
        onStart: stop => {
          kill = stop
        }
      })
      while ((jump as unknown as { struck: number }).struck === 0) await new Promise(resolve => setTimeout(resolve, 20))
      expect(await cancelLikeRunner(kill)).toBe('SIGINT')
      const { main } = await running
      expect(main.outputs).toMatchObject({ status: 'failed', 'reason-code': 'cancelled' })
      const left = [...(await snapshot(hosting.server.root)).keys()]
      expect(left.filter(path => /\/lock(\/|$)|app_offline/.test(path))).toEqual([])
    })

    test.each([
      ['jump-host-key', 'host-key-mismatch', /ssh:\/\/\S+ \(jump host\) shows the .* key .*, and jump-host-key trusts/],
      ['host-key', 'host-key-mismatch', /sftp:\/\/web\.internal:\d+ shows the .* key .*, and host-key trusts/]
    ])('a wrong %s ends the run, and says whose it is', async (input, reasonCode, message) => {
      await using it = await behind({})
      const wrong = { [input]: `SHA256:${'A'.repeat(43)}` }
      const run = await expectRefusal(it, { ...it.more, ...wrong }, reasonCode, message)
      expect(run).not.toMatch(/Connecting again/)
      expect(it.jump).toMatchObject({ connections: 1 })
    })

    test('allow-any-host-key covers both, and prints both fingerprints', async () => {
      await using it = await behind()
      const { hosting, jump, more } = it
      const open = { 'host-key': '', 'jump-host-key': '', 'allow-any-host-key': 'true', 'dry-run': 'true' }
      const run = await runAction(it.inputs(await hosting.build('one'), 'a', { ...more, ...open }))
      expectSuccess(run)
      expect(run.log).toContain(`To pin it, set jump-host-key: ${jump.hostKey ?? ''}`)
      expect(run.log).toContain(`To pin it, set host-key: ${hosting.server.hostKey ?? ''}`)
    })

    test('nobody listens at the port behind: the run says that the jump host found nobody', async () => {
      await using it = await behind()
      const site = `sftp://deploy@${internalName}:${await freePort()}/`
      await expectRefusal(
        it,
        { ...it.more, site, retries: '0' },
        'unreachable',
        /sftp:\/\/web\.internal:\d+ cannot be reached from ssh:\/\/\S+ \(jump host\): /
      )
    })

    test('nobody listens at the jump host itself: the run says that it is the jump host', async () => {
      await using it = await behind()
      const nobody = { 'jump-host': `ssh://deploy@127.0.0.1:${await freePort()}`, retries: '0' }
      await expectRefusal(
        it,
        { ...it.more, ...nobody },
        'unreachable',
        /ssh:\/\/\S+ \(jump host\) cannot be reached: .*ECONNREFUSED/
      )
    })
  })
}

describe('passwords', () => {
  test.each([
    ['the jump host', { forwards, password: 'another' }, {}, /ssh:\/\/\S+ \(jump host\) does not let "deploy" in/],
    ['the server behind', { forwards }, { password: 'another' }, /sftp:\/\/web\.internal:\d+ does not let "deploy" in/]
  ])('that %s does not take ends the run after one try', async (_, jumpOptions, siteOptions, message) => {
    const password = ' p@ss: word/#1 '
    await using it = await startBehind(await startSftpServer(siteOptions), await startSftpServer(jumpOptions))
    const log = await expectRefusal(it, { password }, 'authentication-failed', message)
    expect(log.replaceAll(/^::add-mask::.*$/gm, '')).not.toContain(password.trim())
    const refusals = [...(await it.jump.commands()), ...(await it.hosting.server.commands())]
    expect(refusals.filter(line => line.startsWith('REFUSED'))).toHaveLength(1)
  })

  test('and users may differ: the user of the jump host comes from its URL first', async () => {
    await using it = await startBehind(await startSftpServer(), await startSftpServer({ forwards }))
    const nobody = { 'jump-host': jumpUrl(it.jump).replace('deploy@', 'nobody@') }
    await expectRefusal(it, nobody, 'authentication-failed', /\(jump host\) does not let "nobody" in/)
  })
})

describe('a jump host that does not forward', () => {
  test('is refused at once, and the advice names AllowTcpForwarding', async () => {
    await using it = await startBehind(await startSftpServer(), await startSftpServer())
    await expectForwardingRefused(it, {})
  })

  describeServer('openssh-chroot', () => {
    test('is refused at once there too', async () => {
      await using it = await startBehind(await startRealServer('openssh'), await startRealServer('openssh-chroot'))
      await expectForwardingRefused(it, { password: '', 'private-key': it.jump.privateKey ?? '' })
    })
  })

  async function expectForwardingRefused(it: Behind, more: Record<string, string>): Promise<void> {
    const log = await expectRefusal(
      it,
      more,
      'unreachable',
      /ssh:\/\/\S+ \(jump host\) may not forward to sftp:\/\/web\.internal:\d+: administratively prohibited/
    )
    expect(log).toContain('AllowTcpForwarding')
    expect(log).not.toContain('Connecting again')
  }
})

test('the Web APIs on a server of their own are reached over the same connection to the jump host', async () => {
  await using webApi = { server: await startSftpServer(), [Symbol.asyncDispose]: () => webApi.server.stop() }
  const proxy = await startFaultProxy(await startSftpServer({ forwards }), {})
  await using it = await startBehind(await startSftpServer(), proxy)
  const { hosting } = it
  const one = await hosting.build('one')
  const more = {
    'web-api-site': `sftp://deploy@${internalName}:${webApi.server.port}/`,
    'host-key': `${hosting.server.hostKey ?? ''}\n${webApi.server.hostKey ?? ''}`,
    'readiness-path': 'none'
  }
  const run = await runAction(it.inputs(one, 'a', more))
  expectSuccess(run)
  expect(proxy.connections).toBe(1)
  const ports = (await it.jump.commands()).filter(line => line.startsWith('FORWARD')).map(line => line.split(':')[1])
  expect(new Set(ports)).toEqual(new Set([String(hosting.server.port), String(webApi.server.port)]))
  expect([...(await snapshot(webApi.server.root)).keys()]).toContain('api_a/ServerAPIs.dll')
})

/** A run that fails before it has written anything. @returns its log */
async function expectRefusal(
  it: Behind,
  more: Record<string, string>,
  reasonCode: string,
  message: RegExp
): Promise<string> {
  const build = await it.hosting.build('refused')
  const run = await runAction(it.inputs(build, 'a', more))
  expect(run.log).toMatch(message)
  expect(run.exitCode).toBe(1)
  expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': reasonCode })
  expect([...(await snapshot(it.hosting.server.root)).keys()]).toEqual([])
  return run.log
}

/** Everything of a build but its pointers is on the site, byte for byte. */
async function expectOnSite({ hosting: { server } }: Behind, build: SamplePackage, side: 'a' | 'b'): Promise<void> {
  const there = withoutState(await snapshot(server.root))
  for (const [local, remote] of [
    [build.cloudApp, 'salesdemo_cloud'],
    [build.webApi, `api_${side}`]
  ] as const) {
    const sent = [...(await snapshot(local))].filter(([path]) => !/^(apprun\.json|deploylist\.ini\.zip)$/.test(path))
    expect(sent.filter(([path, content]) => there.get(join(remote, path)) !== content).map(([path]) => path)).toEqual(
      []
    )
  }
}
