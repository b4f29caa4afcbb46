import { describe, expect, jest, test } from '@jest/globals'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runAction } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { watchClients } from '../support/client-watch'
import { fleet } from '../support/fleet'
import { loginInputs, snapshot, startHosting, type Hosting } from '../support/hosting'
import { startSftpServer, type SftpServerOptions } from '../support/sftp-server'
import { describeMember } from '../support/when-available'

/** One server of each kind: the others differ in how one logs in. */
const servers = [
  'embedded-sftp-windows',
  'iis-ftp',
  'iis-ftps',
  'openssh',
  'openssh-bare',
  'proftpd-sftp',
  'vsftpd-tls',
  'proftpd-tls',
  'pureftpd-tls'
]

/** Undoing a finished release. */
for (const member of fleet.filter(({ name }) => servers.includes(name))) {
  describeMember(member, () => {
    jest.setTimeout(120_000)

    test('a rollback brings back every file byte for byte, once', async () => {
      await using hosting = await startHosting(await member.start())
      const one = await hosting.build('one', { version: '1.05', build: 'one' })
      const two = await hosting.build('two', { version: '1.06', build: 'two' })
      const three = await hosting.build('three', { version: '1.06', build: 'three' })
      expectSuccess(await runAction(hosting.inputs(one, 'a')))
      const asOne = await cloudApp(hosting)
      expectSuccess(await runAction(hosting.inputs(two, 'b')))
      const asTwo = await cloudApp(hosting)
      const third = await runAction(hosting.inputs(three, 'a', { strategy: 'replacement' }))
      expectSuccess(third)

      const atomic = member.guarantee === 'atomic'
      await using watch = await watchClients(hosting.appUrl, [one, two, three], { atomic, rollback: true })
      const before = (await hosting.server.commands()).length
      const rehearsal = await runAction(rollback(hosting, { 'dry-run': 'true' }))
      expectSuccess(rehearsal)
      expect(rehearsal.outputs).toMatchObject({ status: 'planned', 'release-id': third.outputs['release-id'] })
      expect(differences(await cloudApp(hosting), asTwo)).not.toEqual([])
      const back = await runAction(rollback(hosting))
      expectSuccess(back)
      expect(back.outputs).toMatchObject({
        status: 'rolled-back',
        version: '1.06',
        'web-api-url': hosting.b.apiUrl,
        'previous-web-api-url': hosting.a.apiUrl,
        'release-id': third.outputs['release-id']
      })
      expect(differences(await cloudApp(hosting), asTwo)).toEqual([])

      const again = await runAction(rollback(hosting))
      expectSuccess(again)
      expect(again.outputs).toMatchObject({ status: 'unchanged', 'reason-code': 'already-rolled-back' })
      expect(differences(await cloudApp(hosting), asTwo)).toEqual([])

      const further = await runAction(rollback(hosting, { 'release-id': await idOf(hosting, '1.06', 'released') }))
      expectSuccess(further)
      expect(further.outputs).toMatchObject({ status: 'rolled-back', version: '1.05', 'previous-version': '1.06' })
      expect(further.summary).toContain('do not go back by themselves')
      const now = await cloudApp(hosting)
      for (const [path, content] of asOne) expect(`${path} ${String(now.get(path) === content)}`).toBe(`${path} true`)
      // Clients that have 1.06 already fetch its objects still.
      expect([...now.keys()].filter(path => !asOne.has(path) && !path.startsWith('1.06/'))).toEqual([])

      const seen = await watch.stop()
      expect(seen.broken).toEqual([])
      expect(seen.sights.at(-1)).toMatchObject({ version: '1.05', webApiUrl: hosting.a.apiUrl })
      if (atomic) expect(seen.gaps).toEqual({})
      const log = (await hosting.server.commands()).slice(before)
      const ofWebApis = log.filter(line => /\/api_[ab]/.test(line) && /STOR|DELE|RNTO|RENAME|REMOVE|unlink/i.test(line))
      expect(ofWebApis).toEqual([])
    })
  })
}

describe('a rollback', () => {
  test('of a first release leaves a site without an app, and only what is unseen', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const one = await hosting.build('one', { version: '1.05' })
    expectSuccess(await runAction(hosting.inputs(one, 'a')))
    expectSuccess(await runAction(rollback(hosting)))
    const left = [...(await cloudApp(hosting)).keys()].filter(path => !path.startsWith('1.05/') && !path.endsWith('/'))
    expect(left).toEqual([])
  })

  test('is refused, with nothing changed, when a backup is gone', async () => {
    await using hosting = await twoReleases()
    const state = join(hosting.server.root, 'App_Data/hot-deploy/salesdemo_cloud')
    const id = await idOf(hosting, '1.06', 'released')
    await rm(join(state, `backup-${id}`), { recursive: true })
    const before = await cloudApp(hosting)
    const run = await runAction(rollback(hosting))
    expect(run.exitCode).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'backup-missing' })
    expect(differences(await cloudApp(hosting), before)).toEqual([])
  })

  test('is refused when somebody has changed a pointer since', async () => {
    await using hosting = await twoReleases()
    const pointer = join(hosting.server.root, 'salesdemo_cloud/apprun.json')
    await writeFile(pointer, (await readFile(pointer, 'utf8')).replace('api_b', 'api_c'))
    const run = await runAction(rollback(hosting))
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'release-not-live' })
    expect(await readFile(pointer, 'utf8')).toContain('api_c')
  })

  test('is refused when the Web APIs before are not up', async () => {
    await using hosting = await twoReleases()
    await hosting.a.stop()
    const before = await cloudApp(hosting)
    const run = await runAction(rollback(hosting, { 'readiness-timeout': '1' }))
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'web-api-not-ready' })
    expect(differences(await cloudApp(hosting), before)).toEqual([])
  })

  test('of a release that another one came after names that one', async () => {
    await using hosting = await twoReleases()
    const run = await runAction(rollback(hosting, { 'release-id': await idOf(hosting, '1.05', 'released') }))
    expect(run.outputs['reason-code']).toBe('release-not-live')
    expect(run.log).toContain(await idOf(hosting, '1.06', 'released'))
  })

  test('finds nothing on a site without a journal, and nothing of an unknown name', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const empty = await runAction(rollback(hosting))
    expect(empty.outputs['reason-code']).toBe('nothing-to-roll-back')
    expectSuccess(await runAction(hosting.inputs(await hosting.build('one'), 'a')))
    const unknown = await runAction(rollback(hosting, { 'release-id': 'no-such-release' }))
    expect(unknown.outputs['reason-code']).toBe('nothing-to-roll-back')
    expect([...(await snapshot(hosting.server.root)).keys()].filter(path => path.includes('/lock/'))).toEqual([])
  })

  test('to a version whose folder keep-versions has deleted is refused', async () => {
    await using hosting = await startHosting(await startSftpServer())
    for (const [version, side] of [
      ['1.05', 'a'],
      ['1.06', 'b'],
      ['1.07', 'a']
    ] as const) {
      const build = await hosting.build(version, { version, build: version })
      expectSuccess(await runAction(hosting.inputs(build, side, { 'keep-versions': '1' })))
    }
    expectSuccess(await runAction(rollback(hosting)))
    const before = await cloudApp(hosting)
    const run = await runAction(rollback(hosting, { 'release-id': await idOf(hosting, '1.06', 'released') }))
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'backup-missing' })
    expect(run.log).toContain('The folder of version 1.05')
    expect(differences(await cloudApp(hosting), before)).toEqual([])
  })

  test('that the server breaks off says so, and goes on when it is run again', async () => {
    const options: SftpServerOptions = {}
    await using hosting = await startHosting(await startSftpServer(options))
    expectSuccess(await runAction(hosting.inputs(await hosting.build('one', { version: '1.05', build: 'one' }), 'a')))
    const before = await cloudApp(hosting)
    expectSuccess(await runAction(hosting.inputs(await hosting.build('two', { version: '1.06', build: 'two' }), 'b')))
    options.renameFailsFor = (_from, to) => to.endsWith('salesdemo_cloud/apprun.json')
    const broken = await runAction(rollback(hosting, { retries: '0' }))
    expect(broken.outputs).toMatchObject({ status: 'failed', 'reason-code': 'switch-incomplete' })
    expect(broken.summary).toContain('1.06 is rolled back in part')
    options.renameFailsFor = undefined
    expectSuccess(await runAction(rollback(hosting)))
    const left = differences(await cloudApp(hosting), before)
    expect(left.filter(path => !path.startsWith('1.06/'))).toEqual([])
  })

  test('asks for the app when the journal knows several', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const one = await hosting.build('one')
    expectSuccess(await runAction(hosting.inputs(one, 'a', { 'app-url': '' })))
    const other = { 'cloud-app-target': 'apps/sales', 'app-url': '', 'web-api-target': 'api_b' }
    expectSuccess(await runAction(hosting.inputs(one, 'b', other)))
    const run = await runAction(rollback(hosting, { 'app-url': '' }))
    expect(run.log).toContain('apps/sales')
    expect(run.outputs['reason-code']).toBe('invalid-inputs')
    expectSuccess(await runAction(rollback(hosting, { 'app-url': '', 'cloud-app-target': 'apps/sales' })))
  })

  test('is followed by a release of the same version, of which only what differs is sent', async () => {
    await using hosting = await twoReleases()
    expectSuccess(await runAction(rollback(hosting)))
    const again = await runAction(hosting.inputs(await hosting.build('two', { version: '1.06', build: 'two' }), 'b'))
    expectSuccess(again)
    expect(again.outputs).toMatchObject({ status: 'deployed', version: '1.06' })
    expect(Number(again.outputs['files-uploaded'])).toBeLessThan(10)
  })
})

async function twoReleases(): Promise<Hosting> {
  const hosting = await startHosting(await startSftpServer())
  expectSuccess(await runAction(hosting.inputs(await hosting.build('one', { version: '1.05', build: 'one' }), 'a')))
  expectSuccess(await runAction(hosting.inputs(await hosting.build('two', { version: '1.06', build: 'two' }), 'b')))
  return hosting
}

function rollback(hosting: Hosting, more: Record<string, string> = {}): Record<string, string> {
  return { command: 'rollback', 'app-url': hosting.appUrl, ...loginInputs(hosting.server), ...more }
}

/** The cloud app's files on the site. */
function cloudApp({ server }: Hosting): Promise<Map<string, string>> {
  return snapshot(join(server.root, 'salesdemo_cloud'))
}

/** Paths that are in one of two snapshots only, or with other content; a whole snapshot would drown the log. */
function differences(a: Map<string, string>, b: Map<string, string>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter(path => a.get(path) !== b.get(path))
}

/** The last release of a version, as the journal has it. */
async function idOf({ server }: Hosting, version: string, phase: string): Promise<string> {
  const state = join(server.root, 'App_Data/hot-deploy/salesdemo_cloud')
  const name = [...(await snapshot(state)).keys()].find(path => /^journal-\d+\.json$/.test(path)) ?? ''
  const journal = JSON.parse(await readFile(join(state, name), 'utf8')) as {
    content: { releases: { id: string; version: string; phase: string }[] }
  }
  const entry = journal.content.releases.findLast(release => release.version === version && release.phase === phase)
  return entry?.id ?? ''
}
