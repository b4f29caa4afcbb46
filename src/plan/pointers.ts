import { withWebApiUrl, type AppRun } from '../build/apprun'
import type { Build } from '../build/build'
import type { CloudApp } from '../build/cloud-app'
import { compareVersions, isOrderDisputed } from '../build/version'
import { mergeVersionLists, versionListName } from '../build/version-list'
import { DeployError } from '../errors'
import type { Strategy } from '../inputs/settings'
import type { LiveRelease } from '../site/live'

/** The pointers as they are to be, under the names that the site has, and what is worth a warning about them. */
export interface NewPointers {
  /** Undefined: the app has none, and its Web API URL is built in. */
  readonly appRun:
    ({ readonly name: string; readonly bytes: Buffer } & Pick<AppRun, 'launcher' | 'runtime'>) | undefined
  /** Undefined: the site has none and gets none, or keeps the one that it has. */
  readonly versionList: { readonly name: string; readonly bytes: Buffer } | undefined
  readonly warnings: readonly string[]
}

/**
 * Makes the new pointers: the build's `apprun.json` (or else the live one) with the URL of Web API B, and the build's
 * version list with the sections of the versions that stay.
 *
 * @param staying versions whose folders stay on the site
 * @throws DeployError `apprun-missing`, `version-list-missing`
 */
export function newPointers(
  { cloudApp, isUrlBuiltIn }: Pick<Build, 'cloudApp' | 'isUrlBuiltIn'>,
  live: LiveRelease,
  webApiUrl: string,
  strategy: Strategy,
  staying: ReadonlySet<string>,
  now: Date
): NewPointers {
  if (isUrlBuiltIn) {
    refuseAppRun(live)
    const { file, warnings } = newVersionList(cloudApp, live, strategy, staying)
    return { appRun: undefined, versionList: file, warnings: [...warnings, ...onlineWarnings(cloudApp, now)] }
  }
  const source = cloudApp.appRun ?? live.appRun
  if (source === undefined) {
    throw new DeployError(
      'apprun-missing',
      'Neither the build nor the site has an apprun.json, so there is nothing to point to the Web APIs with.',
      'Include "Apprun.Json" among the app configuration files of the deployment (PowerServer 2022 R2 and later) and build again. PowerServer 2021 and 2022 have no such file: give the build-file of such a build.'
    )
  }
  const appRun = withWebApiUrl(source, webApiUrl)
  const versionList = newVersionList(cloudApp, live, strategy, staying)
  return {
    appRun: { ...appRun, name: live.appRun?.name ?? source.name },
    versionList: versionList.file,
    warnings: [...appRunWarnings(cloudApp, live), ...versionList.warnings, ...onlineWarnings(cloudApp, now)]
  }
}

/** Clients of an app that has an `apprun.json` would get one that knows none. */
function refuseAppRun({ appRun }: LiveRelease): void {
  if (appRun === undefined) return
  throw new DeployError(
    'web-api-url-built-in',
    `The build is one of PowerServer 2021 or 2022, and the live app has an ${appRun.name}, so it is of 2022 R2 or later. Clients do not go back to an older product.`,
    'Build with the PowerServer version of the live app, or check cloud-app-target.'
  )
}

function appRunWarnings(cloudApp: CloudApp, live: LiveRelease): string[] {
  if (!cloudApp.appRun)
    return ['The build has no apprun.json; the live one is taken, so launcher and runtime stay as they are.']
  const lost = (live.appRun?.keys ?? []).filter(key => !cloudApp.appRun?.keys.includes(key))
  if (lost.length === 0) return []
  return [`The live apprun.json has ${lost.join(', ')}, and the build's has not: after the switch it is gone.`]
}

function newVersionList(
  cloudApp: CloudApp,
  live: LiveRelease,
  strategy: Strategy,
  staying: ReadonlySet<string>
): { file: NewPointers['versionList']; warnings: string[] } {
  const { versionList: built, version } = cloudApp
  if (!built) return withoutBuiltList(live, strategy)
  const name = live.versionList?.name ?? built.name
  if (!built.parsed) {
    const warning = `The build's ${versionListName} is not the plain text that is known, so it is published as it is. Version and minimum could not be checked in it.`
    return { file: { name, bytes: built.bytes }, warnings: [warning] }
  }
  const isLiveOpaque = live.versionList !== undefined && !live.versionList.parsed
  const merged = mergeVersionLists(built.parsed, live.versionList?.parsed, version, staying)
  return {
    file: { name, bytes: merged.bytes },
    warnings: isLiveOpaque
      ? [`The live ${versionListName} is not the plain text that is known, so older versions in it could not be kept.`]
      : []
  }
}

function withoutBuiltList(live: LiveRelease, strategy: Strategy): ReturnType<typeof newVersionList> {
  if (live.versionList === undefined) {
    return {
      file: undefined,
      warnings: [`Neither build nor site has a ${versionListName}, so version and minimum could not be checked.`]
    }
  }
  if (strategy === 'replacement') return { file: undefined, warnings: [] }
  throw new DeployError(
    'version-list-missing',
    `The site has a ${versionListName} and the build has none, so clients would not get to know of the new version.`,
    'Package the whole app with PBAutoBuild, so that the list is in the build.'
  )
}

function onlineWarnings({ versionList, version }: CloudApp, now: Date): string[] {
  const online = versionList?.parsed?.sections.find(section => section.version === version)?.onlineTime
  const time = online === undefined ? Number.NaN : Date.parse(online.replace(' ', 'T'))
  if (Number.isNaN(time) || time <= now.getTime()) return []
  return [
    `Version ${version} is offered to users from ${online ?? ''} on (available time in the project object): until then they get the one before.`
  ]
}

/** A word on two versions that PowerServer may order otherwise than we do. */
export function orderWarnings(version: string, live: string | undefined): string[] {
  if (live === undefined || !isOrderDisputed(version, live)) return []
  const [newer, older] = compareVersions(version, live) > 0 ? [version, live] : [live, version]
  return [
    `${newer} is newer than ${older} part by part, and older as a decimal number. How clients compare is not documented: number versions like 1.09, 1.10.`
  ]
}
