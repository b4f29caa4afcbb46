import { DeployError } from '../errors'
import { below } from '../inputs/web-address'
import type { ReadinessUrl } from '../inputs/settings'
import type { Answer, Http } from './http'
import { isRetiredPage } from './offline-page'

/** Such statuses do not pass by waiting (docs/powerserver.md §7). */
const offStatuses: readonly number[] = [401, 403, 404, 405]

/** The first answer of a .NET site that was idle is slow. */
const requestTimeoutMs = 100_000

/** What Web APIs say of their sessions, or why that is not known for now. */
export type SessionAnswer<T> =
  | { readonly kind: 'known'; readonly value: T }
  | {
      readonly kind: 'unknown'
      /** For people. */
      readonly state: string
      /** The action's own page answers: the Web APIs are stopped, and have no session. */
      readonly isRetired: boolean
      /** How long the server asks to be left alone. */
      readonly waitMs: number
    }

/** Who tells how many sessions some Web APIs have. */
export interface SessionSource {
  readonly url: string
  count(signal: AbortSignal, timeoutMs?: number): Promise<SessionAnswer<number>>
  applications(signal: AbortSignal, timeoutMs?: number): Promise<SessionAnswer<readonly string[]>>
}

/**
 * The session calls of PowerServer's management APIs (docs/powerserver.md §7), which change nothing.
 *
 * @throws DeployError each call: `management-api-off`, `certificate-untrusted`; the signal's reason
 */
export class Sessions implements SessionSource {
  readonly url: string
  readonly #http: Http
  readonly #headers: Record<string, string>

  /** @param server the Web APIs: where they answer, and for which host @param authorization whole `Authorization` header */
  constructor(http: Http, { url, host }: ReadinessUrl, authorization: string | undefined) {
    this.#http = http
    this.url = url
    this.#headers = { ...(authorization !== undefined && { authorization }), ...(host !== undefined && { host }) }
  }

  /**
   * The number of sessions of the server instance that answers.
   *
   * @throws DeployError `sessions-unreadable` for an answer that is no number
   */
  async count(signal: AbortSignal, timeoutMs = requestTimeoutMs): Promise<SessionAnswer<number>> {
    const call = 'api/Session/GetSessionCount'
    const answer = await this.#get(call, signal, timeoutMs)
    if (answer.kind === 'unknown') return answer
    const value = countIn(answer.value)
    if (value !== undefined) return { kind: 'known', value }
    throw new DeployError(
      'sessions-unreadable',
      `${below(this.url, call)} answers 200 with something that is no number of sessions: ${start(answer.value)}`,
      'Open the URL. A sign-in page means that web-api-authorization is needed; a page of another app, that web-api-url is not that of Web APIs.'
    )
  }

  /** The application of each session. What is not the documented list is unknown, since the number says enough. */
  async applications(signal: AbortSignal, timeoutMs = requestTimeoutMs): Promise<SessionAnswer<readonly string[]>> {
    const answer = await this.#get('api/Session/LoadAll', signal, timeoutMs)
    if (answer.kind === 'unknown') return answer
    const value = applicationsIn(answer.value)
    return value ? { kind: 'known', value } : unknown('api/Session/LoadAll answers with something else than a list')
  }

  async #get(path: string, signal: AbortSignal, timeoutMs: number): Promise<SessionAnswer<string>> {
    const address = below(this.url, path)
    const call = 'host' in this.#headers ? 'getOnce' : 'get'
    const answer = await this.#http[call](address, this.#headers, timeoutMs, signal)
    if (answer.kind === 'failure') {
      if (answer.isUntrusted) throw untrusted(address, answer.reason)
      return unknown(answer.reason)
    }
    const { status, body } = answer
    if (status >= 200 && status < 300) return { kind: 'known', value: body }
    if (offStatuses.includes(status)) throw off(address, status)
    return { ...unknown(`${status}${meaningOf(status, body)}`, waitOf(answer)), isRetired: isRetiredPage(body) }
  }
}

/** A JSON number, or one in quotes; undefined for anything else. */
export function countIn(body: string): number | undefined {
  const digits = /^\uFEFF?\s*("?)(\d{1,9})\1\s*$/.exec(body)?.[2]
  return digits === undefined ? undefined : Number(digits)
}

/** The `application` of each session of a list; undefined for what is no such list. */
export function applicationsIn(body: string): string[] | undefined {
  let list: unknown
  try {
    list = JSON.parse(body.replace(/^\uFEFF/, ''))
  } catch {
    // Longer than what is read of an answer, or no JSON.
    return undefined
  }
  if (!Array.isArray(list)) return undefined
  const names = list.map((session: unknown) => applicationOf(session))
  return names.every(name => name !== undefined) ? names : undefined
}

function applicationOf(session: unknown): string | undefined {
  if (typeof session !== 'object' || session === null || !('application' in session)) return undefined
  return typeof session.application === 'string' ? session.application : undefined
}

function unknown(state: string, waitMs = 0): SessionAnswer<never> & { readonly kind: 'unknown' } {
  return { kind: 'unknown', state, isRetired: false, waitMs }
}

function meaningOf(status: number, body: string): string {
  if (isRetiredPage(body)) return ', retired by this action'
  if (status === 429) return ', too many calls: waiting'
  return status === 503 ? ', not up' : ''
}

function waitOf(answer: Answer): number {
  const seconds = answer.kind === 'answer' ? Number(answer.headers.get('retry-after') ?? '0') : 0
  return Number.isFinite(seconds) ? seconds * 1000 : 0
}

function start(body: string): string {
  const text = body.trim().replace(/\s+/g, ' ')
  return text === '' ? '(nothing)' : JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}

function off(address: string, status: number): DeployError {
  const why: Record<number, string> = {
    401: 'it wants an Authorization header, or another one',
    403: 'it is forbidden',
    404: 'there is no such address',
    405: 'the method is not allowed'
  }
  return new DeployError(
    'management-api-off',
    `The sessions cannot be counted: ${address} answers ${status} (${why[status] ?? 'refused'}).`,
    `${status === 401 ? 'Set web-api-authorization to a whole Authorization header that these Web APIs take. If they have no authentication, their' : status === 404 ? 'Check that web-api-url is the URL of the Web APIs. If it is, their' : 'Their'} management APIs are off, as they are by default since PowerServer 2025: put app.UsePowerServerManagementAPI() into UserStartup.cs of the UserExtensions project, with authorization so that not everybody may call them, and release Web APIs that have it. Until then nothing outside of them can tell how many sessions they have.`
  )
}

function untrusted(address: string, reason: string): DeployError {
  return new DeployError(
    'certificate-untrusted',
    `The certificate of ${new URL(address).host} is not trusted: ${reason}.`,
    'Give the site a certificate that clients trust; pass the PEM of a private authority as tls-ca.'
  )
}
