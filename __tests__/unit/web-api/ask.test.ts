import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeployError } from '../../../src/errors'
import { ask, type Asked, type Following } from '../../../src/web-api/ask'
import { bodyLimit, Http } from '../../../src/web-api/http'
import { certificateFor, makeCertificate } from '../../support/certificate'
import { startProxy } from '../../support/connect-proxy'
import { startHttpService, type HttpAnswer, type HttpService, type TlsKeys } from '../../support/http-service'
import { listenOnLoopback } from '../../support/loopback'

jest.setTimeout(20_000)

const never = new AbortController().signal
const stopping: HttpService[] = []
afterEach(async () => {
  await Promise.all(stopping.splice(0).map(service => service.stop()))
})

interface Served extends HttpService {
  readonly seen: IncomingHttpHeaders[]
}

async function serve(answers: Record<string, HttpAnswer>, tls?: TlsKeys): Promise<Served> {
  const seen: IncomingHttpHeaders[] = []
  const service = await startHttpService((_method, path, headers) => {
    seen.push(headers)
    return Promise.resolve(answers[path] ?? { status: 404 })
  }, tls)
  stopping.push(service)
  return { ...service, seen }
}

interface More {
  readonly host?: string
  readonly ca?: string
  readonly following?: Following
  readonly timeoutMs?: number
}

async function asked(url: string, { host, ca, following = 'own-host', timeoutMs = 5000 }: More = {}): Promise<Asked> {
  await using http = new Http(ca, false, host?.replace(/:\d+$/, ''))
  return await ask(http, { url, host }, 'Bearer secret', following, timeoutMs, never)
}

const to = (location: string, status = 302): HttpAnswer => ({ status, headers: { Location: location } })
const fine: HttpAnswer = { status: 200, body: 'Healthy' }

describe('a redirect', () => {
  test('on the same site is followed, with the credentials', async () => {
    const site = await serve({ '/health': to('/api/health'), '/api/health': fine })
    const { answer, at, redirect } = await asked(`${site.url}/health`)
    expect(answer).toMatchObject({ status: 200, body: 'Healthy' })
    expect([at, redirect]).toEqual([`${site.url}/api/health`, undefined])
    expect(site.seen.map(({ authorization }) => authorization)).toEqual(['Bearer secret', 'Bearer secret'])
  })

  test('to another site is not followed', async () => {
    const other = await serve({ '/': fine })
    const site = await serve({ '/health': to(`${other.url}/`) })
    const { answer, redirect } = await asked(`${site.url}/health`)
    expect(answer).toMatchObject({ status: 302 })
    expect(redirect).toMatchObject({ url: `${other.url}/`, obstacle: 'another-host' })
    expect(other.requests).toEqual([])
  })

  test('to another site gets no credentials where it is followed, nor does a way back', async () => {
    const site = await serve({ '/back': fine })
    const other = await serve({ '/': to(`${site.url}/back`) })
    const first = await serve({ '/health': to(`${other.url}/`) })
    const { answer } = await asked(`${first.url}/health`, { following: 'any-host' })
    expect(answer).toMatchObject({ status: 200 })
    expect(first.seen[0]?.authorization).toBe('Bearer secret')
    expect([other.seen[0], site.seen[0]].map(headers => headers?.authorization)).toEqual([undefined, undefined])
  })

  test('to a login is not followed', async () => {
    const site = await serve({ '/health': to('/Account/Login?ReturnUrl=%2Fhealth'), '/Account/Login': fine })
    expect((await asked(`${site.url}/health`)).redirect?.obstacle).toBe('login')
    expect(site.requests).toHaveLength(1)
  })

  test('is an answer where none is to be followed', async () => {
    const site = await serve({ '/old': to('/new', 301), '/new': fine })
    expect((await asked(`${site.url}/old`, { following: 'none' })).answer).toMatchObject({ status: 301 })
    expect(site.requests).toHaveLength(1)
  })

  test('in a circle comes to an end', async () => {
    const site = await serve({ '/health': to('/health') })
    expect((await asked(`${site.url}/health`)).redirect?.obstacle).toBeUndefined()
    expect(site.requests).toHaveLength(6)
  })
})

describe('another host name', () => {
  test('is sent instead of that of the URL, also after a redirect to it', async () => {
    const site = await serve({ '/health': to('http://api.example.com:8080/there'), '/there': fine })
    const { answer, at } = await asked(`${site.url}/health`, { host: 'api.example.com:8080' })
    expect(answer).toMatchObject({ status: 200 })
    expect(at).toBe(`${site.url}/there`)
    expect(site.seen.map(({ host }) => host)).toEqual(['api.example.com:8080', 'api.example.com:8080'])
  })

  test('is the one that the certificate has to be for', async () => {
    const { ca, cert, key } = certificateFor(['api.example.com'], [10, 0, 0, 1])
    const site = await serve({ '/health': fine }, { cert, key })
    const url = `${site.url}/health`
    expect((await asked(url, { ca, host: 'api.example.com:8443' })).answer).toMatchObject({ status: 200 })
    expect(site.seen[0]?.host).toBe('api.example.com:8443')
    expect((await asked(url, { ca, host: 'other.example.com' })).answer).toMatchObject({ isUntrusted: true })
    expect((await asked(url, { ca })).answer).toMatchObject({ isUntrusted: true })
    expect(site.requests).toHaveLength(1)
  })

  test('is sent through a proxy too, with its certificate', async () => {
    const { ca, cert, key } = certificateFor(['api.example.com'], [10, 0, 0, 1])
    const site = await serve({ '/health': fine }, { cert, key })
    await using proxy = await startProxy()
    process.env.https_proxy = proxy.url
    try {
      const { answer } = await asked(`${site.url}/health`, { ca, host: 'api.example.com' })
      expect(answer).toMatchObject({ status: 200 })
    } finally {
      delete process.env.https_proxy
    }
    expect(proxy.tunnels).toEqual([new URL(site.url).host])
    expect(site.seen[0]?.host).toBe('api.example.com')
  })
})

describe('what fails', () => {
  test('is told apart: a certificate, no TLS, nobody there', async () => {
    const { cert, key } = makeCertificate()
    const tls = await serve({}, { cert, key })
    const plain = await serve({})
    expect((await asked(tls.url)).answer).toMatchObject({ isUntrusted: true, code: 'certificate-untrusted' })
    expect((await asked(plain.url.replace('http:', 'https:'))).answer).toMatchObject({ code: 'tls-failed' })
    await plain.stop()
    expect((await asked(plain.url)).answer).toMatchObject({ isUntrusted: false, code: 'unreachable' })
  })

  test('in the time limit says so, which all redirects together have', async () => {
    const site = await startHttpService(async (_method, path) => {
      await sleep(700)
      return path === '/slow' ? fine : to('/slow')
    })
    stopping.push(site)
    const { answer, at } = await asked(`${site.url}/health`, { timeoutMs: 1000 })
    expect(answer).toEqual({ kind: 'failure', reason: 'no answer within 1 s', isUntrusted: false, code: 'timeout' })
    expect(at).toBe(`${site.url}/slow`)
  })

  test('because the run was stopped is thrown', async () => {
    const site = await startHttpService(() => new Promise(() => undefined))
    stopping.push(site)
    const reason = new DeployError('cancelled', 'x', 'y')
    const stop = new AbortController()
    setTimeout(() => {
      stop.abort(reason)
    }, 50)
    await using http = new Http(undefined, false)
    await expect(ask(http, { url: site.url, host: undefined }, undefined, 'none', 5000, stop.signal)).rejects.toBe(
      reason
    )
  })
})

test('no more of a body is read than the limit, also when it has no end', async () => {
  const endless = createServer((_request, response) => {
    const more = (): void => {
      while (response.write('x'.repeat(65_536)));
    }
    response.on('drain', more)
    more()
  })
  const loopback = await listenOnLoopback(endless)
  stopping.push({ url: '', requests: [], stop: () => loopback.stop() })
  expect((await asked(`http://127.0.0.1:${loopback.port}/`)).answer).toMatchObject({ status: 200, isCut: true })

  const long: HttpAnswer = { status: 200, body: 'x'.repeat(3 * bodyLimit) }
  const site = await serve({ '/long': long, '/full': { status: 200, body: 'x'.repeat(bodyLimit) } })
  const [cut, full] = [(await asked(`${site.url}/long`)).answer, (await asked(`${site.url}/full`)).answer]
  expect([cut, full]).toMatchObject([{ isCut: true }, { isCut: false }])
  for (const answer of [cut, full]) expect(answer.kind === 'answer' && answer.body.length).toBe(bodyLimit)
})
