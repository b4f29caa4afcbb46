import type { RawInputs } from './raw-inputs'
import { memberUrls } from '../web-api/member-urls'
import type { Places, ReadinessSettings, ReadinessUrl, SmokeCheck } from './settings'
import { below, urlProblem, withoutCredentials } from './web-address'

const example = 'https://10.0.0.5/api/health-readiness host=api.example.com'

/** Reads what is asked of Web API B before the switch. */
export function readReadiness(raw: RawInputs, webApiUrl: string, webApiSites: Places): ReadinessSettings {
  const path = raw.text('readiness-path') ?? 'none'
  const lines = raw.lines('readiness-urls')
  const urls = withoutRepeats(lines.flatMap(line => readReadinessUrl(raw, line)))
  const own = path === 'none' || webApiUrl === '' ? [] : memberUrls(below(webApiUrl, path), webApiSites)
  const [{ login }] = webApiSites
  return {
    urls: lines.length > 0 ? urls : own,
    path: path === 'none' ? undefined : path,
    timeoutMs: raw.milliseconds('readiness-timeout'),
    smokeChecks: raw.lines('smoke-urls').flatMap(line => readSmokeCheck(raw, line)),
    authorization: raw.text('web-api-authorization'),
    tlsCa: login.tlsCa,
    allowAnyCertificate: login.allowAnyCertificate
  }
}

/** `URL`, or `URL host=NAME`. */
function readReadinessUrl(raw: RawInputs, line: string): ReadinessUrl[] {
  const [url = '', option, ...more] = line.split(/\s+/)
  const problem = urlProblem(url)
  if (problem !== undefined) {
    // A password with a blank in it looks like a URL and something more.
    raw.problem(
      'readiness-urls',
      `has a line that ${line.includes('@') ? 'holds credentials; leave them out' : problem}`
    )
    return []
  }
  if (option === undefined) return [{ url, host: undefined }]
  const host = /^host=(.+)$/i.exec(option)?.[1]
  if (host === undefined || more.length > 0) {
    raw.problem('readiness-urls', `has the line "${withoutCredentials(line)}"; such as ${example} is expected`)
    return []
  }
  if (!isHostName(host)) {
    raw.problem(
      'readiness-urls',
      `has the host "${withoutCredentials(host)}"; a name such as api.example.com, or api.example.com:8443, is expected`
    )
    return []
  }
  return [{ url, host: host.toLowerCase() }]
}

/** A name with a port or without; a certificate is asked for by name, so an address will not do. */
function isHostName(text: string): boolean {
  if (!/^[a-z0-9]([\w-]*[a-z0-9])?(\.[a-z0-9]([\w-]*[a-z0-9])?)*(:\d{1,5})?$/i.test(text)) return false
  return URL.canParse(`http://${text}`) && !/^[\d.]+$/.test(new URL(`http://${text}`).hostname)
}

/** Each is asked once in 10 s, so one that is named twice counts once. */
function withoutRepeats(urls: readonly ReadinessUrl[]): ReadinessUrl[] {
  return [...new Map(urls.map(each => [`${new URL(each.url).href} ${each.host ?? ''}`, each])).values()]
}

function readSmokeCheck(raw: RawInputs, line: string): SmokeCheck[] {
  const match = /^(?:([2-5]\d\d)\s+)?(\S+)(?:\s+contains\s+"(.*)")?$/.exec(line)
  const url = match?.[2] ?? ''
  const contains = match?.[3]
  if (!match || urlProblem(url) !== undefined) {
    raw.problem(
      'smoke-urls',
      `has the line "${withoutCredentials(line)}"; such as 200 https://… contains "…" is expected`
    )
    return []
  }
  if (contains !== undefined && /"\s+contains\s+"/.test(contains)) {
    raw.problem('smoke-urls', `has the line "${withoutCredentials(line)}"; one text for each URL is expected`)
    return []
  }
  return [{ url, status: match[1] === undefined ? undefined : Number(match[1]), contains }]
}
