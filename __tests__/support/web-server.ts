import { readFileSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { errorPage, startHttpService, type HttpAnswer, type HttpService, type TlsKeys } from './http-service'

export interface WebServerOptions {
  readonly tls?: TlsKeys
  /** Added to each file that is served, for example Cache-Control. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The file types that IIS knows, as far as a PowerServer app has them; others it does not serve. */
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.exe': 'application/octet-stream',
  '.gif': 'image/gif',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'application/javascript',
  '.json': 'application/json',
  '.msi': 'application/octet-stream',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'application/octet-stream',
  '.txt': 'text/plain',
  '.woff': 'font/x-woff',
  '.woff2': 'application/font-woff2',
  '.xml': 'text/xml',
  '.zip': 'application/x-zip-compressed'
}
const HIDDEN = ['app_data', 'app_code', 'bin', 'web.config']
const NOT_FOUND = '404.0 - Not Found'

/** Serves the static files of a folder as IIS does: no App_Data, no unknown types, no listings. */
export function startWebServer(root: string, options: WebServerOptions = {}): Promise<HttpService> {
  const answer = async (method: string, path: string, sent: Readonly<Record<string, unknown>>): Promise<HttpAnswer> => {
    if (method !== 'GET' && method !== 'HEAD')
      return errorPage(405, '405.0 - Method Not Allowed', { Allow: 'GET, HEAD' })
    const names = path.split('/').filter(Boolean)
    if (names.some(name => HIDDEN.includes(name.toLowerCase()))) return errorPage(404, '404.8 - Not Found')
    if (names.some(name => name === '..' || /[\\\0]/.test(name))) return errorPage(400, '400.0 - Bad Request')

    const local = join(root, ...names)
    const found = await stat(local).catch(() => undefined)
    if (found?.isDirectory()) {
      return path.endsWith('/') ? defaultPage(local, sent) : errorPage(301, '301', { Location: `${encodeURI(path)}/` })
    }
    return found && !path.endsWith('/') ? file(local, sent) : errorPage(404, NOT_FOUND)
  }

  const defaultPage = async (folder: string, sent: Readonly<Record<string, unknown>>): Promise<HttpAnswer> => {
    const page = join(folder, 'index.html')
    const exists = await stat(page).then(
      found => found.isFile(),
      () => false
    )
    return exists ? file(page, sent) : errorPage(403, '403.14 - Forbidden')
  }

  const file = (path: string, sent: Readonly<Record<string, unknown>>): HttpAnswer => {
    const type = TYPES[extname(path).toLowerCase()]
    if (type === undefined) return errorPage(404, '404.3 - Not Found')
    // In one go: on Windows a file that is open cannot be renamed over, and between two steps it may be gone.
    const found = readNow(path)
    if (!found) return errorPage(404, '404.0 - Not Found')
    const { mtime, mtimeMs, size, body } = found
    const headers = {
      'Content-Type': type,
      ETag: `"${Math.floor(mtimeMs).toString(16)}${size.toString(16)}:0"`,
      'Last-Modified': mtime.toUTCString(),
      'Accept-Ranges': 'bytes',
      ...options.headers
    }
    return sent['if-none-match'] === headers.ETag ? { status: 304, headers } : { status: 200, headers, body }
  }

  return startHttpService(answer, options.tls)
}

function readNow(path: string): { mtime: Date; mtimeMs: number; size: number; body: Buffer } | undefined {
  try {
    const { mtime, mtimeMs } = statSync(path)
    const body = readFileSync(path)
    return { mtime, mtimeMs, size: body.length, body }
  } catch {
    return undefined
  }
}
