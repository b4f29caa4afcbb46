import type { Asked } from './ask'
import { isHostUnknown, isHtml, isLoginPage, isPoolStopped, pageCode, startUpFailure, titleOf } from './error-page'
import { healthReport, type HealthReport } from './health-report'
import { withoutQuery } from './redirect'
import { retryAfterMs } from './retry-after'

export type StateKind =
  | 'ready'
  | 'degraded'
  | 'starting'
  | 'unhealthy'
  | 'throttled'
  | 'absent'
  | 'unauthorized'
  | 'not-started'
  | 'pool-stopped'
  | 'redirected'
  | 'host-unknown'
  | 'something-else'
  | 'failing'
  | 'unreachable'
  | 'tls'
  | 'untrusted'

/** What an answer to a readiness poll means. */
export interface ReadinessState {
  readonly kind: StateKind
  /** In one line; the same words for as long as nothing changes. */
  readonly says: string
  readonly advice: string
  /** How long the server asks to be left alone; 0 where it does not. */
  readonly waitMs: number
}

/** How it was asked. */
export interface Circumstances {
  readonly url: string
  readonly host: string | undefined
  readonly now: number
  /** The time that was left was shorter than what a request is given otherwise. */
  readonly isLast: boolean
  readonly hasAuthorization: boolean
}

type Verdict = readonly [kind: StateKind, says: string, advice?: string]

/**
 * Decides what an answer to a readiness poll means (docs/powerserver.md §6). The word in the body counts more than the
 * status; a body that is no health report counts as ready with 2xx, unless it is a page where a health report should be.
 */
export function judge(asked: Asked, how: Circumstances): ReadinessState {
  const { answer } = asked
  const [kind, says, advice = ''] = answer.kind === 'failure' ? ofFailure(answer, how) : ofAnswer(asked, answer, how)
  const waitMs = answer.kind === 'answer' ? retryAfterMs(answer.headers.get('retry-after'), how.now) : 0
  const at = asked.at === how.url ? '' : ` (at ${withoutQuery(asked.at)}, to which it redirects)`
  return { kind, says: `${says}${at}`, advice, waitMs }
}

export function isReady({ kind }: ReadinessState): boolean {
  return kind === 'ready' || kind === 'degraded'
}

type Failure = Extract<Asked['answer'], { kind: 'failure' }>
type Answered = Extract<Asked['answer'], { kind: 'answer' }>

function ofFailure({ reason, isUntrusted, code }: Failure, { isLast }: Circumstances): Verdict {
  if (isUntrusted) return ['untrusted', reason]
  if (code === 'tls-failed') return ['tls', reason]
  if (code === 'timeout') {
    return [
      'starting',
      isLast ? `${reason}, when readiness-timeout cut it off` : reason,
      'The first answer of a .NET site is slow: raise readiness-timeout, and look at what keeps the server busy.'
    ]
  }
  return ['unreachable', reason, 'Check that the site is started, and that its host and port are open to this runner.']
}

function ofAnswer(asked: Asked, answer: Answered, how: Circumstances): Verdict {
  const { status, body } = answer
  const report = healthReport(body)
  if (status >= 200 && status < 300) return ofSuccess(answer, report, how)
  if (asked.redirect) return ofRedirect(status, asked.redirect, how)
  const failure = startUpFailure(status, body)
  if (failure) {
    const says = `${status}, IIS could not start the app: HTTP Error ${failure.code}, ${failure.meaning}`
    return ['not-started', says, failure.advice]
  }
  if (report && report.word !== 'healthy') return unhealthy(status, report)
  if (isHostUnknown(status, body)) return hostUnknown(status, how)
  if (status === 429) return ['throttled', '429, too many calls', tooMany]
  if (status === 404) return absent(answer)
  if (status === 401 || status === 403 || status === 407) return unauthorized(answer, how)
  if (isPoolStopped(status, body)) return poolStopped
  if ([502, 503, 504].includes(status)) return starting(answer)
  const says = `${status}${status >= 500 ? ', the app fails' : ''}`
  return ['failing', says, 'Open the URL, and look at the logs of Web API B.']
}

function ofSuccess({ status, headers, body }: Answered, report: HealthReport | undefined, how: Circumstances): Verdict {
  if (report?.word === 'unhealthy') return unhealthy(status, report)
  if (report?.word === 'degraded') return ['degraded', `ready (${status} Degraded${namesOf(report)})`]
  if (report) return ['ready', `ready (${status} Healthy)`]
  const endpoint = new URL(how.url).pathname.split('/').filter(Boolean).at(-1)?.toLowerCase() ?? ''
  if (['health-ui', 'health-details'].includes(endpoint)) {
    return [
      'something-else',
      `${status}, which ${endpoint} answers whatever the state`,
      'It is made for people. Set readiness-path to /health-readiness.'
    ]
  }
  if (isHtml(headers.get('content-type'), body)) {
    const title = titleOf(body)
    const page = title === undefined ? 'a page' : `the page "${title}"`
    if (isLoginPage(body)) return ['something-else', `${status}, but with ${page}, on which one logs in`, logIn(how)]
    if (endpoint.startsWith('health')) {
      return ['something-else', `${status}, but with ${page} and no health report`, somethingElse]
    }
  }
  return ['ready', `ready (${status})`]
}

const tooMany =
  'PowerServer takes 100 such calls in 15 minutes from one address, and counts those that it refuses. See who else asks: monitors and load balancers behind the same address. HealthChecks/HealthChecks.json of the Web APIs has the limits and a list of addresses without any.'
const somethingElse =
  'Another site answers under this address, such as the web server of the client or a page of a load balancer: compare web-api-url with the application in IIS.'
const poolStopped: Verdict = [
  'pool-stopped',
  '503, its application pool is stopped',
  'Start the pool in IIS Manager. IIS stops one that crashes five times in five minutes: the event log of Windows has the reason.'
]

function unhealthy(status: number, report: HealthReport): Verdict {
  return [
    'unhealthy',
    `${status}, ${report.word === 'degraded' ? 'Degraded' : 'Unhealthy'}${namesOf(report)}`,
    'Open the URL, and health-ui/ beside it: license and database connections are what it checks. For a site that starts slowly raise readiness-timeout.'
  ]
}

function namesOf({ ailing }: HealthReport): string {
  return ailing.length > 0 ? `: ${ailing.join(', ')}` : ''
}

function starting({ status, headers, body }: Answered): Verdict {
  const advice = 'For a site that starts slowly raise readiness-timeout. Open the URL to see what it says.'
  if (status !== 503) return ['starting', `${status}, the server in front does not reach it`, advice]
  if (!isHtml(headers.get('content-type'), body)) return ['starting', '503, not up yet', advice]
  return ['starting', '503, off line', `${advice} An app_offline.htm in the folder of B keeps it off line.`]
}

/** ASP.NET Core answers an unknown path with an empty 404, IIS with a page. */
function absent({ headers, body }: Answered): Verdict {
  if (isHtml(headers.get('content-type'), body)) {
    const code = pageCode(body) ?? '404'
    return [
      'absent',
      `404, there is no such address: the web server itself answers (${code}), so no app runs there`,
      'Convert the folder to an application in IIS, and compare its URL with web-api-url. An application without health checks needs another readiness-path, or none.'
    ]
  }
  return [
    'absent',
    '404, there is no such address: the app answers, without this endpoint',
    "Set readiness-path to the health check that it has, or to none. PowerServer's own are switched on by app.UsePowerServerHealthChecks() in Startup.cs of the Web APIs (UserExtensions/UserStartup.cs from 2022 R2 on), with services.AddPowerServersHealthChecks(Configuration); readiness-path is then /health-readiness."
  ]
}

function unauthorized({ status, body }: Answered, how: Circumstances): Verdict {
  const page = pageCode(body)
  const code = page?.includes('.') === true ? page : String(status)
  if (status === 403) {
    const says = `403, it refuses the call${page?.includes('.') === true ? ` (HTTP Error ${code})` : ''}`
    return ['unauthorized', says, `${logIn(how)} It may also be a filter of addresses: 403.6 in IIS.`]
  }
  const says = how.hasAuthorization ? 'it does not accept web-api-authorization' : 'it asks for web-api-authorization'
  return ['unauthorized', `${status}, ${says}`, logIn(how)]
}

function logIn({ hasAuthorization }: Circumstances): string {
  return hasAuthorization
    ? 'Check that web-api-authorization is the whole header, scheme included, and has not expired; or let the endpoint answer without.'
    : 'Pass the whole Authorization header as web-api-authorization, or let the endpoint answer without.'
}

function hostUnknown(status: number, { url, host }: Circumstances): Verdict {
  return [
    'host-unknown',
    `${status}, it does not know the host name ${host ?? new URL(url).hostname}`,
    'For a member behind a load balancer give the host name of its site: readiness-urls takes "https://10.0.0.5/api/health-readiness host=api.example.com".'
  ]
}

function ofRedirect(status: number, { url, obstacle }: NonNullable<Asked['redirect']>, how: Circumstances): Verdict {
  const to = `${status}, redirects to ${withoutQuery(url)}`
  if (obstacle === 'login') return ['redirected', `${to}, where one logs in`, logIn(how)]
  if (obstacle === 'nowhere') return ['redirected', `${status}, redirects to nowhere`, 'Look at the rewrite rules.']
  const why =
    obstacle === 'another-host' ? ', another site' : obstacle === 'insecure' ? ', without TLS' : ', again and again'
  return [
    'redirected',
    `${to}${why}`,
    'Only a health report of Web API B itself counts. Let web-api-url, or readiness-urls, name the address to which it redirects, or take the rewrite rule out.'
  ]
}
