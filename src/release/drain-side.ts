import { DeployError } from '../errors'
import { pathSegments } from '../plan/same-url'
import type { ReleaseEntry } from '../site/release-entry'

/** The Web APIs that are to be drained. */
export interface OldSide {
  readonly url: string
  /** The release that clients left them by, or came to them by; undefined where the journal has none. */
  readonly entry: ReleaseEntry | undefined
}

/**
 * Which Web APIs to drain: those that are asked for, else those that the last change of sides has left.
 *
 * @param releases of the journal, the oldest first
 * @param liveUrl what the live `apprun.json` names; undefined where there is none
 * @param asked the input `web-api-url`; empty = not given
 * @throws DeployError `nothing-to-drain`, `drain-side-live`
 */
export function sideToDrain(releases: readonly ReleaseEntry[], liveUrl: string | undefined, asked: string): OldSide {
  const side = asked === '' ? lastLeft(releases, liveUrl) : { url: asked, entry: entryOf(releases, asked) }
  if (side) {
    refuseLive(side.url, liveUrl)
    return side
  }
  throw new DeployError(
    'nothing-to-drain',
    releases.length === 0
      ? 'The journal on the site has no release, so it names no Web APIs before the live ones.'
      : `No release in the journal has changed the Web APIs: all of them are on ${liveUrl ?? 'the same URL'}.`,
    'Where there are other Web APIs to drain, name them with web-api-url.'
  )
}

/** @throws DeployError `drain-side-live` */
export function refuseLive(url: string, liveUrl: string | undefined, app?: string): void {
  if (liveUrl === undefined || !isSameSide(url, liveUrl)) return
  throw new DeployError(
    'drain-side-live',
    `${url} is live: the apprun.json of ${app === undefined ? 'the app' : `"${app}"`} on the site names ${liveUrl}, so each user who starts opens a session there.`,
    'Drain the other side. After a rollback that is the side of the release that was undone. web-api-url names the side to drain, which is not the one of the next deploy while users are on it.'
  )
}

/**
 * May two URLs lead to the same Web APIs? Where sessions are at stake, more counts as the same than for a release: IIS takes
 * a path in any case, and one site often answers to HTTP and HTTPS.
 */
export function isSameSide(a: string, b: string): boolean {
  if (!URL.canParse(a) || !URL.canParse(b)) return a.toLowerCase() === b.toLowerCase()
  const [one, other] = [new URL(a), new URL(b)]
  const isOneHost = one.hostname === other.hostname && (one.protocol !== other.protocol || one.port === other.port)
  return isOneHost && pathSegments(a).join('/') === pathSegments(b).join('/')
}

/** Where the Web APIs of a URL lie, as the last release to them has recorded it. */
export function placeOfSide(
  releases: readonly ReleaseEntry[],
  url: string
): { readonly folder: string; readonly site: string | undefined } | undefined {
  const entry = releases.findLast(
    ({ webApiUrl, webApiFolder }) => webApiFolder !== undefined && isSameSide(webApiUrl, url)
  )
  return entry?.webApiFolder === undefined ? undefined : { folder: entry.webApiFolder, site: entry.webApiSite }
}

/** The Web APIs that clients were on before those that they get now. */
function lastLeft(releases: readonly ReleaseEntry[], liveUrl: string | undefined): OldSide | undefined {
  for (const entry of releases.toReversed()) {
    const { webApiUrl, previousWebApiUrl, phase } = entry
    if (previousWebApiUrl !== undefined && isSameSide(webApiUrl, previousWebApiUrl)) continue
    // After a rollback it is the release itself that clients have left.
    const left = phase === 'rolled-back' ? webApiUrl : previousWebApiUrl
    if (left === undefined) continue
    // A release that came to nothing says nothing of sides that a later one, or somebody by hand, has made live.
    if (phase === 'rolled-back' && liveUrl !== undefined && isSameSide(left, liveUrl)) continue
    return { url: left, entry }
  }
  return undefined
}

function entryOf(releases: readonly ReleaseEntry[], url: string): ReleaseEntry | undefined {
  return releases.findLast(({ webApiUrl, previousWebApiUrl }) =>
    [webApiUrl, previousWebApiUrl].some(known => known !== undefined && isSameSide(known, url))
  )
}
