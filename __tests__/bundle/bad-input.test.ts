import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runAction, type Run } from '../../scripts/as-runner.mjs'
import { certificateFor } from '../support/certificate'
import { seed, snapshot, startHosting, type Hosting, withoutState } from '../support/hosting'
import { WindowsFiles } from '../support/iis-ftp/files'
import { startIisFtpServer } from '../support/iis-ftp-server'
import { freePort } from '../support/loopback'
import type { SamplePackage } from '../support/sample-package'
import { startRealServer, type RealServerName } from '../support/servers'
import { startSftpServer } from '../support/sftp-server'
import type { TestServer } from '../support/test-server'
import { describeServer } from '../support/when-available'

type Inputs = Record<string, string>

interface BadInput {
  readonly name: string
  readonly reasonCode: string
  /** What a user reads: each must be in the message or the advice. */
  readonly says: readonly (string | RegExp)[]
  /** Windows and macOS cannot hold such a build, or not without more rights. */
  readonly onLinux?: true
  /** Spoils the build, and returns the inputs that go wrong. */
  readonly spoil?: (build: SamplePackage, hosting: Hosting) => Promise<Inputs> | Inputs
}

const inBuild: readonly BadInput[] = [
  {
    name: 'an unknown strategy',
    reasonCode: 'invalid-inputs',
    says: ['strategy is "blue-green"; "versioning" or "replacement" is expected'],
    spoil: () => ({ strategy: 'blue-green' })
  },
  {
    name: 'a folder that is missing',
    reasonCode: 'build-not-found',
    says: [/package is ".*no\/such\/build"/, 'no such folder or .zip', 'artifact'],
    spoil: () => ({ package: 'no/such/build' })
  },
  {
    name: 'a package without an app',
    reasonCode: 'cloud-app-not-found',
    says: ['holds no cloud app', 'index.html', 'cloud-app-path'],
    spoil: async build => {
      await rm(build.cloudApp, { recursive: true })
      return {}
    }
  },
  {
    name: 'a package with two apps',
    reasonCode: 'cloud-app-ambiguous',
    says: ['2 cloud apps', 'salesdemo_cloud', 'other_cloud', 'cloud-app-path'],
    spoil: async build => {
      await mkdir(join(build.root, 'other_cloud/1.01'), { recursive: true })
      await writeFile(join(build.root, 'other_cloud/index.html'), '')
      return {}
    }
  },
  {
    name: 'an app without a version folder',
    reasonCode: 'version-not-in-build',
    says: ['no version folder such as 1.01', 'Deployment version', 'project object'],
    spoil: async build => {
      await rm(join(build.cloudApp, '1.06'), { recursive: true })
      return {}
    }
  },
  {
    name: 'a version that the build does not have',
    reasonCode: 'version-not-in-build',
    says: ['no folder for version 1.07; it has 1.06', 'Deployment version'],
    spoil: () => ({ version: '1.07' })
  },
  {
    name: 'another minimum than was asked for',
    reasonCode: 'minimum-mismatch',
    says: ['minimum compatible version 1.06', '1.05 was asked for', 'Minimum compatible version'],
    spoil: () => ({ 'minimum-compatible-version': '1.05' })
  },
  {
    name: 'an apprun.json without web_api',
    reasonCode: 'apprun-invalid',
    says: ['"apprun.json" of the build', 'no deployment_urls.web_api', 'Web API URL'],
    spoil: async build => {
      await writeFile(join(build.cloudApp, 'apprun.json'), '{ "deployment_urls": { "launcher": "x" } }')
      return {}
    }
  },
  {
    name: 'a broken apprun.json',
    reasonCode: 'apprun-invalid',
    says: ['line 3, column 15'],
    spoil: async build => {
      await writeFile(
        join(build.cloudApp, 'apprun.json'),
        '{\r\n  "deployment_urls": {\r\n    "web_api" "x"\r\n  }\r\n}'
      )
      return {}
    }
  },
  {
    name: 'a relative URL',
    reasonCode: 'invalid-inputs',
    says: ['web-api-url is "/salesdemo_API/"', 'complete URL'],
    spoil: () => ({ 'web-api-url': '/salesdemo_API/' })
  },
  {
    name: 'the URL that is live already',
    reasonCode: 'web-api-url-live',
    says: [/where clients are now/, 'idle Web APIs'],
    spoil: (_build, { a }) => ({ 'web-api-url': a.apiUrl.replace('http://', 'HTTP://').replace(/\/$/, '') })
  },
  {
    name: "the live Web APIs' folder as target",
    reasonCode: 'target-is-live',
    says: ['"api_a"', 'lose their sessions', 'web-api-target'],
    spoil: () => ({ 'web-api-target': '.\\api_a' })
  },
  {
    name: 'a link that leaves the folder',
    onLinux: true,
    reasonCode: 'link-leaves-folder',
    says: ['link "js/outside.js"', 'outside of the build', 'exclude'],
    spoil: async (build, { workshop }) => {
      await writeFile(join(workshop, 'secret'), 'of somebody else')
      await symlink(join(workshop, 'secret'), join(build.cloudApp, 'js/outside.js'))
      return {}
    }
  },
  {
    name: 'two names that differ only in case',
    onLinux: true,
    reasonCode: 'names-collide',
    says: ['"css/STYLE.css" and "css/style.css"', 'IIS holds just one'],
    spoil: async build => {
      await writeFile(join(build.cloudApp, 'css/STYLE.css'), '')
      return {}
    }
  },
  {
    name: 'a name that Windows cannot hold',
    onLinux: true,
    reasonCode: 'name-not-allowed',
    says: ['"js/a:b.js"', 'contains ":"'],
    spoil: async build => {
      await writeFile(join(build.cloudApp, 'js/a:b.js'), '')
      return {}
    }
  },
  {
    name: 'a version that is not newer',
    reasonCode: 'version-not-newer',
    says: ['1.04 is not newer than 1.05', 'Deployment version', 'replacement'],
    spoil: async build => {
      await rename(join(build.cloudApp, '1.06'), join(build.cloudApp, '1.04'))
      const list = join(build.cloudApp, 'deploylist.ini.zip')
      await writeFile(list, (await readFile(list, 'utf8')).replaceAll('1.06', '1.04'))
      return {}
    }
  },
  {
    name: 'a replacement of a version that is not there',
    reasonCode: 'version-not-on-site',
    says: ['no version 1.06 to replace; it has 1.05', 'versioning'],
    spoil: () => ({ strategy: 'replacement' })
  },
  {
    name: 'a wrong password',
    reasonCode: 'authentication-failed',
    says: ['does not let "deploy" in with the given password', 'Check username and secrets'],
    spoil: () => ({ password: 'not the one' })
  },
  {
    name: 'a wrong host key',
    reasonCode: 'host-key-mismatch',
    says: [/shows the ssh-ed25519 key SHA256:[\w+/]{43}/, `trusts SHA256:${'A'.repeat(43)}`, 'ssh-keygen -lf'],
    spoil: () => ({ 'host-key': `SHA256:${'A'.repeat(43)}` })
  },
  {
    name: 'a host that cannot be reached',
    reasonCode: 'unreachable',
    says: [/sftp:\/\/127\.0\.0\.1:\d+ cannot be reached: connect ECONNREFUSED/, 'firewall'],
    spoil: async () => ({ site: `sftp://127.0.0.1:${await freePort()}/` })
  },
  {
    name: 'a host that does not exist',
    reasonCode: 'unreachable',
    says: ['server.invalid', 'Check host and port'],
    spoil: () => ({ site: 'sftp://server.invalid/' })
  },
  {
    name: 'a root that does not exist',
    reasonCode: 'root-not-found',
    says: ['no folder "/inetpub/nowhere"', 'Check the path in site'],
    spoil: (_build, { server }) => ({ site: `sftp://127.0.0.1:${server.port}/inetpub\\nowhere` })
  }
]

describe('a deploy refuses, says why, and leaves the site as it was', () => {
  let hosting: Hosting
  let build: SamplePackage

  beforeAll(async () => {
    hosting = await startHosting(await startSftpServer())
    await seed(hosting, await hosting.build('one', { version: '1.05', build: 'one' }))
  })
  afterAll(async () => {
    await hosting[Symbol.asyncDispose]()
  })

  test.each(inBuild.filter(({ onLinux }) => !onLinux || process.platform === 'linux'))(
    '$name',
    async ({ reasonCode, says, spoil }) => {
      build = await hosting.build(`two-${Math.random()}`, { version: '1.06', build: 'two' })
      const before = withoutState(await snapshot(hosting.server.root))
      const run = await runAction(hosting.inputs(build, 'b', await spoil?.(build, hosting)))
      expectFailure(run, reasonCode, says)
      expect(withoutState(await snapshot(hosting.server.root))).toEqual(before)
    }
  )

  test('Web API B that never gets ready', async () => {
    build = await hosting.build('never', { version: '1.06', build: 'two' })
    hosting.b.setHealth('unhealthy')
    const before = withoutState(await snapshot(hosting.server.root))
    const run = await runAction(hosting.inputs(build, 'b', { 'readiness-timeout': '1' }))
    hosting.b.setHealth('healthy')
    expectFailure(run, 'web-api-not-ready', ['not ready after 1 s', '503, Unhealthy', 'license and database'])
    // What was staged stays in B, to be looked at; all that clients see is as it was.
    expect(withoutB(withoutState(await snapshot(hosting.server.root)))).toEqual(before)
    expect(run.outputs['web-api-url']).toBe(hosting.b.apiUrl)
    await rm(join(hosting.server.root, 'api_b'), { recursive: true })
  })

  test('a smoke check that fails', async () => {
    build = await hosting.build('smoke', { version: '1.06', build: 'two' })
    const before = withoutState(await snapshot(hosting.server.root))
    const smoke = `200 ${hosting.b.apiUrl}api/version-of-build contains "three"`
    const run = await runAction(hosting.inputs(build, 'b', { 'smoke-urls': smoke }))
    expectFailure(run, 'smoke-check-failed', ['does not contain "three"'])
    expect(withoutB(withoutState(await snapshot(hosting.server.root)))).toEqual(before)
    await rm(join(hosting.server.root, 'api_b'), { recursive: true })
  })

  test('every wrong input in one list', async () => {
    const run = await runAction({
      strategy: 'x',
      site: 'ftp://deploy:hunter2@host/..',
      'web-api-url': 'api',
      'dry-run': 'maybe',
      timeout: '0',
      gate: 'merged-pull-request',
      'base-branch': 'main\ndev',
      'web-api-slots': 'a: {}',
      'web-api-ulr': 'https://b.example.com/'
    })
    expectFailure(run, 'invalid-inputs', [
      'strategy is "x"',
      'site is "ftp://…@host/.."',
      'web-api-url is "api"',
      'dry-run is "maybe"; true or false is expected',
      'timeout is "0"',
      'package is missing',
      'base-branch has several lines',
      'web-api-slots has the slot "a" without url or target',
      'web-api-ulr is no input of this action; did you mean web-api-url?'
    ])
    expect(run.log + run.summary + JSON.stringify(run.outputs)).not.toContain('hunter2')
  })

  test('only warns of localhost', async () => {
    build = await hosting.build('local', { version: '1.06', build: 'two' })
    const run = await runAction(hosting.inputs(build, 'b', { 'dry-run': 'true' }))
    expect(run.exitCode).toBe(0)
    expect(run.log).toContain('::warning::web-api-url is "http://127.0.0.1')
  })
})

describe('a server that does not play along', () => {
  const expectRefusal = async (
    server: TestServer,
    reasonCode: string,
    says: readonly (string | RegExp)[],
    more: Inputs = {}
  ): Promise<void> => {
    await using hosting = await startHosting(server)
    const build = await hosting.build('one')
    const before = withoutState(await snapshot(server.root))
    const run = await runAction({ ...hosting.inputs(build, 'a'), ...more })
    expectFailure(run, reasonCode, says)
    expect(withoutState(await snapshot(server.root))).toEqual(before)
  }
  const noRoom = [/write "\/.*" to .*: .*(space|full)|disk of .* is full/i, 'Make room']

  test.each([
    ['SFTP', () => startSftpServer({ readOnly: true })],
    ['FTP', () => startIisFtpServer({ readOnly: true })]
  ])('no write permission, over %s', async (_, start) => {
    await expectRefusal(await start(), 'state-not-writable', ['/App_Data', 'state-path'])
  })

  test.each([
    ['SFTP', () => startSftpServer({ readOnlyFolders: ['/api_a'] }), 'right to modify'],
    ['FTP', () => startIisFtpServer({ readOnlyFolders: ['/api_a'] }), 'Access is denied']
  ])('no write permission in the folder of the Web APIs, over %s', async (_, start, words) => {
    await expectRefusal(await start(), 'permission-denied', ['/api_a', words])
  })

  test('a full disk, over FTP of IIS', async () => {
    await expectRefusal(await startIisFtpServer({ quota: 300_000 }), 'disk-full', [
      'not enough space on the disk',
      'Make room'
    ])
  })

  test('a full disk of which an SFTP server just says "Failure"', async () => {
    await expectRefusal(await startSftpServer({ quota: 300_000 }), 'transfer-failed', ['Failure', 'full disk'])
  })

  test('a certificate that nobody trusts', async () => {
    await expectRefusal(await startIisFtpServer({ tls: true }), 'certificate-untrusted', ['not trusted', 'tls-ca'], {
      'tls-ca': ''
    })
  })

  test('a certificate for another host, and the password is not sent', async () => {
    const server = await startIisFtpServer({
      tls: true,
      certificate: certificateFor(['other.example.com'], [10, 0, 0, 1])
    })
    await expectRefusal(server, 'certificate-untrusted', ['not trusted', '127.0.0.1'])
    expect((await server.commands()).filter(line => line.startsWith('PASS'))).toEqual([])
  })

  test('an upload that the site shows shorter than it was sent', async () => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its object below
    const { list } = WindowsFiles.prototype
    const shortened = jest.spyOn(WindowsFiles.prototype, 'list').mockImplementation(function (
      this: WindowsFiles,
      path: string
    ) {
      return list.call(this, path).map(entry => {
        if (entry.name === 'AppModels.dll') entry.stats.size = 7
        return entry
      })
    })
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its object below
    const { fileStats } = WindowsFiles.prototype
    const told = jest.spyOn(WindowsFiles.prototype, 'fileStats').mockImplementation(function (
      this: WindowsFiles,
      path: string
    ) {
      const stats = fileStats.call(this, path)
      if (path.endsWith('/AppModels.dll')) stats.size = 7
      return stats
    })
    try {
      await expectRefusal(await startIisFtpServer(), 'not-verified', ['"api_a/AppModels.dll" has 7 bytes instead of'])
    } finally {
      shortened.mockRestore()
      told.mockRestore()
    }
  })

  test('plain FTP where TLS was asked for', async () => {
    const server = await startIisFtpServer()
    await expectRefusal({ ...server, protocol: 'ftps' }, 'transfer-failed', [/AUTH|TLS|SSL|534/])
  })

  const full: [RealServerName, string, readonly (string | RegExp)[]][] = [
    ['openssh', 'disk-full', noRoom],
    ['vsftpd-tls', 'transfer-failed', ['full disk']],
    ['proftpd-tls', '(disk-full|transfer-failed)', [/full disk|space/i]],
    ['pureftpd-tls', 'transfer-failed', ['full disk']]
  ]
  for (const [name, reasonCode, says] of full) {
    describeServer(name, () => {
      test('a full disk', async () => {
        await expectRefusal(await startRealServer(name, { size: '500k' }), reasonCode, says)
      })
    })
  }
})

function expectFailure(run: Run, reasonCode: string, says: readonly (string | RegExp)[]): void {
  const annotation = run.log.split('\n').find(line => line.startsWith('::error ')) ?? run.log
  const text = decodeURIComponent(annotation.replace(/%(?!0A|0D|25|3A|2C)/g, '%25'))
  expect(`${run.outputs['reason-code'] ?? ''}: ${text}`).toMatch(new RegExp(`^${reasonCode}: `))
  expect(annotation).toContain(`title=${run.outputs['reason-code'] ?? ''}`)
  for (const words of says) expect(text).toMatch(typeof words === 'string' ? new RegExp(escape(words)) : words)
  expect(run.exitCode).toBe(1)
  expect(run.outputs.status).toBe('failed')
  expect(run.summary).toContain(`Reason code \`${run.outputs['reason-code'] ?? ''}\``)
  expect(run.log).not.toMatch(/\n\s+at .*\(.*:\d+:\d+\)/)
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function withoutB(site: Map<string, string>): Map<string, string> {
  return new Map([...site].filter(([path]) => !path.startsWith('api_b')))
}
