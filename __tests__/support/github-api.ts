import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { refusal, troubled, type ApiAnswer, type Trouble } from './github-api/answers'
import { ApiRepository, type ApiUser } from './github-api/repository'
import { routes, type Level } from './github-api/routes'
import { listenOnLoopback, LOOPBACK_HOST } from './loopback'

export type { Trouble } from './github-api/answers'

export interface ApiToken extends ApiUser {
  /** As GitHub writes them, `pull_requests: 'read'`; undefined = all, for writing. */
  readonly permissions?: Readonly<Record<string, Level>>
}

export interface LoggedRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly token: string | undefined
  readonly body: Readonly<Record<string, unknown>>
}

export interface GitHubApi {
  /** For GITHUB_API_URL. */
  readonly url: string
  readonly repository: ApiRepository
  /** Every request, in order. */
  readonly requests: LoggedRequest[]
  /** What the API knows by a token; others get 401. */
  readonly tokens: Map<string, ApiToken>
  /** Makes the next requests fare so, those whose `METHOD /path` matches where a pattern is given. */
  next(times: number, trouble: Trouble, pattern?: RegExp): void
  stop(): Promise<void>
}

/** The token of a workflow, with all permissions, as the API of a test knows it. */
export const WORKFLOW_TOKEN = 'ghs_0123456789abcdefghijklmnopqrstuvwxyz'
export const WORKFLOW_BOT: ApiUser = { login: 'github-actions[bot]', type: 'Bot' }

/**
 * Stands for GitHub's REST API with one repository: pages with Link headers, permissions of tokens with GitHub's own
 * refusals, and trouble on demand.
 *
 * @param basePath `/api/v3` as on GitHub Enterprise
 */
export async function startGitHubApi(fullName = 'acme/shop', basePath = ''): Promise<GitHubApi> {
  const repository = new ApiRepository(fullName)
  const requests: LoggedRequest[] = []
  const tokens = new Map<string, ApiToken>([[WORKFLOW_TOKEN, WORKFLOW_BOT]])
  const troubles: { times: number; readonly trouble: Trouble; readonly pattern: RegExp }[] = []

  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '/' } = request
    const token = /^(?:token|bearer) (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const body = await bodyOf(request)
    requests.push({ method, path: url, token, body })
    const trouble = nextTrouble(`${method} ${url}`)
    if (trouble?.kind === 'connection-lost') return void request.socket.destroy()
    if (trouble?.kind === 'slow') await sleep(trouble.milliseconds, undefined, { ref: false })
    const answer = (trouble && troubled(trouble)) ?? answerTo(method, new URL(url, api.url), token, body)
    if (trouble?.kind === 'answer-lost') return void request.socket.destroy()
    write(response, trouble?.kind === 'answer-502' ? { status: 502, body: 'Bad Gateway' } : answer, {
      isCut: trouble?.kind === 'answer-cut'
    })
  }

  const nextTrouble = (line: string): Trouble | undefined => {
    const due = troubles.find(({ times, pattern }) => times > 0 && pattern.test(line))
    if (due) due.times--
    return due?.trouble
  }

  const answerTo = (method: string, url: URL, token: string | undefined, body: LoggedRequest['body']): ApiAnswer => {
    const holder = tokens.get(token ?? '')
    if (!holder) return refusal(401, 'Bad credentials')
    const path = decodeURIComponent(url.pathname)
    if (path === `${basePath}/user`) {
      return holder.type === 'Bot'
        ? refusal(403, 'Resource not accessible by integration')
        : { status: 200, body: { login: holder.login, type: holder.type } }
    }
    const prefix = `${basePath}/repos/${fullName}`
    if (!path.startsWith(prefix)) return refusal(404, 'Not Found')
    for (const route of routes) {
      const match = route.path.exec(path.slice(prefix.length))
      if (route.method !== method || !match) continue
      if (!route.permissions.some(permission => holds(holder, permission))) {
        const headers = { 'x-accepted-github-permissions': route.permissions.join('; ') }
        return refusal(403, 'Resource not accessible by integration', { headers })
      }
      const parts = match.slice(1)
      const answer = route.answer({ repository, user: holder, parts, query: url.searchParams, body })
      return 'status' in answer ? answer : page(answer, url)
    }
    return refusal(404, 'Not Found')
  }

  const loopback = await listenOnLoopback(createServer((request, response) => void respond(request, response)))
  const api: GitHubApi = {
    url: `http://${LOOPBACK_HOST}:${loopback.port}${basePath}`,
    repository,
    requests,
    tokens,
    next: (times, trouble, pattern = /^/) => troubles.push({ times, trouble, pattern }),
    stop: () => loopback.stop()
  }
  return api
}

function holds({ permissions }: ApiToken, wanted: string): boolean {
  const [name = '', level] = wanted.split('=')
  const held = permissions === undefined ? 'write' : permissions[name]
  return held !== undefined && (level === 'read' || held === 'write')
}

/** One page of a list, with where the others are. */
function page(list: readonly unknown[], url: URL): ApiAnswer {
  const perPage = Math.min(100, Number(url.searchParams.get('per_page') ?? 30))
  const number = Number(url.searchParams.get('page') ?? 1)
  const last = Math.max(1, Math.ceil(list.length / perPage))
  const link = (rel: string, page: number) => {
    const target = new URL(url)
    target.searchParams.set('page', String(page))
    return `<${target.href}>; rel="${rel}"`
  }
  const links = [
    ...(number > 1 ? [link('prev', number - 1), link('first', 1)] : []),
    ...(number < last ? [link('next', number + 1), link('last', last)] : [])
  ]
  return {
    status: 200,
    headers: links.length === 0 ? {} : { Link: links.join(', ') },
    body: list.slice((number - 1) * perPage, number * perPage)
  }
}

function write(response: ServerResponse, { status, headers, body }: ApiAnswer, { isCut }: { readonly isCut: boolean }) {
  const isPage = typeof body === 'string'
  const bytes = Buffer.from(isPage ? body : JSON.stringify(body))
  response.writeHead(status, {
    Server: 'github.com',
    'Content-Type': isPage ? 'text/html' : 'application/json; charset=utf-8',
    'Content-Length': String(bytes.length),
    ...headers
  })
  if (!isCut) return void response.end(bytes)
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
}

async function bodyOf(request: IncomingMessage): Promise<LoggedRequest['body']> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  return text === '' ? {} : (JSON.parse(text) as LoggedRequest['body'])
}
