import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { listenOnLoopback, LOOPBACK_HOST } from './loopback'

export interface TlsKeys {
  readonly key: string
  readonly cert: string
}

export interface HttpService {
  /** Scheme, host and port, without a slash at the end. */
  readonly url: string
  /** `GET /path?query` of each request, in order. */
  readonly requests: string[]
  stop(): Promise<void>
}

export interface HttpAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** Starts a web server whose answers a function makes of method, decoded path and headers. */
export async function startHttpService(
  answer: (method: string, path: string, headers: IncomingMessage['headers']) => Promise<HttpAnswer>,
  tls?: TlsKeys,
  at: { readonly host?: string; readonly port?: number } = {}
): Promise<HttpService> {
  const requests: string[] = []
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '/' } = request
    requests.push(`${method} ${url}`)
    const { status, headers, body = '' } = await answerOf(answer, method, url, request.headers)
    const bytes = Buffer.from(body)
    const length = status === 304 ? {} : { 'Content-Length': String(bytes.length) }
    response.writeHead(status, { Server: 'Microsoft-IIS/10.0', ...length, ...headers })
    response.end(method === 'HEAD' || status === 304 ? undefined : bytes)
  }
  const listener = (request: IncomingMessage, response: ServerResponse) => void respond(request, response)
  const loopback = await listenOnLoopback(tls ? createTlsServer(tls, listener) : createServer(listener), at)
  return {
    url: `${tls ? 'https' : 'http'}://${at.host ?? LOOPBACK_HOST}:${loopback.port}`,
    requests,
    stop: () => loopback.stop()
  }
}

async function answerOf(
  answer: Parameters<typeof startHttpService>[0],
  method: string,
  url: string,
  headers: IncomingMessage['headers']
): Promise<HttpAnswer> {
  let path: string
  try {
    path = decodeURIComponent(url.replace(/[?#].*$/s, ''))
  } catch {
    return errorPage(400, 'Bad Request - Invalid URL')
  }
  try {
    return await answer(method, path, headers)
  } catch (error) {
    return errorPage(500, `500.0 - ${String(error)}`)
  }
}

/** A page as IIS makes it for an error. */
export function errorPage(status: number, title: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  const body = `<!DOCTYPE html>
<html>
<head><title>IIS 10.0 Detailed Error - ${title}</title></head>
<body><div id="header"><h1>Server Error</h1></div><h3>HTTP Error ${title}</h3></body>
</html>
`
  return { status, headers: { 'Content-Type': 'text/html', ...headers }, body }
}
