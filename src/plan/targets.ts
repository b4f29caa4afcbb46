import { DeployError } from '../errors'
import { pathSegments } from './same-url'

/** Where the parts of a release go, relative to the roots of their sites. */
export interface Targets {
  readonly cloudApp: string
  /** Undefined: only the cloud app is released. */
  readonly webApi: string | undefined
  /** Are both on one site, below one root? */
  readonly onOneSite: boolean
}

/**
 * Refuses targets that would put one part into another, or new Web APIs into those that users are working on.
 *
 * Which folder the live Web APIs run from is not written anywhere, but their URL ends as their folder does, where they
 * are an IIS application below the site (docs/powerserver.md §5).
 *
 * @throws DeployError `targets-overlap`, `target-is-live`
 */
export function checkTargets(targets: Targets, webApiUrl: string, liveWebApiUrl: string | undefined): void {
  const { cloudApp, webApi } = targets
  if (webApi === undefined) return
  if (targets.onOneSite) checkOverlap(cloudApp, webApi)
  if (liveWebApiUrl === undefined) return
  if (!looksLive(segments(webApi), pathSegments(webApiUrl), pathSegments(liveWebApiUrl), webApiUrl, liveWebApiUrl))
    return
  throw new DeployError(
    'target-is-live',
    `The Web APIs would go to "${shown(webApi)}", which looks like the folder of the live ones (${liveWebApiUrl}), or one in it. Users would lose their sessions.`,
    'Set web-api-target to the folder that belongs to web-api-url.'
  )
}

/** @throws DeployError `targets-overlap` when one of two folders of a server is the other, or lies in it */
export function checkOverlap(cloudApp: string, webApi: string): void {
  if (!isWithin(cloudApp, webApi) && !isWithin(webApi, cloudApp)) return
  throw new DeployError(
    'targets-overlap',
    `The cloud app would go to "${shown(cloudApp)}" and the Web APIs to "${shown(webApi)}", one inside the other.`,
    'Give them folders side by side, with cloud-app-target and web-api-target.'
  )
}

function looksLive(
  target: readonly string[],
  next: readonly string[],
  live: readonly string[],
  nextUrl: string,
  liveUrl: string
): boolean {
  const above = target.map((_, length) => target.slice(0, length)).filter(folder => folder.length >= live.length)
  if (above.some(folder => belongsTo(folder, live))) return true
  if (!belongsTo(target, live)) return false
  const hasOwnPath = next.join('/') !== live.join('/')
  // Two sites may each have the application in a folder of the same name; then the hosts tell them apart.
  return hasOwnPath ? !belongsTo(target, next) : new URL(nextUrl).host === new URL(liveUrl).host
}

/** Does a folder look like the one behind a URL path: does one end with the other? */
function belongsTo(folder: readonly string[], path: readonly string[]): boolean {
  const length = Math.min(folder.length, path.length)
  return length > 0 && folder.slice(-length).join('/') === path.slice(-length).join('/')
}

function isWithin(inner: string, outer: string): boolean {
  const folder = segments(outer)
  return segments(inner).slice(0, folder.length).join('/') === folder.join('/')
}

function segments(target: string): string[] {
  return target.toLowerCase().split('/').filter(Boolean)
}

function shown(target: string): string {
  return target === '' ? '.' : target
}
