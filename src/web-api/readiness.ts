import { setTimeout as sleep } from 'node:timers/promises'
import { DeployError } from '../errors'
import type { ReadinessSettings, SmokeCheck } from '../inputs/settings'
import type { Log } from '../release/log'
import { Http, type Answer } from './http'

/**
 * PowerServer's template allows 2 calls a second and 100 in 15 minutes, and counts those that it refuses
 * (docs/powerserver.md §6).
 */
const pollEveryMs = 10_000

/** The first answer of a .NET site is slow: it starts, reads its models and asks for its license. */
const requestTimeoutMs = 100_000

/**
 * Waits until Web API B answers healthy on each readiness URL, then makes the smoke checks once.
 *
 * @throws DeployError `web-api-not-ready`, `smoke-check-failed`, `certificate-untrusted`; the signal's reason
 */
export async function waitUntilReady(settings: ReadinessSettings, log: Log, signal: AbortSignal): Promise<void> {
  await using http = new Http(settings.tlsCa, settings.allowAnyCertificate)
  const headers: Record<string, string> =
    settings.authorization === undefined ? {} : { authorization: settings.authorization }
  const deadline = Date.now() + settings.timeoutMs
  for (const url of settings.urls) await poll(http, url, headers, deadline, settings.timeoutMs, log, signal)
  for (const check of settings.smokeChecks) await smoke(http, check, headers, log, signal)
}

async function poll(
  http: Http,
  url: string,
  headers: Record<string, string>,
  deadline: number,
  timeoutMs: number,
  log: Log,
  signal: AbortSignal
): Promise<void> {
  let lastState = ''
  for (;;) {
    const started = Date.now()
    const answer = await http.get(url, headers, Math.max(1000, Math.min(requestTimeoutMs, deadline - started)), signal)
    const { isReady, state } = judge(answer)
    if (state !== lastState) log.info(`${url}: ${state}`)
    lastState = state
    if (answer.kind === 'failure' && answer.isUntrusted) throw untrusted(url, answer.reason)
    if (isReady) {
      if (/^\s*degraded/i.test(answer.kind === 'answer' ? answer.body : '')) {
        log.warning(`Web API B is ready, and says that it is degraded: ${url}`)
      }
      return
    }
    const next = started + waitFor(answer)
    if (next >= deadline) throw notReady(url, state, timeoutMs)
    await sleep(next - Date.now(), undefined, { signal })
  }
}

async function smoke(
  http: Http,
  check: SmokeCheck,
  headers: Record<string, string>,
  log: Log,
  signal: AbortSignal
): Promise<void> {
  const answer = await http.get(check.url, headers, requestTimeoutMs, signal)
  const failure = smokeFailure(check, answer)
  if (failure === undefined) {
    log.info(`${check.url}: as expected`)
    return
  }
  throw new DeployError(
    'smoke-check-failed',
    `The smoke check of ${check.url} failed: ${failure}.`,
    'Nothing that clients see has changed. Look at the logs of Web API B, mend it and run the job again.'
  )
}

function smokeFailure({ status, contains }: SmokeCheck, answer: Answer): string | undefined {
  if (answer.kind === 'failure') return answer.reason
  const isExpected = status === undefined ? answer.status >= 200 && answer.status < 300 : answer.status === status
  if (!isExpected) return `it answered ${answer.status}, and ${status ?? '2xx'} was expected`
  if (contains !== undefined && !answer.body.includes(contains)) return `the answer does not contain "${contains}"`
  return undefined
}

function judge(answer: Answer): { isReady: boolean; state: string } {
  if (answer.kind === 'failure') return { isReady: false, state: answer.reason }
  const { status } = answer
  if (status >= 200 && status < 300) return { isReady: true, state: `ready (${status})` }
  return { isReady: false, state: `${status}${meaningOf(status, answer.body)}` }
}

function meaningOf(status: number, body: string): string {
  if (status === 429) return ', too many calls: waiting'
  if (status === 404) return ', there is no such address (an IIS site without the app, or another readiness-path)'
  if (status === 401 || status === 403) return ', it asks for web-api-authorization'
  const page = /HTTP Error (500\.\d+)/.exec(body)?.[1]
  if (page !== undefined) return `, IIS could not start the app (HTTP Error ${page})`
  return status === 503 ? `, ${/^\s*unhealthy/i.test(body) ? 'Unhealthy' : 'not up yet'}` : ''
}

/** Never sooner than the limit of the template allows, and as late as the server asks for. */
function waitFor(answer: Answer): number {
  const asked = answer.kind === 'answer' ? Number(answer.headers.get('retry-after') ?? '0') : 0
  return Math.max(pollEveryMs, Number.isFinite(asked) ? asked * 1000 : 0)
}

function notReady(url: string, state: string, timeoutMs: number): DeployError {
  return new DeployError(
    'web-api-not-ready',
    `Web API B is not ready after ${timeoutMs / 1000} s: ${url} says ${state}.`,
    'Nothing that clients see has changed. Open the URL: license and database connections are what it checks. For a site that starts slowly raise readiness-timeout; for one without health checks set readiness-path.'
  )
}

function untrusted(url: string, reason: string): DeployError {
  return new DeployError(
    'certificate-untrusted',
    `The certificate of ${new URL(url).host} is not trusted: ${reason}.`,
    'Clients would refuse it too. Give the site a certificate that they trust; pass the PEM of a private authority as tls-ca.'
  )
}
