import { DeployError } from '../errors'
import type { SmokeCheck } from '../inputs/settings'
import { ask, type Asked } from './ask'
import { bodyLimit, type Http } from './http'
import { withoutQuery } from './redirect'

/** As long as readiness gives a request: another part of the app may be slow to answer first. */
const requestTimeoutMs = 100_000

/**
 * Makes a smoke check once. Redirects are followed, unless one is what is expected.
 *
 * @param authorization goes to the host of the URL only
 * @throws DeployError `smoke-check-failed`; the reason of `stop`
 */
export async function smoke(
  http: Http,
  check: SmokeCheck,
  authorization: string | undefined,
  stop: AbortSignal
): Promise<void> {
  const isRedirectExpected = check.status !== undefined && check.status >= 300 && check.status < 400
  const target = { url: check.url, host: undefined }
  const following = isRedirectExpected ? 'none' : 'any-host'
  const failure = smokeFailure(check, await ask(http, target, authorization, following, requestTimeoutMs, stop))
  if (failure === undefined) return
  throw new DeployError(
    'smoke-check-failed',
    `The smoke check of ${withoutQuery(check.url)} failed: ${failure}.`,
    'Nothing that clients see has changed. Look at the logs of Web API B, mend it and run the job again.'
  )
}

/** What is wrong with the answer to a smoke check; undefined when nothing is. */
export function smokeFailure({ url, status, contains }: SmokeCheck, { answer, at }: Asked): string | undefined {
  const where = at === url ? '' : ` at ${withoutQuery(at)}, to which it redirects`
  if (answer.kind === 'failure') return `${answer.reason}${where}`
  const isExpected = status === undefined ? answer.status >= 200 && answer.status < 300 : answer.status === status
  if (!isExpected) return `it answered ${answer.status}${where}, and ${status ?? '2xx'} was expected`
  if (contains === undefined || answer.body.includes(contains)) return undefined
  const part = answer.isCut === true ? ` in its first ${bodyLimit / 1024} KiB` : ''
  return `the answer${where} does not contain "${contains}"${part}`
}
