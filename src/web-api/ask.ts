import type { ReadinessUrl } from '../inputs/settings'
import type { Answer, Http } from './http'
import { redirectOf, type Redirect } from './redirect'

/** An answer, and where it comes from. */
export interface Asked {
  readonly answer: Answer
  /** The last URL that was asked. */
  readonly at: string
  /** Set when the answer is a redirect that was not followed. */
  readonly redirect?: Redirect
}

/** Which redirects are followed: those that stay on the host and lead to no login; those that lead anywhere; none. */
export type Following = 'own-host' | 'any-host' | 'none'

const mostRedirects = 5

/**
 * Asks a URL and follows redirects, within one time limit.
 *
 * @param authorization goes to the same scheme, host and port only
 * @throws the reason of `stop`
 */
export async function ask(
  http: Http,
  { url, host }: ReadinessUrl,
  authorization: string | undefined,
  following: Following,
  timeoutMs: number,
  stop: AbortSignal
): Promise<Asked> {
  const deadline = Date.now() + timeoutMs
  let at = url
  let headers: Record<string, string> = {
    ...(host === undefined ? {} : { host }),
    ...(authorization === undefined ? {} : { authorization })
  }
  for (let hops = 0; ; hops += 1) {
    const answer = await http.getOnce(at, headers, Math.max(1, deadline - Date.now()), stop)
    if (answer.kind === 'failure') return { answer: withLimit(answer, timeoutMs), at }
    const redirect = redirectOf(answer.status, answer.headers.get('location'), at, host)
    if (!redirect) return { answer, at }
    if (hops === mostRedirects || !isFollowed(redirect, following)) return { answer, at, redirect }
    if (!redirect.isSameOrigin) headers = {}
    at = redirect.url
  }
}

function isFollowed({ obstacle }: Redirect, following: Following): boolean {
  if (following === 'none' || obstacle === 'nowhere') return false
  return following === 'any-host' || obstacle === undefined
}

/** After a redirect less time is left for a request than its caller has given. */
function withLimit(failure: Extract<Answer, { kind: 'failure' }>, timeoutMs: number): Answer {
  if (failure.code !== 'timeout') return failure
  return { ...failure, reason: `no answer within ${Math.round(timeoutMs / 1000)} s` }
}
