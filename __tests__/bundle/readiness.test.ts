import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { join } from 'node:path'
import { runAction, type Run } from '../../scripts/as-runner.mjs'
import { certificateFor } from '../support/certificate'
import { expectSuccess } from '../support/expect-success'
import { startHosting, type Hosting } from '../support/hosting'
import { errorPage, startHttpService, type HttpAnswer } from '../support/http-service'
import { poolStoppedPage, startUpPage, tooManyCalls } from '../support/iis-pages'
import { startSftpServer } from '../support/sftp-server'
import { startWebApiSite, type WebApiSite, type WebApiSiteOptions } from '../support/web-api-site'

jest.setTimeout(120_000)

type Inputs = Record<string, string>

interface Outcome {
  readonly run: Run
  readonly hosting: Hosting
}

const unhealthy: HttpAnswer = { status: 503, headers: { 'Content-Type': 'text/plain' }, body: 'Unhealthy' }
const open: Hosting[] = []
afterAll(async () => {
  await Promise.all(open.map(hosting => hosting[Symbol.asyncDispose]()))
})

/** A first release to side B, whose Web APIs behave as told; `prepare` may add inputs. */
async function release(
  api: WebApiSiteOptions,
  more: Inputs = {},
  prepare?: (hosting: Hosting) => Promise<Inputs> | Inputs
): Promise<Outcome> {
  const hosting = await startHosting(await startSftpServer(), { api })
  open.push(hosting)
  const build = await hosting.build('one', { version: '1.05', build: 'one' })
  const inputs = hosting.inputs(build, 'b', { ...more, ...(await prepare?.(hosting)) })
  return { run: await runAction(inputs), hosting }
}

function expectNotReady({ run }: Outcome, ...says: readonly string[]): void {
  expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'web-api-not-ready' })
  for (const words of says) expect(run.log).toContain(words)
}

const healthCalls = ({ calls }: WebApiSite): WebApiSite['calls'] => calls.filter(({ path }) => path.includes('/health'))
const countOf = (text: string, part: string): number => text.split(part).length - 1
const brief = { 'readiness-timeout': '3' }

describe('Web API B that takes its time', () => {
  let lateStart: Promise<Outcome>
  let slowFirstAnswer: Promise<Outcome>
  let throttled: Promise<Outcome>
  let farm: Promise<Outcome & { readonly members: WebApiSite[] }>

  // Two polls are 10 s apart, so these wait side by side.
  beforeAll(() => {
    lateStart = release({}, {}, ({ b }) => {
      b.answerNext(unhealthy)
      return {}
    })
    slowFirstAnswer = release({ coldStartMs: 11_000 })
    throttled = release({}, {}, ({ b }) => {
      b.answerNext(tooManyCalls('12'))
      return {}
    })
    farm = releaseToFarm()
    for (const outcome of [lateStart, slowFirstAnswer, throttled, farm]) outcome.catch(() => undefined)
  })

  /** Two members behind a load balancer: TLS, with the certificate and the binding of the public name. */
  async function releaseToFarm(): Promise<Outcome & { readonly members: WebApiSite[] }> {
    const { ca, cert, key } = certificateFor(['api.example.com'], [10, 0, 0, 1])
    const members: WebApiSite[] = []
    const outcome = await release({}, { 'tls-ca': ca }, async ({ server }) => {
      for (let count = 0; count < 2; count += 1) {
        const options = { tls: { cert, key }, hostName: 'api.example.com' }
        members.push(await startWebApiSite(join(server.root, 'api_b'), options))
      }
      members[1]?.answerNext(unhealthy)
      const lines = members.map(({ url }) => `${url}/api_b/health-readiness host=api.example.com`)
      return { 'readiness-urls': lines.join('\n') }
    })
    await Promise.all(members.map(site => site.stop()))
    return { ...outcome, members }
  }

  test('is asked again after 10 s, and each change is told once', async () => {
    const { run, hosting } = await lateStart
    expectSuccess(run)
    const [first, second, ...others] = healthCalls(hosting.b)
    // By the clock of the run; a server that is busy may hear of the first call late.
    const [, waited] = /\| Wait until Web API B is ready \| ([\d.]+) s \|/.exec(run.summary) ?? []
    expect(Number(waited)).toBeGreaterThanOrEqual(10)
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(9_500)
    expect(others).toEqual([])
    expect([countOf(run.log, '503, Unhealthy'), countOf(run.log, 'ready (200 Healthy)')]).toEqual([1, 1])
  })

  test('may be slow with its first answer', async () => {
    const { run, hosting } = await slowFirstAnswer
    expectSuccess(run)
    expect(healthCalls(hosting.b)).toHaveLength(1)
  })

  test('and asks to be left alone is left alone for so long', async () => {
    const { run, hosting } = await throttled
    expectSuccess(run)
    const [first, second] = healthCalls(hosting.b)
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(11_900)
    expect(run.log).toContain('429, too many calls; it asks to wait 12 s')
  })

  test('is asked at each member of a farm, under its public name, until the last one is ready', async () => {
    const { run, members, hosting } = await farm
    expectSuccess(run)
    expect(members.map(site => healthCalls(site).map(({ host }) => host))).toEqual([
      ['api.example.com'],
      ['api.example.com', 'api.example.com']
    ])
    expect(healthCalls(hosting.b)).toEqual([])
  })

  test('longer than there is time fails, and says what cut it off', async () => {
    const outcome = await release({ coldStartMs: 6_000 }, brief)
    expectNotReady(outcome, 'no answer within 3 s, when readiness-timeout cut it off', 'raise readiness-timeout')
  })
})

describe('Web API B that is not ready', () => {
  const html = (body: string): HttpAnswer => ({ status: 200, headers: { 'Content-Type': 'text/html' }, body })

  test.each<[string, HttpAnswer, readonly string[]]>([
    ['without the endpoint', { status: 404 }, ['404, there is no such address: the app', 'UsePowerServerHealthChecks']],
    [
      'that is no application in IIS',
      errorPage(404, '404.0 - Not Found'),
      ['itself answers (404.0)', 'Convert the fol']
    ],
    [
      'that ends while it starts',
      startUpPage('500.30', 'ASP.NET Core app failed to start'),
      ['HTTP Error 500.30, the program ended while it started', 'event log']
    ],
    [
      'that shares a pool',
      startUpPage('500.35', 'ANCM Multiple In-Process Applications in same Process'),
      ['HTTP Error 500.35, its pool runs another app', 'an application pool of its own']
    ],
    ['whose pool is stopped', poolStoppedPage, ['503, its application pool is stopped', 'Start the pool']],
    ['that is another site', html('<html><title>Welcome</title></html>'), ['the page "Welcome" and no health report']],
    [
      'that wants a login',
      { status: 302, headers: { Location: '/Account/Login?ReturnUrl=%2F' } },
      ['/Account/Login, where one logs in', 'web-api-authorization']
    ]
  ])('%s', async (_, answer, says) => {
    const outcome = await release({}, brief, ({ b }) => {
      b.answerNext(answer)
      return {}
    })
    expectNotReady(outcome, ...says)
  })

  test('because it redirects to another site, which never gets the credentials', async () => {
    const secrets: unknown[] = []
    const other = await startHttpService((_method, _path, { authorization }) => {
      secrets.push(authorization)
      return Promise.resolve({ status: 200, body: 'Healthy' })
    })
    try {
      const more = { ...brief, 'web-api-authorization': 'Bearer sesame-open' }
      const outcome = await release({}, more, ({ b }) => {
        b.answerNext({ status: 302, headers: { Location: `${other.url}/health?token=t0ken` } })
        return {}
      })
      expectNotReady(outcome, `302, redirects to ${other.url}/health, another site`)
      expect(outcome.run.log).not.toContain('t0ken')
      expect(secrets).toEqual([])
      expect(healthCalls(outcome.hosting.b)[0]?.authorization).toBe('Bearer sesame-open')
    } finally {
      await other.stop()
    }
  })

  test('without the header that it wants', async () => {
    const outcome = await release({ authorization: 'Bearer sesame-open' }, brief)
    expectNotReady(outcome, '401, it asks for web-api-authorization')
  })

  test('at one member of a farm, which is named alone', async () => {
    let bad = ''
    const outcome = await release({}, brief, ({ a, b }) => {
      // Both sides stand for members here.
      b.answerNext(unhealthy)
      bad = `${b.url}/api_b/health-readiness`
      a.answerNext({ status: 200, body: 'Healthy' })
      return { 'readiness-urls': `${a.url}/api_a/health-readiness\n${bad}` }
    })
    expectNotReady(outcome, 'not ready after 3 s, at 1 of 2 URLs', `  - ${bad} says 503, Unhealthy`)
    expect(outcome.run.log).not.toContain(`  - ${outcome.hosting.a.url}`)
  })

  test('with a certificate that nobody trusts is given up at once', async () => {
    const { cert, key } = certificateFor(['localhost'], [127, 0, 0, 1])
    const { run, hosting } = await release({ tls: { cert, key } })
    expect(run.outputs['reason-code']).toBe('certificate-untrusted')
    expect(run.log).toContain(`The certificate of ${new URL(hosting.b.url).host} is not trusted`)
    expect(healthCalls(hosting.b)).toEqual([])
  })
})

describe('smoke checks', () => {
  test('follow redirects, but not where one is expected', async () => {
    const web = await startHttpService((_method, path) =>
      Promise.resolve(
        path === '/old' ? { status: 301, headers: { Location: '/new' } } : { status: 200, body: 'Bonjour' }
      )
    )
    try {
      const lines = [`301 ${web.url}/old`, `${web.url}/old contains "jour"`]
      const { run } = await release({}, { 'smoke-urls': lines.join('\n') })
      expectSuccess(run)
      expect(web.requests).toEqual(['GET /old', 'GET /old', 'GET /new'])

      const other = await release({}, { 'smoke-urls': `302 ${web.url}/new` })
      expect(other.run.outputs['reason-code']).toBe('smoke-check-failed')
      expect(other.run.log).toContain('it answered 200, and 302 was expected')
    } finally {
      await web.stop()
    }
  })
})
