import { codeOf, DeployError, messageOf } from '../errors'

/** What a call to GitHub is for. */
export interface Purpose {
  /** As in "GitHub was asked to …". */
  readonly to: string
  /** Of the token, as a workflow writes it: `pull-requests: read`. */
  readonly permission: string
}

/** What GitHub answered that was not a success; what octokit throws when there was no answer has no `response`. */
interface Refused {
  readonly status: number
  readonly message: string
  readonly response: { readonly headers: Readonly<Record<string, string | number | undefined>> }
}

/** The longest that one wait may be. Asked to wait longer, the run is better started again later. */
export const longestWaitMs = 60_000

/** The status that GitHub refused a call with; undefined when the error is another one. */
export function refusedWith(error: unknown): number | undefined {
  const cause = error instanceof DeployError ? error.cause : error
  return isRefused(cause) ? cause.status : undefined
}

/** May the call have been carried out all the same? */
export function isUncertain(error: unknown): boolean {
  return !isRefused(error) || error.status >= 500
}

/**
 * How long to wait before the call is made again, in milliseconds.
 *
 * @param retry 0 for the first
 * @returns undefined when another try is of no use
 */
export function waitBefore(retry: number, error: unknown, now: number): number | undefined {
  if (isUncertain(error)) return 1000 * 2 ** retry * (0.75 + Math.random() / 2)
  const asked = isRefused(error) ? limitOf(error, now) : undefined
  return asked === undefined || asked > longestWaitMs ? undefined : Math.max(asked, 1000)
}

/** As a DeployError that says what to do; one that is one already stays as it is. */
export function requestError(error: unknown, { to, permission }: Purpose): DeployError {
  if (error instanceof DeployError) return error
  if (!isRefused(error)) {
    return new DeployError(
      'github-unreachable',
      `GitHub could not be asked to ${to}: ${reasonOf(error)}.`,
      'Look at githubstatus.com, and at the proxy and firewall of a self-hosted runner. Then run the job again.',
      error
    )
  }
  const answer = `${error.status}, ${sentence(error.message)}`
  const limitMs = limitOf(error, Date.now())
  if (limitMs !== undefined || error.status >= 500) {
    const until = limitMs === undefined ? '' : ` It asks to wait ${Math.ceil(limitMs / 1000)} s.`
    return new DeployError(
      'github-unreachable',
      `GitHub did not ${to} (${answer}).${until}`,
      'Run the job again later. Many jobs with one token share its limit; the token of the workflow has one of its own for each repository.',
      error
    )
  }
  const isHidden = [401, 403, 404].includes(error.status) && !/locked|archived/i.test(error.message)
  if (!isHidden) {
    return new DeployError(
      'github-refused',
      `GitHub refused to ${to} (${answer}).`,
      'The answer of GitHub says why.',
      error
    )
  }
  const accepted = error.response.headers['x-accepted-github-permissions']
  return new DeployError(
    'github-permission-missing',
    `The token may not ${to} (${answer}).${accepted ? ` GitHub asks for the permissions ${accepted}.` : ''}`,
    error.status === 401
      ? 'Leave github-token out for the token of the workflow, or give one that has not expired.'
      : `Add "${permission}" to the permissions of the job, beside those that it has. A token of your own needs the same.`,
    error
  )
}

/** How long a limit of GitHub's lasts, in milliseconds; undefined when the call did not meet one. */
function limitOf({ status, message, response: { headers } }: Refused, now: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined
  const retryAfter = Number(headers['retry-after'])
  if (headers['retry-after'] !== undefined && Number.isFinite(retryAfter)) return retryAfter * 1000
  if (String(headers['x-ratelimit-remaining']) === '0') {
    return Math.max(0, Number(headers['x-ratelimit-reset'] ?? 0) * 1000 - now)
  }
  // docs.github.com, "Best practices for using the REST API": without those headers, at least a minute.
  return status === 429 || /rate limit/i.test(message) ? longestWaitMs : undefined
}

function isRefused(error: unknown): error is Refused {
  return (
    error instanceof Error &&
    'status' in error &&
    typeof error.status === 'number' &&
    'response' in error &&
    error.response !== undefined
  )
}

/** fetch wraps what went wrong once or twice. */
function reasonOf(error: unknown): string {
  let deepest = error
  while (deepest instanceof Error && deepest.cause !== undefined) deepest = deepest.cause
  const { name } = Object(deepest) as { readonly name?: unknown }
  if (name === 'TimeoutError') return 'it did not answer in time'
  return messageOf(deepest) || String(codeOf(deepest) ?? 'the connection failed')
}

function sentence(message: string): string {
  return message
    .replace(/\s+/g, ' ')
    .replace(/ - https?:\S+$/, '')
    .slice(0, 300)
}
