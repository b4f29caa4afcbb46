import { compareVersions } from '../build/version'
import { DeployError } from '../errors'
import type { Place } from '../inputs/settings'
import { liveWebApiUrl, type LiveRelease } from '../site/live'
import { looksLikeWebApi } from '../build/part'
import { isUrlBuiltIn, type Plan } from './plan'
import { joinRemote, nameOf } from '../transport/remote-path'
import { isSameUrl } from './same-url'
import { checkOverlap, checkTargets } from './targets'

/** Where the cloud app goes, and where the Web APIs go. */
export interface PlacePair {
  readonly app: Place
  readonly webApi: Place
}

/**
 * Refuses a plan that would not reach users, or would reach them in the middle of their work.
 *
 * @throws DeployError `version-not-newer`, `content-differs`, `version-not-on-site`, `web-api-url-live`,
 * `target-is-live`, `targets-overlap`
 */
export function checkPlan(plan: Plan, live: LiveRelease, places: PlacePair): void {
  if (plan.strategy === 'versioning') checkVersioning(plan.version, live)
  else checkReplacement(plan.version, live)
  if (plan.webApi) checkWebApiUrl(plan.webApiUrl, live)
  const targets = {
    cloudApp: plan.cloudAppFolder,
    webApi: plan.webApi?.folder,
    onOneSite: isOneSite(places.app, places.webApi)
  }
  checkTargets(targets, plan.webApiUrl, liveWebApiUrl(live))
  refuseUnknownLive(plan, live)
  checkRoots(targets.cloudApp, targets.webApi, places)
}

/** Two roots on one server may lead to the same folder. */
function checkRoots(cloudApp: string, webApi: string | undefined, places: PlacePair): void {
  const roots = [places.app.address.root, places.webApi.address.root] as const
  if (webApi === undefined || roots[0] === undefined || roots[1] === undefined) return
  if (isOneServer(places.app, places.webApi)) {
    checkOverlap(joinRemote(roots[0], cloudApp), joinRemote(roots[1], webApi))
  }
}

/** Do two places lead below one root? */
export function isOneSite(one: Place, other: Place): boolean {
  return isOneServer(one, other) && one.address.root === other.address.root
}

/** For another user a path may mean another folder. */
function isOneServer(one: Place, other: Place): boolean {
  return one.address.label === other.address.label && one.login.username === other.login.username
}

/** Versioning releases a version that clients take as an update: it must be newer than the live one. */
function checkVersioning(version: string, live: LiveRelease): void {
  const isListReadable = live.versionList === undefined || live.versionList.parsed !== undefined
  if (live.version === undefined || compareVersions(version, live.version) > 0) return
  if (isListReadable && compareVersions(version, live.version) === 0) {
    throw new DeployError(
      'content-differs',
      `Version ${live.version} is live already, with other content or another Web API URL than this release has. Clients that have it would not take it as an update.`,
      `Raise the Deployment version in the PowerServer project object and build again. To put new files into ${live.version}, use strategy: replacement.`
    )
  }
  throw new DeployError(
    'version-not-newer',
    `Version ${version} is not newer than ${live.version}, which is ${isListReadable ? 'live' : 'on the site (its version list cannot be read)'}. Clients would not take it as an update.`,
    `Raise the Deployment version in the PowerServer project object above ${live.version} and build again. To put new files into a version that is on the site, use strategy: replacement.${isListReadable ? '' : ` If the folder ${live.version} is what an interrupted run left, delete it.`}`
  )
}

/** Replacement puts new files into a version that clients have. */
function checkReplacement(version: string, live: LiveRelease): void {
  if (live.versions.length === 0) return
  if (!live.versions.includes(version)) {
    throw new DeployError(
      'version-not-on-site',
      `The site has no version ${version} to replace; it has ${live.versions.join(', ')}.`,
      `Set the Deployment version in the PowerServer project object to ${live.version ?? 'the live one'} and build again. To release a new version, use strategy: versioning.`
    )
  }
  if (live.version === undefined || compareVersions(version, live.version) >= 0) return
  throw new DeployError(
    'version-not-newer',
    `Version ${version} is on the site, and clients get ${live.version}. After a replacement they would still get ${live.version}, with the Web APIs of ${version}.`,
    `Build ${live.version}, and replace that.`
  )
}

/** New Web APIs must not go to the side that users work on. */
function checkWebApiUrl(webApiUrl: string, live: LiveRelease): void {
  const liveUrl = liveWebApiUrl(live)
  if (liveUrl === undefined || !isSameUrl(webApiUrl, liveUrl)) return
  throw new DeployError(
    'web-api-url-live',
    `web-api-url is ${webApiUrl}, and that is where clients are now (${live.appRun ? 'apprun.json' : 'the journal'} says ${liveUrl}). Replacing these Web APIs would end the users' sessions.`,
    'Give the URL of the other, idle Web APIs, and their folder as web-api-target. To release the cloud app alone, leave the Web APIs out of the build.'
  )
}

/**
 * Where the URL is built in, no file on the site tells which Web APIs are live. Those of a release of the action are in
 * its journal; else any that are there might be those that users work on.
 */
function refuseUnknownLive(plan: Plan, live: LiveRelease): void {
  if (!isUrlBuiltIn(plan) || !plan.webApi || live.version === undefined || liveWebApiUrl(live) !== undefined) return
  const there = plan.webApi.files.filter(({ sizeOnSite }) => sizeOnSite !== undefined)
  if (!looksLikeWebApi(there.map(({ path }) => nameOf(path)))) return
  throw new DeployError(
    'target-is-live',
    `The Web APIs would go to "${plan.webApi.folder}", where there are some already, and which ones users of ${live.version} work on is not to be known: in an app of PowerServer 2021 or 2022 the URL is built in, and the journal does not have that version.`,
    'Release to an empty folder for once; or leave the Web APIs out of the build, and publish them yourself. From then on the journal knows.'
  )
}
