import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runAction } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { loginInputs, snapshot, startHosting, type Hosting } from '../support/hosting'
import { startIisFtpServer } from '../support/iis-ftp-server'
import { startSessionsSite, type SessionsNow, type SessionsSite } from '../support/sessions-site'
import { startSftpServer } from '../support/sftp-server'

jest.setTimeout(120_000)

/** A site with a release on A and one on B after it, so that A is what is to be drained. */
interface Sides extends AsyncDisposable {
  readonly hosting: Hosting
  readonly a: SessionsSite
  readonly b: SessionsSite
}

async function twoSides(start = startSftpServer): Promise<Sides> {
  const hosting = await startHosting(await start())
  const [a, b] = [await startSessionsSite(hosting.a), await startSessionsSite(hosting.b)]
  const sides = {
    hosting,
    a,
    b,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([a.stop(), b.stop()])
      await hosting[Symbol.asyncDispose]()
    }
  }
  expectSuccess(await deploy(sides, '1.05', 'a'))
  expectSuccess(await deploy(sides, '1.06', 'b'))
  return sides
}

async function deploy({ hosting, a, b }: Sides, version: string, side: 'a' | 'b', more: Record<string, string> = {}) {
  const build = await hosting.build(version, { version, build: version })
  return runAction(hosting.inputs(build, side, { 'web-api-url': (side === 'a' ? a : b).apiUrl, ...more }))
}

function drain({ hosting }: Sides, more: Record<string, string> = {}): Record<string, string> {
  return { command: 'drain', 'drain-timeout': '0', ...loginInputs(hosting.server), ...more }
}

const own = (count: number): string[] => Array.from({ length: count }, () => 'salesdemo_cloud')
const page = (hosting: Hosting, side: 'a' | 'b') => join(hosting.server.root, `api_${side}/app_offline.htm`)
const onSite = async ({ hosting }: Sides) => snapshot(hosting.server.root)

describe('a drain', () => {
  let sides: Sides | undefined

  afterEach(async () => {
    await sides?.[Symbol.asyncDispose]()
    sides = undefined
  })

  test('waits while the sessions end, and shows their number over time', async () => {
    sides = await twoSides()
    const { a, b } = sides
    a.answer(own(3), own(1), [])
    const before = await onSite(sides)
    const slots = `a: { url: ${a.apiUrl}, target: api_a }\nb: { url: ${b.apiUrl}, target: api_b }`
    const run = await runAction(
      drain(sides, { 'drain-timeout': '60', 'web-api-authorization': 'Bearer s3cret', 'web-api-slots': slots })
    )
    expectSuccess(run)
    expect(run.outputs).toMatchObject({
      status: 'drained',
      slot: 'b',
      'previous-slot': 'a',
      'sessions-remaining': '0',
      'web-api-url': b.apiUrl,
      'previous-web-api-url': a.apiUrl,
      version: '1.06',
      'previous-version': '1.05'
    })
    expect(run.log).toMatch(/3 sessions\n[^]*1 session\n[^]*0 sessions\n/)
    expect(run.summary).toContain('### Sessions over time')
    expect(run.summary).toMatch(
      /xychart-beta\n {2}x-axis "Seconds" 0 --> \d+\.\d\n {2}y-axis "Sessions" 0 --> 10\n {2}line \[3, 1, 0\]/
    )
    // No more calls than the template's limits allow, even if they are extended to all paths.
    const counts = a.calls.filter(({ name }) => name === 'GetSessionCount').map(({ at }) => at)
    expect(counts).toHaveLength(3)
    for (const [n, at] of counts.entries()) expect(at - (counts[n - 1] ?? 0)).toBeGreaterThan(9_500)
    expect(new Set(a.calls.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer s3cret']))
    expect(b.calls).toEqual([])
    expect(await onSite(sides)).toEqual(before)
  })

  test('of a side that does not get empty fails, and leaves everything as it is', async () => {
    sides = await twoSides()
    const { a, hosting } = sides
    a.answer(own(2))
    const before = await onSite(sides)
    const run = await runAction(drain(sides, { 'drain-timeout': '2', retire: 'true' }))
    expect(run.exitCode).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'sessions-remain', 'sessions-remaining': '2' })
    expect(run.summary).toContain('still have 2 sessions')
    expect(a.calls.filter(({ name }) => name === 'GetSessionCount')).toHaveLength(2)
    expect(await onSite(sides)).toEqual(before)
    expect((await fetch(hosting.a.apiUrl)).status).toBe(200)
  })

  test('says that the number rises, and why', async () => {
    sides = await twoSides()
    sides.a.answer(own(1), own(2))
    const run = await runAction(drain(sides, { 'drain-timeout': '1' }))
    expect(run.outputs).toMatchObject({ 'reason-code': 'sessions-remain', 'sessions-remaining': '2' })
    expect(run.log).toContain('risen from 1 to 2')
  })

  test.each([
    [401, 'web-api-authorization'],
    [403, 'UsePowerServerManagementAPI'],
    [404, 'web-api-url'],
    [405, 'UsePowerServerManagementAPI']
  ])('says how to switch the management APIs on when they answer %d', async (status, word) => {
    sides = await twoSides()
    sides.a.answer({ status, body: 'no' })
    const run = await runAction(drain(sides, { 'drain-timeout': '600', retire: 'true' }))
    expect(run.exitCode).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'management-api-off' })
    expect(run.outputs['sessions-remaining']).toBeUndefined()
    expect(run.log).toContain(`answers ${status}`)
    expect(run.log).toContain(word)
    expect(run.log).toContain('app.UsePowerServerManagementAPI()')
  })

  test.each<[string, SessionsNow, string]>([
    ['a page instead of a number', { status: 200, body: '<html>Sign in</html>' }, 'Sign in'],
    ['an error', { status: 500, body: 'oh' }, '500']
  ])('does not take %s for an empty side', async (_, answer, word) => {
    sides = await twoSides()
    sides.a.answer(answer)
    const run = await runAction(drain(sides, { retire: 'true' }))
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'sessions-unreadable' })
    expect(run.log).toContain(word)
  })

  test('does not wait for the sessions of other apps, and does not retire them either', async () => {
    sides = await twoSides()
    const { a, hosting } = sides
    a.answer([...own(2), 'payroll', 'payroll'], ['payroll'])
    const shared = await runAction(drain(sides, { 'drain-timeout': '30' }))
    expectSuccess(shared)
    expect(shared.outputs).toMatchObject({ status: 'drained', 'sessions-remaining': '0' })
    expect(shared.log).toContain('2 sessions, and 2 of other apps')
    a.answer(['payroll'])
    const retiring = await runAction(drain(sides, { retire: 'true' }))
    expect(retiring.outputs).toMatchObject({ 'reason-code': 'sessions-remain', 'sessions-remaining': '1' })
    await expect(readFile(page(hosting, 'a'))).rejects.toThrow('ENOENT')
  })

  test('of the live side is refused, also when it becomes live meanwhile', async () => {
    sides = await twoSides()
    const { a, b, hosting } = sides
    const asked = await runAction(
      drain(sides, { 'web-api-url': b.apiUrl.replace(/\/$/, '').toUpperCase().replace('HTTP', 'http') })
    )
    expect(asked.outputs).toMatchObject({ status: 'failed', 'reason-code': 'drain-side-live' })
    expect(b.calls).toEqual([])

    a.answer(own(1))
    const running = runAction(drain(sides, { 'drain-timeout': '60', retire: 'true' }))
    while (a.calls.length === 0) await new Promise(resolve => setTimeout(resolve, 50))
    a.answer([])
    const pointer = join(hosting.server.root, 'salesdemo_cloud/apprun.json')
    const text = await readFile(pointer, 'utf8')
    await writeFile(pointer, text.replace(b.apiUrl, a.apiUrl))
    expect((await running).outputs).toMatchObject({ status: 'failed', 'reason-code': 'drain-side-live' })
    await expect(readFile(page(hosting, 'a'))).rejects.toThrow('ENOENT')
  })

  test('after a rollback is one of the side that was released', async () => {
    sides = await twoSides()
    const { a, b, hosting } = sides
    expectSuccess(await runAction({ command: 'rollback', ...loginInputs(hosting.server) }))
    const run = await runAction(drain(sides))
    expectSuccess(run)
    expect(run.outputs).toMatchObject({ status: 'drained', 'web-api-url': a.apiUrl, 'previous-web-api-url': b.apiUrl })
    expect(run.outputs).toMatchObject({ version: '1.05', 'previous-version': '1.06' })
  })

  test('finds nothing after a first release, and nothing without a journal', async () => {
    const hosting = await startHosting(await startSftpServer())
    const a = await startSessionsSite(hosting.a)
    const stop = async () => {
      await a.stop()
      await hosting[Symbol.asyncDispose]()
    }
    sides = { hosting, a, b: a, [Symbol.asyncDispose]: stop }
    const none = await runAction(drain(sides))
    expect(none.outputs).toMatchObject({ status: 'failed', 'reason-code': 'nothing-to-drain' })
    expectSuccess(await deploy(sides, '1.05', 'a'))
    const first = await runAction(drain(sides))
    expect(first.outputs).toMatchObject({ status: 'failed', 'reason-code': 'nothing-to-drain' })
  })

  test('is cancelled at once', async () => {
    sides = await twoSides()
    const { a } = sides
    a.answer(own(1))
    const before = await onSite(sides)
    let cancelledAt = 0
    const main = await runAction(drain(sides, { 'drain-timeout': '600' }), {
      onStart: kill => {
        const timer = setInterval(() => {
          if (a.calls.length === 0) return
          clearInterval(timer)
          // The answer is on its way; the wait after it is what is cancelled.
          setTimeout(() => {
            cancelledAt = Date.now()
            kill('SIGINT')
          }, 500)
        }, 20)
      }
    })
    expect(Date.now() - cancelledAt).toBeLessThan(5_000)
    expect(main.outputs).toMatchObject({ status: 'failed', 'reason-code': 'cancelled', 'sessions-remaining': '1' })
    expect(await onSite(sides)).toEqual(before)
  })
})

describe.each([
  ['SFTP', startSftpServer],
  ['FTP', startIisFtpServer]
])('over %s, a drain that retires', (_, start) => {
  test('stops the old side alone, once; the next deploy to it opens it again', async () => {
    await using sides = await twoSides(start)
    const { a, b, hosting } = sides
    const before = await onSite(sides)
    const plan = await runAction(drain(sides, { retire: 'true', 'dry-run': 'true' }))
    expectSuccess(plan)
    expect(plan.outputs).toMatchObject({ status: 'planned', 'reason-code': 'dry-run', 'sessions-remaining': '0' })
    expect(plan.log).toMatch(/it would put app_offline.htm into .*api_a/)
    expect(await onSite(sides)).toEqual(before)

    const run = await runAction(drain(sides, { retire: 'true' }))
    expectSuccess(run)
    expect(run.outputs).toMatchObject({ status: 'drained', 'sessions-remaining': '0' })
    expect(await readFile(page(hosting, 'a'), 'utf8')).toContain('powerserver-hot-deploy: retired')
    expect([(await fetch(a.apiUrl)).status, (await fetch(b.apiUrl)).status]).toEqual([503, 200])
    const files = await onSite(sides)
    const changed = [...files].filter(([path, content]) => before.get(path) !== content).map(([path]) => path)
    expect(changed).toEqual(['api_a/app_offline.htm'])

    const again = await runAction(drain(sides, { retire: 'true' }))
    expectSuccess(again)
    expect(again.outputs).toMatchObject({
      status: 'unchanged',
      'reason-code': 'already-retired',
      'sessions-remaining': '0'
    })

    const next = await deploy(sides, '1.07', 'a')
    expectSuccess(next)
    expect(next.outputs).toMatchObject({ status: 'deployed', 'web-api-url': a.apiUrl })
    await expect(readFile(page(hosting, 'a'))).rejects.toThrow('ENOENT')
    expect((await fetch(a.apiUrl)).status).toBe(200)
  })
})

describe('a side that was retired', () => {
  async function retired(): Promise<Sides> {
    const sides = await twoSides()
    expectSuccess(await runAction(drain(sides, { retire: 'true' })))
    return sides
  }

  test('opens again for a deploy that has nothing to send to it', async () => {
    await using sides = await retired()
    const { hosting, a } = sides
    // The Web APIs of 1.05, with a cloud app of 1.07.
    const same = await hosting.build('same', { version: '1.07', build: '1.05' })
    const run = await runAction(hosting.inputs(same, 'a', { 'web-api-url': a.apiUrl }))
    expectSuccess(run)
    expect(run.log).toContain('Web API B has all these files already.')
    await expect(readFile(page(hosting, 'a'))).rejects.toThrow('ENOENT')
  })

  test('opens again for a deploy with web-api-offline: never', async () => {
    await using sides = await retired()
    expectSuccess(await deploy(sides, '1.07', 'a', { 'web-api-offline': 'never' }))
    await expect(readFile(page(sides.hosting, 'a'))).rejects.toThrow('ENOENT')
  })

  test('opens again for a rollback to it', async () => {
    await using sides = await retired()
    const { hosting, a } = sides
    const run = await runAction({ command: 'rollback', ...loginInputs(hosting.server) })
    expectSuccess(run)
    expect(run.outputs).toMatchObject({ status: 'rolled-back', 'web-api-url': a.apiUrl })
    await expect(readFile(page(hosting, 'a'))).rejects.toThrow('ENOENT')
  })
})

describe('retiring', () => {
  test('refuses the folder of the live side, and one that holds no Web APIs', async () => {
    await using sides = await twoSides()
    const before = await onSite(sides)
    const live = await runAction(drain(sides, { retire: 'true', 'web-api-target': 'API_B' }))
    expect(live.outputs).toMatchObject({ status: 'failed', 'reason-code': 'target-is-live' })
    const other = await runAction(drain(sides, { retire: 'true', 'web-api-target': 'salesdemo' }))
    expect(other.outputs).toMatchObject({ status: 'failed', 'reason-code': 'target-not-usable' })
    expect(await onSite(sides)).toEqual(before)
    expect(sides.a.calls).toEqual([])
  })

  test('refuses a side that another app of the site is on', async () => {
    await using sides = await twoSides()
    const { hosting, a } = sides
    await mkdir(join(hosting.server.root, 'App_Data/hot-deploy/payroll'))
    await mkdir(join(hosting.server.root, 'payroll'))
    const pointer = JSON.stringify({ deployment_urls: { web_api: a.apiUrl } })
    await writeFile(join(hosting.server.root, 'payroll/apprun.json'), pointer)
    const run = await runAction(drain(sides, { retire: 'true', 'cloud-app-target': 'salesdemo_cloud' }))
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'drain-side-live' })
    expect(run.log).toContain('"payroll"')
    await expect(readFile(page(hosting, 'a'))).rejects.toThrow('ENOENT')
    // The lock is not left behind.
    expect([...(await onSite(sides)).keys()].filter(path => path.includes('/lock/'))).toEqual([])
  })

  test('takes the page out of a folder whose Web APIs are the live ones after all', async () => {
    await using sides = await twoSides()
    const { a, b, hosting } = sides
    // The folder of A is served under the URL of B too: only the URL can tell.
    await rm(join(hosting.server.root, 'api_b'), { recursive: true })
    const wrong = await startSessionsSite(hosting.a)
    const pointer = join(hosting.server.root, 'salesdemo_cloud/apprun.json')
    await writeFile(pointer, (await readFile(pointer, 'utf8')).replace(b.apiUrl, `${wrong.url}/other/`))
    const run = await runAction(drain(sides, { retire: 'true', 'web-api-url': a.apiUrl }))
    await wrong.stop()
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'target-is-live' })
    await expect(readFile(page(hosting, 'a'))).rejects.toThrow('ENOENT')
    expect((await fetch(a.apiUrl)).status).toBe(200)
  })
})
