import { setTimeout as sleep } from 'node:timers/promises'
import { isAppRunName, parseAppRun } from '../build/apprun'
import { newestListed, parseVersionList, versionListName } from '../build/version-list'
import { asDeployError, DeployError } from '../errors'
import { isUrlBuiltIn, pointersOf, type Plan } from '../plan/plan'
import { isSameUrl } from '../plan/same-url'
import { readBytes } from '../site/read-bytes'
import { forEachInFlight, together } from '../transport/in-flight'
import type { Transport } from '../transport/port'
import { joinRemote, nameOf } from '../transport/remote-path'
import { freshness } from '../web-api/freshness'
import { Http, type Answer } from '../web-api/http'
import type { Log } from './log'
import type { Run } from './run'
import { verifySizes } from './verify'

const timeoutMs = 30_000
const attempts = 3

/** A browser may reuse an answer for a tenth of its age without asking; longer promises are worth a word. */
const longCacheSeconds = 3600

/**
 * Looks at the switched release as a site lists it, and as its pointers read.
 *
 * @throws DeployError `check-failed`
 */
export async function checkSite(transport: Transport, plan: Plan, { signal }: Run): Promise<void> {
  await asCheck(signal, async () => {
    await together([verifySizes(transport, plan.staged.flat(), path => path), checkPointers(transport, plan)])
  })
}

/**
 * Looks at the switched release as the web server serves it.
 *
 * @throws DeployError `check-failed`
 */
export async function checkServedRelease(plan: Plan, run: Run): Promise<void> {
  const { appUrl } = run.settings
  if (appUrl === undefined) run.log.info('Without app-url the web server is not asked.')
  else await asCheck(run.signal, () => checkAsClient(plan, appUrl, run))
}

async function asCheck(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    signal.throwIfAborted()
    const { message, advice } = asDeployError(error)
    throw new DeployError(
      'check-failed',
      `The release was switched, and the check after it failed: ${message}`,
      advice,
      error
    )
  }
}

/**
 * Reads the pointers back from the site: they must be the planned ones, byte for byte.
 */
async function checkPointers(transport: Transport, plan: Plan): Promise<void> {
  await forEachInFlight(pointersOf(plan), transport.inFlight, async ({ path, bytes }) => {
    const there = await readBytes(transport, joinRemote(transport.root, path))
    if (!there.equals(bytes)) {
      throw new DeployError(
        'check-failed',
        `"${path}" on ${transport.description} now has other content than was sent.`,
        'Something else writes to the site. Look at the file and run the job again.'
      )
    }
  })
}

/**
 * Asks the web server for `apprun.json` as a client does: past all caches it must name Web API B; through them an old
 * answer is worth a warning.
 *
 * @throws DeployError `check-failed`; the signal's reason
 */
export async function checkAsClient(plan: Plan, appUrl: string, run: Run): Promise<void> {
  const pointer = pointersOf(plan).find(({ path }) => isAppRunName(nameOf(path)))
  if (isUrlBuiltIn(plan)) await checkServedList(plan, appUrl, run)
  else await checkServed(new URL(nameOf(pointer?.path ?? 'apprun.json'), appUrl).href, plan.webApiUrl, run)
}

/** Where the URL is built in, the version list says which version, and so which Web APIs, clients get. */
async function checkServedList(plan: Plan, appUrl: string, { settings, log, signal }: Run): Promise<void> {
  const list = pointersOf(plan).find(({ path }) => nameOf(path).toLowerCase() === versionListName)
  const url = new URL(nameOf(list?.path ?? versionListName), appUrl).href
  await using http = new Http(settings.readiness.tlsCa, settings.readiness.allowAnyCertificate)
  const answer = await getFresh(http, url, signal)
  const newest = answer.kind === 'answer' && answer.status === 200 ? newestIn(answer.body) : undefined
  if (newest !== plan.version) {
    const what = answer.kind === 'failure' ? `cannot be fetched: ${answer.reason}` : `answers ${answer.status}`
    throw notServed(
      url,
      newest === undefined ? `${what}, with no version list` : `offers ${newest} as the newest version`
    )
  }
  log.info(`${url} offers ${plan.version}`)
}

function newestIn(text: string): string | undefined {
  const list = parseVersionList(Buffer.from(text))
  return list && newestListed(list)
}

/** The same for any `apprun.json` and the Web APIs that it should name. */
export async function checkServed(url: string, webApiUrl: string, { settings, log, signal }: Run): Promise<void> {
  await using http = new Http(settings.readiness.tlsCa, settings.readiness.allowAnyCertificate)
  const freshProblem = problemOf(await getFresh(http, url, signal), webApiUrl)
  if (freshProblem !== undefined) {
    throw notServed(url, freshProblem)
  }
  log.info(`${url} names ${webApiUrl}`)
  warnOfCaches(url, await http.get(url, {}, timeoutMs, signal), webApiUrl, log)
}

function notServed(url: string, problem: string): DeployError {
  return new DeployError(
    'check-failed',
    `Clients do not get the release: ${url} ${problem}.`,
    'Check that app-url is the public URL of the folder cloud-app-target, and that no cache or second web server in front answers instead.'
  )
}

/** One lost connection must not turn a good release red. */
async function getFresh(http: Http, url: string, signal: AbortSignal): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await http.get(url, { 'cache-control': 'no-cache', pragma: 'no-cache' }, timeoutMs, signal)
    const isPassing = answer.kind === 'failure' ? !answer.isUntrusted : answer.status >= 500
    if (!isPassing || attempt === attempts) return answer
    await sleep(2_000, undefined, { signal })
  }
}

function warnOfCaches(url: string, answer: Answer, webApiUrl: string, log: Log): void {
  const problem = problemOf(answer, webApiUrl)
  if (problem !== undefined) log.warning(`A cache still answers: without "no-cache" ${url} ${problem}.`)
  if (answer.kind === 'failure') return
  const { seconds, because } = freshness(answer.headers)
  if (seconds > longCacheSeconds) {
    log.warning(`${url} may be cached for ${seconds} s (${because}): users may keep the old Web APIs so long.`)
  }
}

function problemOf(answer: Answer, webApiUrl: string): string | undefined {
  if (answer.kind === 'failure') return `cannot be fetched: ${answer.reason}`
  if (answer.status !== 200) return `answers ${answer.status}`
  try {
    const named = parseAppRun(Buffer.from(answer.body), 'the answer').webApiUrl
    return isSameUrl(named, webApiUrl) ? undefined : `names ${named} and not ${webApiUrl}`
  } catch (error) {
    return `answers with something else: ${asDeployError(error).message}`
  }
}
