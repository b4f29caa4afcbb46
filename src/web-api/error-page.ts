/** What is known of an error page of IIS. */
export interface ErrorPage {
  /** As the page has it: `500.30`. */
  readonly code: string
  readonly meaning: string
  readonly advice: string
}

const eventLog =
  'The event log of Windows (Application, source "IIS AspNetCore Module V2") has the reason, and so has the log that stdoutLogEnabled="true" in web.config makes.'
const ownPool = 'Give Web API B an application pool of its own ("No Managed Code").'
const hostingBundle = 'Install or repair the .NET hosting bundle that the Web APIs are built for, and restart IIS.'

/** Start-up failures (learn.microsoft.com, troubleshoot-azure-iis; docs/servers.md). */
const startUp: Readonly<Record<string, readonly [meaning: string, advice: string]>> = {
  '500.0': ['the module could not start the app', eventLog],
  '500.19': [
    'IIS cannot read web.config',
    `The hosting bundle is missing, or web.config is not valid XML. ${hostingBundle}`
  ],
  '500.21': ['IIS does not know the module that web.config names', hostingBundle],
  '500.30': ['the program ended while it started', eventLog],
  '500.31': ['the .NET runtime that it is built for is not there', hostingBundle],
  '500.32': [
    'the program is for another processor than the pool',
    'Set "Enable 32-Bit Applications" of the application pool to what the Web APIs are built for.'
  ],
  '500.33': ['the program does not refer to ASP.NET Core', `Files of the build are missing in B. ${eventLog}`],
  '500.34': ['its pool runs another app, in another hosting model', ownPool],
  '500.35': ['its pool runs another app already', ownPool],
  '500.36': ["a file of the module is missing on IIS's side", hostingBundle],
  '500.37': [
    'it did not start within the time limit of IIS',
    'Raise startupTimeLimit in web.config (120 s by default), or look at what keeps the server busy.'
  ],
  '500.38': [
    'the DLL of the app is not there',
    'web.config names a DLL that is not in the folder: compare it with the build.'
  ],
  '502.3': ['IIS lost the connection to the program', eventLog],
  '502.5': ['the program could not be started', eventLog]
}

/** The code in the heading of an error page, in whatever language: `500.30`, `404.0`, `404`; undefined for none. */
export function pageCode(body: string): string | undefined {
  for (const [, heading = ''] of body.slice(0, 64 * 1024).matchAll(/<(?:title|h[1-4])\b[^>]*>([^<]*)</gi)) {
    const code = /(?:^|\s)([45]\d\d(?:\.\d{1,3})?)(?=\s|$)/.exec(heading)?.[1]
    if (code !== undefined) return code
  }
  return undefined
}

/** The page with which IIS says that it could not start an app; undefined for any other answer. */
export function startUpFailure(status: number, body: string): ErrorPage | undefined {
  const code = status >= 500 ? pageCode(body) : undefined
  const known = code === undefined ? undefined : startUp[code]
  return code === undefined || known === undefined ? undefined : { code, meaning: known[0], advice: known[1] }
}

/** Is it the page of HTTP.sys for an application pool that is stopped? It is in English everywhere. */
export function isPoolStopped(status: number, body: string): boolean {
  return status === 503 && /<p>HTTP Error 503\. The service is unavailable\.<\/p>/i.test(body)
}

/** Is it an answer for a host name that no site of the server has? HTTP.sys and Kestrel write the same words. */
export function isHostUnknown(status: number, body: string): boolean {
  return status === 421 || (status === 400 && /invalid hostname/i.test(body))
}

export function isHtml(contentType: string | null, body: string): boolean {
  return /^(text\/html|application\/xhtml)/i.test(contentType ?? '') || /^\uFEFF?\s*<(!doctype html|html)\b/i.test(body)
}

/** The title of a page, on one line and not too long to be shown. */
export function titleOf(body: string): string | undefined {
  const title = /<title[^>]*>([^<]*)</i.exec(body.slice(0, 64 * 1024))?.[1]
  return title?.replace(/\s+/g, ' ').trim().slice(0, 80) || undefined
}

/** A page on which one logs in. */
export function isLoginPage(body: string): boolean {
  return /<input\b[^>]*\btype\s*=\s*["']?password\b/i.test(body)
}
