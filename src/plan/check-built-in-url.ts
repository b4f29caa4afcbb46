import type { Build } from '../build/build'
import type { BuildFile } from '../build/build-file'
import { versionListName } from '../build/version-list'
import { DeployError } from '../errors'
import type { Settings } from '../inputs/settings'
import { isSameUrl } from './same-url'

/**
 * An app of PowerServer 2021 or 2022 has no `apprun.json`: each version carries its Web API URL in itself. Then a new
 * version that was built with the URL of Web API B can be released, and the version list alone is the pointer.
 *
 * @param build one whose URL is built in
 * @param file undefined where there is none
 * @throws DeployError `web-api-url-built-in` where it is not known to be the one in `web-api-url`, or where there is no
 * version list to switch by
 */
export function checkBuiltInUrl(build: Build, file: BuildFile | undefined, { strategy, webApiUrl }: Settings): void {
  // A plan without a site may know no URL.
  if (webApiUrl === '') return
  const builtIn = file?.webApiUrl
  if (builtIn === undefined) {
    throw refused(
      file
        ? 'Which one it is, build-file does not say.'
        : 'Which one it is, only build-file could say, and none is given.',
      webApiUrl
    )
  }
  if (!isSameUrl(builtIn, webApiUrl)) {
    throw refused(`By build-file it is ${builtIn}, and web-api-url is ${webApiUrl}.`, webApiUrl)
  }
  if (strategy === 'replacement') {
    throw refused('strategy: replacement would send users of a version to other Web APIs while they work.', webApiUrl)
  }
  if (build.cloudApp.versionList?.parsed === undefined) {
    throw refused(
      `And the build has no ${versionListName} in the form that is known, so there is nothing to switch by.`,
      webApiUrl
    )
  }
}

function refused(what: string, webApiUrl: string): DeployError {
  return new DeployError(
    'web-api-url-built-in',
    `The build is one of PowerServer 2021 or 2022: it has no apprun.json, and its Web API URL is a part of the version, where the action cannot set it. ${what}`,
    `Set the Web API URL in the PowerServer project object to ${webApiUrl} and build again; or run "dotnet CustomizeDeploy.dll -url=${webApiUrl}" in the version's folder of the build, and write this URL into the build file too. Release that with strategy: versioning and build-file.`
  )
}
