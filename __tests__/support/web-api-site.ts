import { readFile, stat } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorPage, startHttpService, type HttpAnswer, type HttpService, type TlsKeys } from './http-service'
import { hostUnknownPage } from './iis-pages'

export type Health = 'healthy' | 'degraded' | 'unhealthy' | 'absent'

export interface WebApiSiteOptions {
  /** Where it listens. */
  readonly at?: { readonly host?: string; readonly port?: number }
  readonly tls?: TlsKeys
  /** How long the first request after a start waits. */
  readonly coldStartMs?: number
  /** How many health requests after a start are answered `Unhealthy`, as before a license is activated. */
  readonly readyAfterRequests?: number
  readonly health?: Health
  /** The host name of its binding: HTTP.sys refuses calls for any other. */
  readonly hostName?: string
  /** The whole `Authorization` header without which it answers 401. */
  readonly authorization?: string
}

/** A call as the site got it, however it answered. */
export interface Call {
  readonly at: number
  readonly path: string
  readonly host: string | undefined
  readonly authorization: string | undefined
}

export interface WebApiSite extends HttpService {
  readonly calls: readonly Call[]
  setHealth(health: Health): void
  /** Answers the next health requests like this instead, whatever is in the folder. */
  answerNext(answer: HttpAnswer, times?: number): void
}

const TEXT = { 'Content-Type': 'text/plain' }
const HTML = { 'Content-Type': 'text/html' }
const HEALTH: Readonly<Record<Exclude<Health, 'absent'>, HttpAnswer>> = {
  healthy: { status: 200, headers: TEXT, body: 'Healthy' },
  degraded: { status: 200, headers: TEXT, body: 'Degraded' },
  unhealthy: { status: 503, headers: TEXT, body: 'Unhealthy' }
}
const NOT_FOUND: HttpAnswer = { status: 404 }

/**
 * Stands for IIS with the Web APIs of a folder: it runs when `ServerAPIs.dll` or `.exe` is there, is off line while
 * `app_offline.htm` is, and starts anew after that and when `ServerAPIs.dll` was replaced. Any path prefix works.
 */
export async function startWebApiSite(folder: string, options: WebApiSiteOptions = {}): Promise<WebApiSite> {
  const { coldStartMs = 0, readyAfterRequests = 0 } = options
  let health = options.health ?? 'healthy'
  let running: { readonly program: string; readonly started: Promise<void>; healthRequests: number } | undefined

  const calls: Call[] = []
  const next: HttpAnswer[] = []

  const answer = async (
    _method: string,
    path: string,
    { host, authorization }: IncomingHttpHeaders
  ): Promise<HttpAnswer> => {
    calls.push({ at: Date.now(), path, host, authorization })
    if (options.hostName !== undefined && host !== options.hostName) return hostUnknownPage
    const isHealth = /\/health[\w-]*$/.test(path)
    const instead = isHealth ? next.shift() : undefined
    if (instead) return instead
    if (options.authorization !== undefined && authorization !== options.authorization) return { status: 401 }
    const offline = await readFile(join(folder, 'app_offline.htm')).catch(() => undefined)
    if (offline) {
      running = undefined
      return { status: 503, headers: HTML, body: offline }
    }
    const program = await programIn(folder)
    if (program === undefined) {
      running = undefined
      return notInstalled(folder)
    }
    if (running?.program !== program) running = { program, started: sleep(coldStartMs), healthRequests: 0 }
    const site = running
    await site.started

    if (/\/health(-readiness|-liveness)?$/.test(path)) {
      if (health === 'absent') return NOT_FOUND
      // Liveness runs no check: it is healthy as soon as something answers.
      if (path.endsWith('-liveness')) return HEALTH.healthy
      return HEALTH[++site.healthRequests > readyAfterRequests ? health : 'unhealthy']
    }
    if (path.endsWith('/api/version-of-build')) return buildIn(folder)
    return path.endsWith('/') ? { status: 200, headers: HTML, body: '<html><body>Welcome</body></html>' } : NOT_FOUND
  }

  const service = await startHttpService(answer, options.tls, options.at)
  return {
    ...service,
    calls,
    setHealth(value) {
      health = value
    },
    answerNext(instead, times = 1) {
      next.push(...Array.from({ length: times }, () => instead))
    }
  }
}

/** What tells one copy of the Web APIs' program from another. */
async function programIn(folder: string): Promise<string | undefined> {
  for (const name of ['ServerAPIs.dll', 'ServerAPIs.exe']) {
    const found = await stat(join(folder, name)).catch(() => undefined)
    if (found?.isFile()) return `${name} ${found.ino} ${found.mtimeMs} ${found.size}`
  }
  return undefined
}

/** IIS starts an application that has a web.config, and fails when that names nothing to start. */
async function notInstalled(folder: string): Promise<HttpAnswer> {
  const configured = await stat(join(folder, 'web.config')).catch(() => undefined)
  return configured
    ? errorPage(500, '500.31 - ANCM Failed to Find Native Dependencies')
    : errorPage(404, '404.0 - Not Found')
}

async function buildIn(folder: string): Promise<HttpAnswer> {
  const body = await readFile(join(folder, 'build.txt')).catch(() => undefined)
  return body ? { status: 200, headers: TEXT, body } : NOT_FOUND
}
