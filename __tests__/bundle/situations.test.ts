import { describe, expect, jest, test } from '@jest/globals'
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { parse } from 'yaml'
import { runAction, runAsStep, type Kill } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { makeCertificate } from '../support/certificate'
import { startFaultProxy } from '../support/fault-proxy'
import { loginInputs, seed, snapshot, startHosting, withoutState } from '../support/hosting'
import { WindowsFiles } from '../support/iis-ftp/files'
import { startIisFtpServer } from '../support/iis-ftp-server'
import { zipSamplePackage } from '../support/sample-package'
import { lineOfRenameTo, linesOfWrites } from '../support/server-order'
import { startSftpServer } from '../support/sftp-server'
import { startWebApiSite } from '../support/web-api-site'

describe('a dry run', () => {
  test.each([
    ['SFTP', startSftpServer],
    ['FTP', startIisFtpServer]
  ])('over %s prints the plan and writes nothing', async (_, start) => {
    await using hosting = await startHosting(await start())
    await seed(hosting, await hosting.build('one', { version: '1.05' }))
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    const before = await snapshot(hosting.server.root)
    const run = await runAction(hosting.inputs(two, 'b', { 'dry-run': 'true' }))
    expectSuccess(run)
    expect(run.outputs).toMatchObject({ status: 'planned', 'reason-code': 'dry-run', 'files-uploaded': '0' })
    expect(await snapshot(hosting.server.root)).toEqual(before)
    const log = await hosting.server.commands()
    expect(linesOfWrites(log)).toEqual([])
    expect(log.filter(line => /MKD|MKDIR|RNTO|RENAME|DELE|REMOVE/.test(line))).toEqual([])
    expect(run.log).toMatch(/Version folder 1\.06 +upload, unseen until the switch +\d+ +[\d.]+ kB/)
    expect(run.summary).toContain('### The plan')
    expect(run.summary).toContain('After a deploy')
    expect(hosting.b.requests).toEqual([])
  })
})

describe('the build', () => {
  test('is taken from a zip', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const one = await hosting.build('one')
    const zip = join(hosting.workshop, 'salesdemo.zip')
    await zipSamplePackage(one.root, zip)
    const run = await runAction(hosting.inputs(one, 'a', { package: zip }))
    expectSuccess(run)
    expect(run.outputs.status).toBe('deployed')
    const there = await readFile(join(hosting.server.root, 'salesdemo_cloud/1.05/appconfig.json.zip'))
    expect(there.equals(await readFile(join(one.cloudApp, '1.05/appconfig.json.zip')))).toBe(true)
  })

  test('may be the cloud app alone, beside Web APIs that are there', async () => {
    await using hosting = await startHosting(await startSftpServer())
    await seed(hosting, await hosting.build('one', { version: '1.05' }))
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    const api = await snapshot(join(hosting.server.root, 'api_a'))
    const run = await runAction(
      hosting.inputs(two, 'a', { package: '', 'web-api-target': '', 'cloud-app-path': two.cloudApp })
    )
    expectSuccess(run)
    expect(run.outputs).toMatchObject({ status: 'deployed', version: '1.06', 'web-api-url': hosting.a.apiUrl })
    expect(await snapshot(join(hosting.server.root, 'api_a'))).toEqual(api)
  })

  test('leaves out what exclude names', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const one = await hosting.build('one')
    const run = await runAction(hosting.inputs(one, 'a', { exclude: 'images/\n*.html\n!index.html' }))
    expectSuccess(run)
    const files = [...(await snapshot(join(hosting.server.root, 'salesdemo_cloud'))).keys()]
    expect(files).toContain('index.html')
    expect(files.filter(path => path.startsWith('images') || path === 'manual.html')).toEqual([])
  })
})

describe('the site', () => {
  test.each(['/C:/inetpub/wwwroot', '/C:\\inetpub\\wwwroot\\', '\\C:\\inetpub\\wwwroot'])(
    'may be on Windows, written as %s',
    async root => {
      await using hosting = await startHosting(await startSftpServer({ windows: true }))
      const one = await hosting.build('one')
      const site = `sftp://127.0.0.1:${hosting.server.port}${root}`
      const run = await runAction(
        hosting.inputs(one, 'a', { site, 'cloud-app-target': '.\\apps\\sales', 'app-url': '' })
      )
      expectSuccess(run)
      expect(run.outputs['switch-guarantee']).toBe('replaced')
      const page = await readFile(join(hosting.server.root, 'apps/sales/index.html'))
      expect(page.equals(await readFile(join(one.cloudApp, 'index.html')))).toBe(true)
    }
  )

  test('of the Web APIs may be another server, with another protocol', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const api = await startIisFtpServer({ tls: true })
    const site = await startWebApiSite(join(api.root, 'b'))
    try {
      const one = await hosting.build('one')
      const run = await runAction(
        hosting.inputs(one, 'a', {
          'web-api-site': `ftps://127.0.0.1:${api.port}/`,
          'web-api-target': 'b',
          'web-api-url': `${site.url}/b`,
          'tls-ca': api.ca ?? ''
        })
      )
      expectSuccess(run)
      expect(await readFile(join(api.root, 'b/ServerAPIs.dll'))).toEqual(
        await readFile(join(one.webApi, 'ServerAPIs.dll'))
      )
      expect([...(await snapshot(hosting.server.root)).keys()].filter(path => path.includes('ServerAPIs'))).toEqual([])
      expect(await readFile(join(hosting.server.root, 'salesdemo_cloud/apprun.json'), 'utf8')).toContain(
        `"${site.url}/b"`
      )
    } finally {
      await site.stop()
      await api.stop()
    }
  })

  // macOS and Windows know a name in any case.
  const testCase = process.platform === 'linux' ? test : test.skip
  testCase('keeps the casing that its pointer has', async () => {
    await using hosting = await startHosting(await startSftpServer())
    await seed(hosting, await hosting.build('one', { version: '1.05' }))
    const app = join(hosting.server.root, 'salesdemo_cloud')
    await rename(join(app, 'apprun.json'), join(app, 'AppRun.json'))
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    const run = await runAction(hosting.inputs(two, 'b'))
    expectSuccess(run)
    expect(await readFile(join(app, 'AppRun.json'), 'utf8')).toContain(hosting.b.apiUrl)
    expect([...(await snapshot(app)).keys()]).not.toContain('apprun.json')
    const log = await hosting.server.commands()
    expect(lineOfRenameTo(log, 'salesdemo_cloud/AppRun.json')).toBeGreaterThan(
      lineOfRenameTo(log, 'salesdemo_cloud/index.html')
    )
  })

  test('keeps the sections of versions that stay', async () => {
    await using hosting = await startHosting(await startSftpServer())
    await seed(hosting, await hosting.build('one', { version: '1.05' }))
    const list = join(hosting.server.root, 'salesdemo_cloud/deploylist.ini.zip')
    const old = (await readFile(list, 'utf8')).split(/\r?\n/)
    const run = await runAction(hosting.inputs(await hosting.build('two', { version: '1.06', build: 'two' }), 'b'))
    expectSuccess(run)
    const lines = (await readFile(list, 'utf8')).split(/\r?\n/)
    expect(lines.slice(0, 2)).toEqual(['[Public]', 'MinimumValidVersion=1.06'])
    expect(lines).toEqual(expect.arrayContaining(old.filter(line => line !== 'MinimumValidVersion=1.05')))
    expect(lines.indexOf('[1.06]')).toBeGreaterThan(lines.indexOf('[1.05]'))
  })

  test('keeps a customised entry page that protect-cloud-app names', async () => {
    await using hosting = await startHosting(await startSftpServer())
    await seed(hosting, await hosting.build('one', { version: '1.05' }))
    const page = join(hosting.server.root, 'salesdemo_cloud/index.html')
    await writeFile(page, '<!-- ours -->')
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    const run = await runAction(hosting.inputs(two, 'b', { 'protect-cloud-app': 'index.html' }))
    expectSuccess(run)
    expect(await readFile(page, 'utf8')).toBe('<!-- ours -->')
    expect(run.outputs['files-kept']).toBe('1')
    expect(run.summary).toContain('`salesdemo_cloud/index.html`')
  })
})

describe('Web API B', () => {
  test('lets go of its DLLs behind app_offline.htm, and A is not touched', async () => {
    await using hosting = await startHosting(
      await startIisFtpServer({ locked: ['*.dll', '*.exe'], unlockAfterMs: 3000 })
    )
    const one = await hosting.build('one', { version: '1.05' })
    await seed(hosting, one)
    await mkdir(join(hosting.server.root, 'api_b'))
    await writeFile(join(hosting.server.root, 'api_b/ServerAPIs.dll'), 'of an older build')
    await writeFile(join(hosting.server.root, 'api_b/AppModels.dll'), 'of an older build')
    const a = await snapshot(join(hosting.server.root, 'api_a'))
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    const run = await runAction(hosting.inputs(two, 'b'))
    expectSuccess(run)
    expect(run.log).toContain('still shutting down')
    const log = await hosting.server.commands()
    const line = (command: RegExp): number => log.findIndex(text => command.test(text))
    const last = (command: RegExp): number => log.findLastIndex(text => command.test(text))
    expect(line(/^STOR .*api_b\/app_offline\.htm/)).toBeGreaterThan(-1)
    expect(line(/^STOR .*api_b\/app_offline\.htm/)).toBeLessThan(line(/^STOR .*\.dll/))
    expect(last(/^DELE .*api_b\/app_offline\.htm/)).toBeGreaterThan(last(/^STOR .*\.dll/))
    expect(last(/^DELE .*api_b\/app_offline\.htm/)).toBeLessThan(line(/^RNTO .*apprun\.json/))
    expect(log.filter(text => /^(STOR|DELE|RNFR|RNTO|MKD|RMD) .*api_a/.test(text))).toEqual([])
    expect(await snapshot(join(hosting.server.root, 'api_a'))).toEqual(a)
    expect(await readFile(join(hosting.server.root, 'api_b/ServerAPIs.dll'))).toEqual(
      await readFile(join(two.webApi, 'ServerAPIs.dll'))
    )
  })

  test('is not left behind app_offline.htm when its upload fails', async () => {
    await using hosting = await startHosting(await startIisFtpServer({ quota: 400_000 }))
    await mkdir(join(hosting.server.root, 'api_a'))
    await writeFile(join(hosting.server.root, 'api_a/ServerAPIs.dll'), 'of an older build')
    await writeFile(join(hosting.server.root, 'api_a/AppModels.dll'), 'of an older build')
    const run = await runAction(hosting.inputs(await hosting.build('one'), 'a'))
    expect(run.outputs['reason-code']).toBe('disk-full')
    // What was new is taken away again, what was there is not.
    expect([...(await snapshot(join(hosting.server.root, 'api_a'))).keys()].sort()).toEqual([
      'AppModels.dll',
      'ServerAPIs.dll'
    ])
    expect([...(await snapshot(hosting.server.root)).keys()]).not.toContain('api_a/app_offline.htm')
    expect(await hosting.server.commands()).toEqual(
      expect.arrayContaining([expect.stringMatching(/STOR .*app_offline/)])
    )
  })

  test('is asked again after ten seconds when it is not up at once', async () => {
    await using hosting = await startHosting(await startSftpServer(), {
      api: { readyAfterRequests: 1, coldStartMs: 500 }
    })
    const run = await runAction(hosting.inputs(await hosting.build('one'), 'a'))
    expectSuccess(run)
    expect(run.log).toContain('503, Unhealthy')
    expect(run.log).toContain('ready (200 Healthy)')
    expect(hosting.a.requests.filter(request => request.includes('health'))).toHaveLength(2)
    expect(Number(run.outputs['duration-ms'])).toBeGreaterThan(10_000)
  })

  test('may be behind a private authority, when tls-ca names it', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const { ca, cert, key } = makeCertificate()
    const site = await startWebApiSite(join(hosting.server.root, 'api_a'), { tls: { cert, key } })
    try {
      const one = await hosting.build('one')
      const url = { 'web-api-url': `${site.url}/api_a/` }
      const untrusted = await runAction(hosting.inputs(one, 'a', url))
      expect(untrusted.exitCode).toBe(1)
      expect(untrusted.outputs['reason-code']).toBe('certificate-untrusted')
      expect(untrusted.log).toContain('tls-ca')
      expectSuccess(await runAction(hosting.inputs(one, 'a', { ...url, 'tls-ca': ca })))
    } finally {
      await site.stop()
    }
  })

  test('that is degraded is released with a warning', async () => {
    await using hosting = await startHosting(await startSftpServer(), { api: { health: 'degraded' } })
    const run = await runAction(hosting.inputs(await hosting.build('one'), 'a'))
    expectSuccess(run)
    expect(run.log).toContain('::warning::Web API B is ready, and says that it is degraded')
  })

  test('without health checks is named as such, and readiness-path: none goes on', async () => {
    await using hosting = await startHosting(await startSftpServer(), { api: { health: 'absent' } })
    const one = await hosting.build('one')
    const run = await runAction(hosting.inputs(one, 'a', { 'readiness-timeout': '1' }))
    expect(run.outputs['reason-code']).toBe('web-api-not-ready')
    expect(run.log).toContain('404, there is no such address')
    expectSuccess(await runAction(hosting.inputs(one, 'a', { 'readiness-path': 'none' })))
  })
})

describe('the check as a client', () => {
  test('fails when the web server serves something else, and the switch is undone', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const other = `${hosting.web.url}/nowhere/`
    const one = await hosting.build('one')
    const run = await runAction(hosting.inputs(one, 'a', { 'app-url': other }))
    expect(run.exitCode).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'reason-code': 'check-failed' })
    expect(run.log).toContain(`${other}apprun.json answers 404`)
    expect(run.log).toContain('It was undone')
    expect(run.summary).toContain('was switched, and rolled back')
    expect([...(await snapshot(join(hosting.server.root, 'salesdemo_cloud'))).keys()]).not.toContain('apprun.json')
  })

  test('leaves the release as it is when rollback-on-failure is off, and fails again', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const wrong = { 'app-url': `${hosting.web.url}/nowhere/`, 'rollback-on-failure': 'false' }
    const one = await hosting.build('one')
    const run = await runAction(hosting.inputs(one, 'a', wrong))
    expect(run.exitCode).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'check-failed' })
    expect(run.log).toContain('The release was switched, and the check after it failed')
    expect(run.summary).toContain('was switched, and the check failed')
    const again = await runAction(hosting.inputs(one, 'a', wrong))
    expect(again.exitCode).toBe(1)
    expect(again.outputs).toMatchObject({ 'reason-code': 'check-failed', 'files-uploaded': '0' })
  })

  test('warns of a long cache', async () => {
    await using hosting = await startHosting(await startSftpServer(), {
      web: { headers: { 'Cache-Control': 'public, max-age=86400' } }
    })
    const run = await runAction(hosting.inputs(await hosting.build('one'), 'a'))
    expectSuccess(run)
    expect(run.log).toMatch(/::warning::.* may be cached for 86400 s/)
  })
})

describe('a release that is run again', () => {
  test('with other content of the same size is refused by versioning', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const one = await hosting.build('one')
    expectSuccess(await runAction(hosting.inputs(one, 'a')))
    const file = join(one.cloudApp, '1.05/appconfig.json.zip')
    const content = await readFile(file)
    await writeFile(file, Buffer.from(content.map(byte => byte ^ 1)))
    const run = await runAction(hosting.inputs(one, 'a'))
    expect(run.exitCode).toBe(1)
    expect(run.outputs['reason-code']).toBe('content-differs')
    expect((await readFile(join(hosting.server.root, 'salesdemo_cloud/1.05/appconfig.json.zip'))).equals(content)).toBe(
      true
    )
  })

  test('is not taken for live when a Web API file that no journal knows has other content of the same size', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const one = await hosting.build('one')
    await seed(hosting, one)
    expect((await runAction(hosting.inputs(one, 'a'))).outputs.status).toBe('unchanged')
    const file = join(hosting.server.root, 'api_a/AppModels.dll')
    await writeFile(file, Buffer.from((await readFile(file)).map(byte => byte ^ 1)))
    const run = await runAction(hosting.inputs(one, 'a'))
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'content-differs' })
  })

  test('after it was killed tidies up, and completes', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    await seed(hosting, await hosting.build('one', { version: '1.05' }))
    const app = join(hosting.server.root, 'salesdemo_cloud')
    await writeFile(join(app, 'index.html.hot-deploy-tmp'), 'half')
    await writeFile(join(app, 'js/of another build.js.hot-deploy-tmp'), 'half')
    const dry = await runAction(hosting.inputs(two, 'b', { 'dry-run': 'true' }))
    expectSuccess(dry)
    expect(dry.log).toContain('::warning::An interrupted run has left temporary files')
    expectSuccess(await runAction(hosting.inputs(two, 'b')))
    expect([...(await snapshot(app)).keys()].filter(path => path.includes('hot-deploy'))).toEqual([])
  })

  test('after a kill while it staged: clients saw nothing, the post step unlocks, and what is there is not sent again', async () => {
    // Far enough for a record that nobody waits for to come too late.
    await using hosting = await startHosting(await startFaultProxy(await startSftpServer(), { latencyMs: 30 }))
    await seed(hosting, await hosting.build('one', { version: '1.05' }))
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    const before = await readFile(join(hosting.server.root, 'salesdemo_cloud/apprun.json'), 'utf8')
    let kill: Kill = () => false
    const { main, post } = await runAsStep(hosting.inputs(two, 'b'), {
      onStart: stop => {
        kill = stop
      },
      onOutput: text => {
        if (text.includes('Stage the cloud app')) kill('SIGKILL')
      }
    })
    expect(main).toMatchObject({ exitCode: null, signal: 'SIGKILL' })
    expect(await readFile(join(hosting.server.root, 'salesdemo_cloud/apprun.json'), 'utf8')).toBe(before)
    expect(post?.log).toContain('::error title=killed::The step was killed in "Stage the cloud app"')
    expect(post?.log).toContain('Clients saw nothing of it')
    const state = [...(await snapshot(join(hosting.server.root, 'App_Data'))).keys()]
    expect(state.filter(path => path.includes('lock'))).toEqual([])
    const run = await runAction(hosting.inputs(two, 'b'))
    expectSuccess(run)
    // All of Web API B was there.
    expect(Number(run.outputs['files-unchanged'])).toBeGreaterThanOrEqual(26)
  })
})

describe('what goes wrong on the site', () => {
  test('a switch that broke off between the pointers is undone, and made by the same job later', async () => {
    await using hosting = await startHosting(await startIisFtpServer({ locked: ['deploylist.ini.zip'] }))
    await seed(hosting, await hosting.build('one', { version: '1.05' }))
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    const before = await snapshot(join(hosting.server.root, 'salesdemo_cloud'))
    const broken = await runAction(hosting.inputs(two, 'b'))
    expect(broken.exitCode).toBe(1)
    expect(broken.outputs).toMatchObject({ status: 'rolled-back', 'reason-code': 'switch-incomplete' })
    expect(broken.log).toContain('salesdemo_cloud/apprun.json among them')
    const after = await snapshot(join(hosting.server.root, 'salesdemo_cloud'))
    const differing = [...after.keys()].filter(path => after.get(path) !== before.get(path))
    expect(differing.filter(path => !path.startsWith('1.06/'))).toEqual([])
    const unlocked = await startIisFtpServer({ root: hosting.server.root })
    try {
      const run = await runAction({ ...hosting.inputs(two, 'b'), ...loginInputs(unlocked) })
      expectSuccess(run)
      expect(run.outputs).toMatchObject({ status: 'deployed', version: '1.06', 'previous-version': '1.05' })
      expect((await unlocked.commands()).filter(line => /^STOR .*api_b/.test(line))).toEqual([])
    } finally {
      await unlocked.stop()
    }
  })

  test('a folder that its listing hides is not taken for a first release', async () => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its object below
    const { list } = WindowsFiles.prototype
    await using hosting = await startHosting(await startIisFtpServer())
    await seed(hosting, await hosting.build('one', { version: '1.05' }))
    const before = await snapshot(hosting.server.root)
    const hidden = jest.spyOn(WindowsFiles.prototype, 'list').mockImplementation(function (
      this: WindowsFiles,
      path: string
    ) {
      return list.call(this, path).filter(entry => entry.name !== 'salesdemo_cloud')
    })
    try {
      const run = await runAction(hosting.inputs(await hosting.build('two', { version: '1.06', build: 'two' }), 'a'))
      expect(run.outputs['reason-code']).toBe('live-unreadable')
      expect(withoutState(await snapshot(hosting.server.root))).toEqual(before)
    } finally {
      hidden.mockRestore()
    }
  })

  test('empty listings are not taken for an empty site', async () => {
    await using hosting = await startHosting(await startIisFtpServer())
    await seed(hosting, await hosting.build('one', { version: '1.05' }))
    const before = await snapshot(hosting.server.root)
    const empty = jest.spyOn(WindowsFiles.prototype, 'list').mockReturnValue([])
    try {
      const run = await runAction(hosting.inputs(await hosting.build('two', { version: '1.06', build: 'two' }), 'a'))
      expect(run.outputs['reason-code']).toBe('live-unreadable')
      expect(withoutState(await snapshot(hosting.server.root))).toEqual(before)
    } finally {
      empty.mockRestore()
    }
  })

  // A link takes more rights on Windows.
  const testLinks = process.platform === 'win32' ? test.skip : test
  testLinks('a pointer that is a link to nothing is not taken for a first release', async () => {
    await using hosting = await startHosting(await startSftpServer())
    await seed(hosting, await hosting.build('one', { version: '1.05' }))
    const pointer = join(hosting.server.root, 'salesdemo_cloud/apprun.json')
    await rm(pointer)
    await symlink('nowhere', pointer)
    const run = await runAction(hosting.inputs(await hosting.build('two', { version: '1.06', build: 'two' }), 'a'))
    expect(run.outputs['reason-code']).toBe('live-unreadable')
    expect(run.log).toContain('apprun.json')
  })

  test('app_offline.htm goes into a new folder of any depth', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const more = { 'web-api-offline': 'always', 'web-api-target': 'apis/deep/a', 'readiness-path': 'none' }
    expectSuccess(await runAction(hosting.inputs(await hosting.build('one'), 'a', more)))
    expect((await readdir(join(hosting.server.root, 'apis/deep/a'))).includes('app_offline.htm')).toBe(false)
  })

  test('half of app_offline.htm does not stay', async () => {
    await using hosting = await startHosting(await startIisFtpServer({ quota: 100 }))
    const run = await runAction(hosting.inputs(await hosting.build('one'), 'a', { 'web-api-offline': 'always' }))
    expect(run.outputs['reason-code']).toBe('disk-full')
    expect([...withoutState(await snapshot(hosting.server.root)).keys()]).toEqual([])
  })

  test('an FTP server that hangs up on silence is kept awake while Web API B gets ready', async () => {
    await using hosting = await startHosting(await startIisFtpServer(), { api: { readyAfterRequests: 1 } })
    const run = await runAction(hosting.inputs(await hosting.build('one'), 'a', { timeout: '6' }))
    expectSuccess(run)
    const log = await hosting.server.commands()
    expect(log.filter(line => line === 'NOOP').length).toBeGreaterThan(2)
  })

  test('a pin of a type that the server has not is a host key that does not match', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const rsa = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 }).public
    const one = await hosting.build('one')
    const run = await runAction(hosting.inputs(one, 'a', { 'host-key': `host ${rsa}` }))
    expect(run.outputs['reason-code']).toBe('host-key-mismatch')
    const both = { 'host-key': `host ${rsa}\n${hosting.server.hostKey ?? ''}` }
    expectSuccess(await runAction(hosting.inputs(one, 'a', both)))
  })
})

describe('what is said', () => {
  test('the post step has nothing to say after a run that ended', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const run = await runAction(hosting.inputs(await hosting.build('one'), 'a'))
    const post = await runAction({}, { bundle: 'dist/post.js', state: run.state })
    expect(post).toMatchObject({ exitCode: 0, log: '' })
  })

  test('the post step alone never starts a deploy', async () => {
    const post = await runAction({ strategy: 'versioning' }, { bundle: 'dist/post.js' })
    expect(post).toMatchObject({ exitCode: 0, log: '', outputs: {} })
  })

  test('outputs are those of action.yml, and result has them all', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const run = await runAction(hosting.inputs(await hosting.build('one'), 'a'))
    const declared = parse(await readFile('action.yml', 'utf8')) as { outputs: Record<string, unknown> }
    for (const name of Object.keys(run.outputs)) expect(Object.keys(declared.outputs)).toContain(name)
    const result = JSON.parse(run.outputs.result ?? '') as Record<string, unknown>
    expect(result).toMatchObject({
      schemaVersion: 1,
      status: 'deployed',
      webApiUrl: hosting.a.apiUrl,
      filesUploaded: Number(run.outputs['files-uploaded']),
      previousVersion: null
    })
  })

  test('no secret shows anywhere, and all its forms are masked before anything else is said', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const secrets = { password: ' pässw€rd "%41" $HOME #1 \\', 'web-api-authorization': 'Bearer s3cr3t-token-value' }
    const run = await runAction(hosting.inputs(await hosting.build('one'), 'a', secrets))
    expect(run.outputs['reason-code']).toBe('authentication-failed')
    const lines = run.log.split('\n')
    const masks = lines.filter(line => line.startsWith('::add-mask::'))
    expect(lines.slice(0, masks.length)).toEqual(masks)
    const said = [
      lines.slice(masks.length).join('\n'),
      run.summary,
      JSON.stringify(run.outputs),
      JSON.stringify(run.state)
    ]
    for (const secret of [secrets.password.trim(), encodeURIComponent(secrets.password), 's3cr3t-token-value']) {
      expect(said.join('\n')).not.toContain(secret)
    }
    const masked = masks.map(line => unescape(line.slice('::add-mask::'.length)))
    const base64 = Buffer.from(secrets.password).toString('base64')
    for (const form of [secrets.password, encodeURIComponent(secrets.password), base64, 's3cr3t-token-value']) {
      expect(masked).toContain(form)
    }
  })

  test('allow-any-host-key prints the fingerprint to pin', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const login = { ...loginInputs(hosting.server), 'host-key': '', 'allow-any-host-key': 'true' }
    const run = await runAction(hosting.inputs(await hosting.build('one'), 'a', login))
    expectSuccess(run)
    expect(run.log).toContain(`::warning::The host key of sftp://127.0.0.1:${hosting.server.port} was not checked`)
    expect(run.log).toContain(`host-key: ${hosting.server.hostKey ?? ''}`)
  })

  test('the notification is filled in and escaped', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const message = '<b>{app}</b> {version} & more: {app-url}'
    const run = await runAction(hosting.inputs(await hosting.build('one'), 'a', { 'notification-message': message }))
    expect(run.outputs['notification-text']).toBe(`<b>salesdemo_cloud</b> 1.05 & more: ${hosting.appUrl}`)
    expect(run.outputs['notification-html']).toBe(
      `<p>&lt;b&gt;salesdemo_cloud&lt;/b&gt; 1.05 &amp; more: <a href="${hosting.appUrl}">${hosting.appUrl}</a></p>`
    )
  })
})

/** The runner's own decoding of a command's value. */
function unescape(value: string): string {
  return value.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}
