/** A redirect: where it leads, and why not to go there where there is a reason. */
export interface Redirect {
  /** Complete; empty when it leads nowhere. */
  readonly url: string
  /** Same scheme, host and port, so that credentials may go along. */
  readonly isSameOrigin: boolean
  readonly obstacle: 'nowhere' | 'login' | 'insecure' | 'another-host' | undefined
}

const loginPath = /(^|\/)(log-?[io]n|sign-?in|authorize|oauth2?|adfs|saml2?|sso)(\/|\.|$)/i
const loginQuery = /[?&](returnurl|redirect_uri|samlrequest)=/i

/**
 * Reads a redirect of a server that was asked under a URL, with another `Host` where one is given: what leads to that host
 * leads to the same server again.
 *
 * @returns undefined for an answer that is none
 */
export function redirectOf(
  status: number,
  location: string | null,
  asked: string,
  host: string | undefined
): Redirect | undefined {
  if (![301, 302, 303, 307, 308].includes(status)) return undefined
  const from = new URL(asked)
  if (location === null || !URL.canParse(location, asked)) {
    return { url: '', isSameOrigin: false, obstacle: 'nowhere' }
  }
  const to = new URL(location, asked)
  if (host !== undefined && to.protocol === from.protocol && isHost(to, host)) {
    to.hostname = from.hostname
    to.port = from.port
  }
  const isSameOrigin = to.origin === from.origin
  return { url: to.href, isSameOrigin, obstacle: obstacleOf(from, to, isSameOrigin) }
}

function obstacleOf(from: URL, to: URL, isSameOrigin: boolean): Redirect['obstacle'] {
  if (!/^https?:$/.test(to.protocol)) return 'nowhere'
  if (loginPath.test(to.pathname) || loginQuery.test(to.search)) return 'login'
  if (isSameOrigin) return undefined
  if (to.hostname !== from.hostname) return 'another-host'
  if (from.protocol === 'https:' && to.protocol === 'http:') return 'insecure'
  return from.protocol === 'http:' && to.protocol === 'https:' ? undefined : 'another-host'
}

function isHost(url: URL, host: string): boolean {
  return url.host === new URL(`${url.protocol}//${host}`).host
}

/** A URL to show: what it asks with may be a token. */
export function withoutQuery(url: string): string {
  if (!URL.canParse(url)) return 'nowhere'
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`.slice(0, 200)
}
