import { setTimeout as sleep } from 'node:timers/promises'
import { DeployError } from '../errors'
import type { ReadinessSettings, ReadinessUrl } from '../inputs/settings'
import type { Log } from '../release/log'
import { together } from '../transport/in-flight'
import { ask, type Asked } from './ask'
import { Http } from './http'
import { isReady, judge, type ReadinessState } from './judge'
import { firstPoll, nextPoll, turnsOf, type Turn } from './poll-schedule'
import { smoke } from './smoke'

/** The first answer of a .NET site is slow: it starts, reads its models and asks for its license. */
const requestTimeoutMs = 100_000

/** The network and the clock, as far as polling needs them. */
export interface Means {
  ask(target: ReadinessUrl, timeoutMs: number, stop: AbortSignal): Promise<Asked>
  now(): number
  sleep(ms: number, stop: AbortSignal): Promise<unknown>
}

/** Is there anything to ask Web API B for? */
export function isAsked({ urls, smokeChecks }: ReadinessSettings): boolean {
  return urls.length > 0 || smokeChecks.length > 0
}

/**
 * Waits until Web API B is ready at each readiness URL, then makes the smoke checks once.
 *
 * @throws DeployError `web-api-not-ready`, `smoke-check-failed`, `certificate-untrusted`, `tls-failed`; the signal's reason
 */
export async function waitUntilReady(settings: ReadinessSettings, log: Log, signal: AbortSignal): Promise<void> {
  const { tlsCa, allowAnyCertificate, authorization } = settings
  const means: Means = {
    // A connection of its own for each poll: one that was idle for 10 s may be closed on the other side.
    ask: async (target, timeoutMs, stop) => {
      await using http = new Http(tlsCa, allowAnyCertificate, target.host?.replace(/:\d+$/, ''))
      return await ask(http, target, authorization, 'own-host', timeoutMs, stop)
    },
    now: Date.now,
    sleep: (ms, stop) => sleep(ms, undefined, { signal: stop })
  }
  await poll(settings, means, log, signal)
  await using http = new Http(tlsCa, allowAnyCertificate)
  for (const check of settings.smokeChecks) {
    await smoke(http, check, authorization, signal)
    log.info(`${check.url}: as expected`)
  }
}

/**
 * Polls all readiness URLs side by side, until each is ready or the time is over. What waiting cannot mend, a certificate
 * for one, ends all of them.
 *
 * @throws DeployError `web-api-not-ready`, `certificate-untrusted`, `tls-failed`; the signal's reason
 */
export async function poll(settings: ReadinessSettings, means: Means, log: Log, signal: AbortSignal): Promise<void> {
  const begun = means.now()
  const giveUp = new AbortController()
  const stop = AbortSignal.any([signal, giveUp.signal])
  const turns = turnsOf(settings.urls)
  const works = settings.urls.map(async (target, index) => {
    const turn = turns[index] ?? { index: 0, of: 1 }
    try {
      return { target, state: await pollOne(target, turn, begun, settings, means, log, stop) }
    } catch (error) {
      giveUp.abort(error)
      throw error
    }
  })
  const ended = await together(works)
  const late = ended.filter(({ state }) => !isReady(state))
  if (late.length > 0) throw notReady(late, ended.length, settings.timeoutMs)
}

/** The last state of a target: ready, or what it was when no time was left. */
async function pollOne(
  target: ReadinessUrl,
  turn: Turn,
  begun: number,
  { timeoutMs, authorization }: ReadinessSettings,
  means: Means,
  log: Log,
  stop: AbortSignal
): Promise<ReadinessState> {
  const deadline = begun + timeoutMs
  const name = nameOf(target)
  let lastSaid = ''
  let state: ReadinessState | undefined
  let next: number | undefined = firstPoll(begun, deadline, turn)
  do {
    if (next > means.now()) await means.sleep(next - means.now(), stop)
    const started = means.now()
    const left = Math.max(1000, deadline - started)
    const asked = await means.ask(target, Math.min(requestTimeoutMs, left), stop)
    const now = means.now()
    const isLast = left < requestTimeoutMs
    state = judge(asked, { ...target, now, isLast, hasAuthorization: authorization !== undefined })
    if (state.says !== lastSaid) log.info(`${name}: ${state.says}${waitOf(state)}`)
    lastSaid = state.says
    refuseHopeless(target, state)
    if (state.kind === 'degraded') log.warning(`Web API B is ready, and says that it is degraded: ${name}`)
    next = isReady(state) ? undefined : nextPoll(begun, deadline, started, now, state.waitMs, turn)
  } while (next !== undefined)
  return state
}

function nameOf({ url, host }: ReadinessUrl): string {
  return host === undefined ? url : `${url} (host ${host})`
}

function waitOf({ waitMs }: ReadinessState): string {
  return waitMs > 0 ? `; it asks to wait ${Math.ceil(waitMs / 1000)} s` : ''
}

function notReady(
  late: readonly { target: ReadinessUrl; state: ReadinessState }[],
  count: number,
  timeoutMs: number
): DeployError {
  const lines = late.map(({ target, state }) => `${nameOf(target)} says ${state.says}${waitOf(state)}`)
  const advice = [...new Set(late.map(({ state }) => state.advice))]
  const after = `Web API B is not ready after ${timeoutMs / 1000} s`
  return new DeployError(
    'web-api-not-ready',
    count === 1
      ? `${after}: ${lines.join('')}.`
      : `${after}, at ${late.length} of ${count} URLs:\n${lines.map(line => `  - ${line}`).join('\n')}`,
    ['Nothing that clients see has changed.', ...advice].join(' ')
  )
}

/** @throws DeployError `certificate-untrusted`, `tls-failed` */
function refuseHopeless({ url, host }: ReadinessUrl, { kind, says }: ReadinessState): void {
  const server = new URL(url).host
  const asked = host === undefined ? server : `${server} (asked for ${host})`
  if (kind === 'untrusted') {
    throw new DeployError(
      'certificate-untrusted',
      `The certificate of ${asked} is not trusted: ${says}.`,
      'Clients would refuse it too. Give the site a certificate that they trust; pass the PEM of a private authority as tls-ca.'
    )
  }
  if (kind === 'tls') {
    throw new DeployError(
      'tls-failed',
      `${asked} does not speak TLS as expected: ${says}.`,
      'Compare scheme and port of the URL with the bindings of the site: https:// at a port for plain HTTP fails like this, and so does a server that knows nothing newer than TLS 1.1.'
    )
  }
}
