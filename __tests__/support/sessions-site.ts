import type { HttpAnswer, HttpService } from './http-service'
import { startHttpService } from './http-service'

/** What the session calls answer: the application of each session, or something else for all of them. */
export type SessionsNow = readonly string[] | HttpAnswer

/** Web APIs with sessions and management APIs. */
export interface SessionsSite extends HttpService {
  readonly apiUrl: string
  /** Calls of the session APIs, with the time of each. */
  readonly calls: { readonly at: number; readonly name: string; readonly authorization: string | undefined }[]
  /** Changes what is answered from now on: a script has one entry for each poll, the last one stays. */
  answer(...script: SessionsNow[]): void
}

/**
 * Stands before the Web APIs of a folder and adds the management APIs to them: GetSessionCount counts, LoadAll lists. While
 * the Web APIs are down, what they answer is the answer to these as well; and with the process its sessions are gone.
 *
 * @param inner where the Web APIs are
 * @param at where it listens
 */
export async function startSessionsSite(
  inner: { readonly apiUrl: string },
  at?: { readonly host?: string; readonly port?: number }
): Promise<SessionsSite> {
  const calls: SessionsSite['calls'] = []
  let script: SessionsNow[] = [[]]
  let now: SessionsNow = []
  let lastAt = 0
  const prefix = new URL(inner.apiUrl).pathname

  const managed = async (name: string, authorization: string | undefined): Promise<HttpAnswer> => {
    calls.push({ at: Date.now(), name, authorization })
    const alive = await relay(`${inner.apiUrl}health-liveness`)
    if (alive.status !== 200) {
      script = [[]]
      return alive
    }
    // Calls one right after the other are of one poll.
    if (Date.now() - lastAt > 500) now = (script.length > 1 ? script.shift() : script[0]) ?? []
    lastAt = Date.now()
    if ('status' in now) return now
    return json(name === 'LoadAll' ? now.map(sessionOf) : now.length)
  }
  const service = await startHttpService(
    (method, path, headers) => {
      const name = /\/api\/Session\/(\w+)$/.exec(path)?.[1]
      const isManaged = method === 'GET' && (name === 'GetSessionCount' || name === 'LoadAll')
      return isManaged ? managed(name, headers.authorization) : relay(new URL(path, inner.apiUrl).href)
    },
    undefined,
    at
  )
  return {
    ...service,
    apiUrl: service.url + prefix,
    calls,
    answer: (...entries) => {
      script = entries
      lastAt = 0
    }
  }
}

async function relay(url: string): Promise<HttpAnswer> {
  const response = await fetch(url)
  const type = response.headers.get('content-type')
  return {
    status: response.status,
    headers: type === null ? {} : { 'Content-Type': type },
    body: await response.text()
  }
}

function json(value: unknown): HttpAnswer {
  return { status: 200, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) }
}

/** As documented (Session_LoadAll). */
function sessionOf(application: string, n: number): object {
  return {
    sessionId: `b9f1${n}`,
    application,
    sessionState: 'Active',
    ipAddress: '10.0.0.7',
    serverIPAddress: '10.0.0.1',
    duration: 12,
    createTime: '2026-06-01T08:35:02.444Z',
    lastVisitTime: '2026-06-01T08:36:02.444Z'
  }
}
