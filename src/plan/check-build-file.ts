import type { Build } from '../build/build'
import type { BuildFile } from '../build/build-file'
import { DeployError } from '../errors'
import type { Settings } from '../inputs/settings'
import { isSameUrl } from './same-url'

const dayMs = 86_400_000

/** Long enough to build anew before users are locked out. */
const nearExpiryDays = 30

/**
 * Refuses a build that does not fit its build file, and one that users would not get or could not keep.
 *
 * @param now against which the times are held; theirs is on a clock of unknown zone, so only what is certain in every
 * zone is an error
 * @returns what is worth a warning
 * @throws DeployError `build-file-mismatch`, `minimum-mismatch`, `version-not-available`, `version-expired`,
 * `download-option-wrong`
 */
export function checkBuildFile(file: BuildFile, build: Build, settings: Settings, now: Date): string[] {
  checkVersion(file, build)
  checkMinimum(file, build, settings)
  const warnings = [...checkAvailable(file, now), ...checkExpiration(file, now)]
  if (settings.strategy === 'replacement') checkDownloadOption(file)
  return [...warnings, ...appRunWarnings(file, build, settings), ...notStated(file)]
}

function checkVersion({ deploymentVersion, isUrlBuiltIn }: BuildFile, { cloudApp }: Build): void {
  if (isUrlBuiltIn && cloudApp.appRun) {
    throw new DeployError(
      'build-file-mismatch',
      `build-file is one of PowerServer 2021 or 2022, and the build has an ${cloudApp.appRun.name}, which came with 2022 R2.`,
      'Give the build file that this build was made with.'
    )
  }
  if (deploymentVersion === cloudApp.version) return
  throw new DeployError(
    'build-file-mismatch',
    `The deployment version in build-file is ${deploymentVersion}, and that of the build to be released is ${cloudApp.version}.`,
    'Give the build file that this build was made with; or, if that is the one, build again and release that.'
  )
}

function checkMinimum(
  { minimum }: BuildFile,
  { cloudApp }: Build,
  { build: { minimumCompatibleVersion } }: Settings
): void {
  const wanted = minimumCompatibleVersion ?? cloudApp.version
  if (minimum === undefined || minimum === wanted) return
  // A version list that could be read has the wanted minimum already, so this is the file of another build.
  if (cloudApp.versionList?.parsed) {
    throw new DeployError(
      'build-file-mismatch',
      `The minimum compatible version in build-file is ${minimum}, and that of the build to be released is ${wanted}.`,
      'Give the build file that this build was made with; or, if that is the one, build again and release that.'
    )
  }
  throw new DeployError(
    'minimum-mismatch',
    `The minimum compatible version in build-file is ${minimum}, and ${wanted} was asked for.`,
    `Set the Minimum compatible version in the PowerServer project object to ${wanted} and build again, so that users must take the new version when they restart; or say with minimum-compatible-version that ${minimum} is meant.`
  )
}

function checkAvailable({ availableTime, deploymentVersion }: BuildFile, now: Date): string[] {
  if (!availableTime || availableTime.latest <= now.getTime()) return []
  const { text, earliest } = availableTime
  if (earliest <= now.getTime()) {
    return [
      `Version ${deploymentVersion} is available from ${text} on, says build-file: depending on whose clock is meant, that is yet to come, and until then users get the version before.`
    ]
  }
  throw new DeployError(
    'version-not-available',
    `Version ${deploymentVersion} is available from ${text} on, says build-file. Until then users would not get it, whatever is switched.`,
    'Set the Available time in the PowerServer project object (Build > Advanced > Versioning) to one that has passed and build again, or release it then.'
  )
}

function checkExpiration({ expirationTime, deploymentVersion }: BuildFile, now: Date): string[] {
  if (!expirationTime) return []
  const { text, earliest, latest } = expirationTime
  if (latest <= now.getTime()) {
    throw new DeployError(
      'version-expired',
      `Version ${deploymentVersion} has expired on ${text}, says build-file. Users could not run it.`,
      'Set the Expiration time in the PowerServer project object (Build > Advanced > Versioning) to one years ahead and build again.'
    )
  }
  if (earliest - now.getTime() > nearExpiryDays * dayMs) return []
  const when =
    earliest <= now.getTime() ? 'may have expired already, depending on whose clock is meant:' : 'expires soon:'
  return [
    `Version ${deploymentVersion} ${when} build-file says ${text}. After that users cannot run it; build with a later Expiration time.`
  ]
}

/** In a replacement files change under users at work, unless all of them were fetched when the app started. */
function checkDownloadOption({ downloadOption }: BuildFile): void {
  if (downloadOption !== 'as-needed') return
  throw new DeployError(
    'download-option-wrong',
    'The app downloads its files as necessary, says build-file. With strategy: replacement users at work would get files of both builds.',
    'Set Client App Download in the PowerServer project object (Application > Advanced) to download all the app files at app startup and build again; or use strategy: versioning.'
  )
}

/** The URL in the build is patched, so another one is no mistake where there is a file to patch. */
function appRunWarnings({ webApiUrl, isAppRunIncluded }: BuildFile, { cloudApp }: Build, settings: Settings): string[] {
  const isThere = cloudApp.appRun !== undefined
  const warnings: string[] = []
  if (isAppRunIncluded !== undefined && isAppRunIncluded !== isThere) {
    warnings.push(
      isThere
        ? 'Apprun.Json is not included, says build-file, and the build has one: is it from another build?'
        : 'Apprun.Json is included, says build-file, and the build has none: was it left out by exclude, or is it another build?'
    )
  }
  if (!isThere && webApiUrl !== undefined && settings.webApiUrl !== '' && !isSameUrl(webApiUrl, settings.webApiUrl)) {
    warnings.push(
      `The Web API URL in build-file is ${webApiUrl}, and web-api-url is ${settings.webApiUrl}. The build has no apprun.json to patch: clients get web-api-url only by the one that is on the site.`
    )
  }
  return warnings
}

/** What the file says in no form that is known has not been checked. */
function notStated(file: BuildFile): string[] {
  const missing = [
    file.minimum === undefined ? 'the minimum compatible version' : '',
    file.availableTime === undefined ? 'the available time' : '',
    file.expirationTime === undefined ? 'the expiration time' : ''
  ].filter(Boolean)
  if (missing.length === 0) return []
  return [`build-file does not say ${missing.join(', ')} in a form that is known, so that is not checked.`]
}
