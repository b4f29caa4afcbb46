import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { DeployError } from '../errors'
import { invalidBuildFile, parseBuildFileText } from './build-file-text'
import { projectsOf, type DownloadOption, type ProjectSettings } from './project-settings'
import { parseStatedTime, type StatedTime } from './stated-time'
import { isVersion } from './version'

/**
 * What a build file says of the app that is released. These values may be shown, and nothing else that the file has:
 * beside them stand passwords, licenses and database logins. Undefined: the file does not say it, or not in a form that
 * is known.
 */
export interface BuildFile {
  readonly deploymentVersion: string
  readonly minimum: string | undefined
  readonly availableTime: StatedTime | undefined
  readonly expirationTime: StatedTime | undefined
  readonly downloadOption: DownloadOption | undefined
  /** Without user, password and query, should it have any. */
  readonly webApiUrl: string | undefined
  readonly isAppRunIncluded: boolean | undefined
  /** The Web API URL is a part of the built app: PowerServer 2021 and 2022, which have no `apprun.json`. */
  readonly isUrlBuiltIn: boolean
  /** The project has the name of the app; else it is the only one. */
  readonly isNamedAlike: boolean
}

/** Far above any real one; more is some other file. */
const mostBytes = 16 * 1024 * 1024

/**
 * Reads a build file: the JSON of PBAutoBuild, or a `.srj` project object.
 *
 * @param path as the user gave it
 * @param apps the names that the app has: of its folder in the build, and of that on the site
 * @throws DeployError `build-not-found`, `build-file-invalid`, `build-file-ambiguous`; none has text of the file in it
 */
export async function readBuildFile(path: string, apps: readonly string[]): Promise<BuildFile> {
  const roots = parseBuildFileText(await bytesOf(path), path)
  const { project, isNamedAlike } = projectOf(
    roots.flatMap(root => projectsOf(root, path)),
    apps,
    path
  )
  const { deploymentVersion, minimum } = project
  if (deploymentVersion === undefined || !isVersion(deploymentVersion)) {
    throw invalidBuildFile(path, 'it has no deployment version such as 1.06')
  }
  return {
    deploymentVersion,
    minimum: minimum !== undefined && isVersion(minimum) ? minimum : undefined,
    availableTime: parseStatedTime(project.availableTime ?? ''),
    expirationTime: parseStatedTime(project.expirationTime ?? ''),
    downloadOption: project.downloadOption,
    webApiUrl: plainUrl(project.webApiUrl),
    isAppRunIncluded: project.isAppRunIncluded,
    isUrlBuiltIn: project.isUrlBuiltIn,
    isNamedAlike
  }
}

async function bytesOf(path: string): Promise<Buffer> {
  const file = resolve(path)
  const found = await stat(file).catch(() => undefined)
  if (!found?.isFile()) {
    throw new DeployError(
      'build-not-found',
      `The input build-file is "${path}", and there is no such file on the runner.`,
      'Check the path, and that a step before checks the file out or downloads the artifact to it.'
    )
  }
  if (found.size > mostBytes) throw invalidBuildFile(path, `it has ${found.size} bytes, which no build file has`)
  return readFile(file)
}

/** @throws DeployError `build-file-invalid`, `build-file-ambiguous`; names in the file are not for showing */
function projectOf(
  projects: readonly ProjectSettings[],
  apps: readonly string[],
  path: string
): { project: ProjectSettings; isNamedAlike: boolean } {
  const names = apps.map(app => app.toLowerCase())
  const alike = projects.filter(({ app }) => names.includes(app.toLowerCase()))
  const project = alike[0] ?? projects[0]
  if (project === undefined) throw invalidBuildFile(path, 'it has no PowerServer project in a form that is known')
  const isNamedAlike = alike.length > 0
  if ((isNamedAlike ? alike : projects).length === 1) return { project, isNamedAlike }
  throw new DeployError(
    'build-file-ambiguous',
    `The build file "${path}" has ${projects.length} PowerServer projects, and ${isNamedAlike ? alike.length : 'none'} of them ${alike.length > 1 ? 'have' : 'has'} the app name ${apps.map(app => `"${app}"`).join(' or ')}.`,
    'Give a build file with this project alone, or one whose App name is that of the folder of the cloud app.'
  )
}

function plainUrl(text: string | undefined): string | undefined {
  if (text === undefined || /\s/.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  if (url.username + url.password + url.search + url.hash === '') return text
  return `${url.origin}${url.pathname}`
}
