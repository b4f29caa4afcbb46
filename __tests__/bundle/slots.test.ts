import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { runAction, type Run } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { fleet } from '../support/fleet'
import { loginInputs, snapshot, startHosting, withoutState, type Hosting } from '../support/hosting'
import type { SamplePackage } from '../support/sample-package'
import { startSftpServer } from '../support/sftp-server'
import { describeMember } from '../support/when-available'

jest.setTimeout(120_000)

function slotsOf({ a, b }: Hosting, more = ''): string {
  return `a: { url: ${a.apiUrl}, target: api_a }\nb:\n  url: "${b.apiUrl}"\n  target: api_b\n${more}`
}

function release(hosting: Hosting, build: SamplePackage, more: Record<string, string> = {}): Promise<Run> {
  const inputs = { ...hosting.inputs(build, 'a'), 'web-api-url': '', 'web-api-target': '' }
  return runAction({ ...inputs, 'web-api-slots': slotsOf(hosting), ...more })
}

async function dllOf({ server }: Hosting, folder: string): Promise<string> {
  return (await readFile(join(server.root, folder, 'ServerAPIs.dll'))).toString('base64')
}

for (const member of fleet.filter(({ name }) =>
  ['embedded-sftp', 'iis-ftps', 'openssh', 'vsftpd-tls'].includes(name)
)) {
  describeMember(member, () => {
    test('releases go to the slot that is not live, and none is written to that is', async () => {
      await using hosting = await startHosting(await member.start())
      const [one, two, three] = [
        await hosting.build('one', { version: '1.05', build: 'one' }),
        await hosting.build('two', { version: '1.06', build: 'two' }),
        await hosting.build('three', { version: '1.06', build: 'three' })
      ]
      const first = await release(hosting, one)
      expectSuccess(first)
      expect(first.outputs).toMatchObject({ slot: 'a', 'web-api-url': hosting.a.apiUrl })
      expect(first.outputs['previous-slot']).toBeUndefined()
      const asOne = await dllOf(hosting, 'api_a')

      const plan = await release(hosting, two, { 'dry-run': 'true' })
      expectSuccess(plan)
      expect(plan.outputs).toMatchObject({ status: 'planned', slot: 'b', 'previous-slot': 'a' })

      const second = await release(hosting, two)
      expectSuccess(second)
      expect(second.outputs).toMatchObject({
        status: 'deployed',
        slot: 'b',
        'previous-slot': 'a',
        'web-api-url': hosting.b.apiUrl,
        'previous-web-api-url': hosting.a.apiUrl
      })
      expect(await dllOf(hosting, 'api_a')).toBe(asOne)

      // What is live, slot included, stays.
      const before = withoutState(await snapshot(hosting.server.root))
      const again = await release(hosting, two)
      expectSuccess(again)
      expect(again.outputs).toMatchObject({ status: 'unchanged', 'reason-code': 'already-live', slot: 'b' })
      expect(withoutState(await snapshot(hosting.server.root))).toEqual(before)

      const third = await release(hosting, three, { strategy: 'replacement' })
      expectSuccess(third)
      expect(third.outputs).toMatchObject({ status: 'deployed', slot: 'a', 'previous-slot': 'b' })

      const back = await runAction({
        command: 'rollback',
        'web-api-slots': slotsOf(hosting),
        'app-url': hosting.appUrl,
        ...loginInputs(hosting.server)
      })
      expectSuccess(back)
      expect(back.outputs).toMatchObject({ status: 'rolled-back', slot: 'b', 'previous-slot': 'a' })
    })
  })
}

describe('slots', () => {
  test('of which none is live are an error that shows both', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const one = await hosting.build('one', { version: '1.05', build: 'one' })
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    expectSuccess(await runAction(hosting.inputs(one, 'a')))
    const before = withoutState(await snapshot(hosting.server.root))
    const others = slotsOf(hosting).replaceAll(new URL(hosting.a.apiUrl).port, '1')
    const run = await release(hosting, two, { 'web-api-slots': others })
    expect(run.exitCode).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'live-slot-unknown' })
    expect(run.log).toContain(hosting.a.apiUrl)
    expect(withoutState(await snapshot(hosting.server.root))).toEqual(before)
  })

  test('that are one folder by a link are refused, before anything is written to it', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const one = await hosting.build('one', { version: '1.05', build: 'one' })
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    expectSuccess(await release(hosting, one))
    const before = await dllOf(hosting, 'api_a')
    await symlink(join(hosting.server.root, 'api_a'), join(hosting.server.root, 'api_b'))
    const run = await release(hosting, two)
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'target-is-live' })
    expect(await dllOf(hosting, 'api_a')).toBe(before)
    const left = [...(await snapshot(hosting.server.root)).keys()].filter(name => name.includes('hot-deploy-tmp'))
    expect(left).toEqual([])
  })

  test('are compared as URLs with what the live apprun.json says', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const one = await hosting.build('one', { version: '1.05', build: 'one' })
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    expectSuccess(await release(hosting, one))
    const path = join(hosting.server.root, 'salesdemo_cloud/apprun.json')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace(hosting.a.apiUrl, hosting.a.apiUrl.replace(/\/$/, '').replace('http:', 'HTTP:')))
    const run = await release(hosting, two)
    expectSuccess(run)
    expect(run.outputs.slot).toBe('b')
  })

  test('of three are used in turn', async () => {
    await using hosting = await startHosting(await startSftpServer())
    await mkdir(join(hosting.server.root, 'api_c'))
    // A third home behind the same host as B.
    const slots = slotsOf(hosting, `c: { url: ${hosting.b.url}/api_c/, target: api_c }\n`)
    const used: (string | undefined)[] = []
    for (const version of ['1.01', '1.02', '1.03', '1.04']) {
      const build = await hosting.build(version, { version, build: version })
      const run = await release(hosting, build, { 'web-api-slots': slots, 'readiness-path': 'none' })
      expectSuccess(run)
      used.push(run.outputs.slot)
    }
    expect(used).toEqual(['a', 'b', 'c', 'a'])
  })

  test('stay where they are when the release has no Web APIs of its own', async () => {
    await using hosting = await startHosting(await startSftpServer())
    const one = await hosting.build('one', { version: '1.05', build: 'one' })
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    expectSuccess(await release(hosting, one))
    const before = await dllOf(hosting, 'api_a')
    await rename(two.webApi, join(hosting.workshop, 'elsewhere'))
    const run = await release(hosting, two)
    expectSuccess(run)
    expect(run.outputs).toMatchObject({ slot: 'a', 'previous-slot': 'a', 'web-api-url': hosting.a.apiUrl })
    expect(await dllOf(hosting, 'api_a')).toBe(before)
  })
})

test('a live app without apprun.json is on a slot that is not to be known, so none is written to', async () => {
  await using hosting = await startHosting(await startSftpServer())
  const one = await hosting.build('one', { version: '1.05', build: 'one' })
  const two = await hosting.build('two', { version: '1.06', build: 'two' })
  expectSuccess(await release(hosting, one))
  await rm(join(hosting.server.root, 'salesdemo_cloud/apprun.json'))
  const before = withoutState(await snapshot(hosting.server.root))
  const run = await release(hosting, two)
  expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'live-slot-unknown' })
  expect(withoutState(await snapshot(hosting.server.root))).toEqual(before)
})
