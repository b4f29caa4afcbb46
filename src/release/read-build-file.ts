import type { Build } from '../build/build'
import { readBuildFile, type BuildFile } from '../build/build-file'
import { checkBuildFile } from '../plan/check-build-file'
import { checkBuiltInUrl } from '../plan/check-built-in-url'
import { targetsOf } from '../plan/make-plan'
import { nameOf } from '../transport/remote-path'
import type { Run } from './run'

const downloads = { 'as-needed': 'as necessary', 'at-startup': 'all at startup' }

/**
 * Holds a build against its build file, where there is one, and says what that states.
 *
 * @returns the build; the file may tell that its Web API URL is built in
 * @throws DeployError, before anything is read or written on a site
 */
export async function checkedByBuildFile(build: Build, run: Run): Promise<Build> {
  const file = await checkedFile(build, run)
  const isUrlBuiltIn = build.isUrlBuiltIn || file?.isUrlBuiltIn === true
  if (isUrlBuiltIn) {
    checkBuiltInUrl(build, file, run.settings)
    run.log.info(
      'The Web API URL is built into the app (PowerServer 2021 or 2022): the version list is the only pointer.'
    )
  }
  return { ...build, isUrlBuiltIn }
}

async function checkedFile(build: Build, { settings, log }: Run): Promise<BuildFile | undefined> {
  const path = settings.build.buildFile
  const isReplacement = settings.strategy === 'replacement'
  if (path === undefined) {
    if (isReplacement) log.info(`Without build-file ${unchecked}`)
    return undefined
  }
  const file = await readBuildFile(path, [build.cloudApp.name, nameOf(targetsOf(build, settings).cloudApp)])
  for (const line of describe(file)) log.info(line)
  if (isReplacement && file.downloadOption === undefined) log.info(`build-file does not say it, so ${unchecked}`)
  for (const warning of checkBuildFile(file, build, settings, new Date())) log.warning(warning)
  return file
}

const unchecked =
  'it was not checked that the app downloads all its files at startup, as strategy: replacement needs (Application > Advanced > Client App Download).'

function describe(file: BuildFile): string[] {
  const { downloadOption, isAppRunIncluded } = file
  const facts = [
    `version ${file.deploymentVersion}`,
    `minimum ${file.minimum ?? '(not stated)'}`,
    `available from ${file.availableTime?.text ?? '(not stated)'}`,
    `expires ${file.expirationTime?.text ?? '(not stated)'}`,
    `download ${downloadOption === undefined ? '(not stated)' : downloads[downloadOption]}`,
    `Web API URL ${file.webApiUrl ?? '(not stated)'}`,
    `Apprun.Json ${isAppRunIncluded === undefined ? '(not stated)' : isAppRunIncluded ? 'included' : 'not included'}`
  ]
  return [
    `Build file: ${facts.join(', ')}`,
    ...(file.isNamedAlike
      ? []
      : ['The project in build-file has another app name than the cloud app; it is the only one.'])
  ]
}
