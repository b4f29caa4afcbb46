import { readFile, readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { DeployError } from '../errors'
import { isAppRunName, parseAppRun, type AppRun } from './apprun'
import type { PathRule } from './exclude'
import type { LocalFile } from './local-file'
import { looksLikeCloudApp } from './part'
import { scanFolder } from './scan'
import { isVersion, newestVersion } from './version'
import { parseVersionList, versionListName, type VersionList } from './version-list'

/** A built cloud app, checked as far as it can be without the site. */
export interface CloudApp {
  /** Name of its folder. */
  readonly name: string
  readonly version: string
  /** What is published besides the pointers: the version's folder, the entry page and what it loads. */
  readonly files: readonly LocalFile[]
  /** Undefined where PBAutoBuild was told to leave it out (docs/powerserver.md §1). */
  readonly appRun: (AppRun & { readonly name: string }) | undefined
  /** Undefined where the build has none. */
  readonly versionList: VersionListFile | undefined
  /** Other versions that lie in the folder and are not published. */
  readonly otherVersions: readonly string[]
}

export interface VersionListFile {
  readonly name: string
  readonly bytes: Buffer
  /** Undefined where it is not the plain text that we know. */
  readonly parsed: VersionList | undefined
}

/**
 * Reads a built cloud app and checks it as a client would.
 *
 * @param wanted the version to release; undefined = the highest one in the build
 * @param minimum what the build must carry as minimum compatible version; undefined = the version itself
 * @throws DeployError `cloud-app-not-found`, `version-not-in-build`, `version-list-incomplete`, `minimum-mismatch`,
 * `apprun-invalid`, and those of scanFolder
 */
export async function readCloudApp(
  folder: string,
  wanted: string | undefined,
  minimum: string | undefined,
  excluded: PathRule
): Promise<CloudApp> {
  await refuseOther(folder)
  const files = await scanFolder(folder, excluded)
  const version = chooseVersion(files, wanted, folder)
  const atTop = (test: (name: string) => boolean): LocalFile | undefined => files.find(file => test(file.path))
  const appRunFile = atTop(isAppRunName)
  const listFile = atTop(name => name.toLowerCase() === versionListName)
  const versionList = listFile && (await readVersionList(listFile))
  if (versionList?.parsed) checkVersionList(versionList.parsed, version, minimum ?? version)
  const otherVersions = versionsOf(files).filter(other => other !== version)
  return {
    name: basename(folder),
    version,
    files: files.filter(file => file !== appRunFile && file !== listFile && !otherVersions.includes(topOf(file.path))),
    appRun: appRunFile && {
      name: appRunFile.path,
      ...parseAppRun(await readFile(appRunFile.localPath), `"${appRunFile.path}" of the build`)
    },
    versionList,
    otherVersions
  }
}

async function refuseOther(folder: string): Promise<void> {
  const names = await readdir(folder)
  if (looksLikeCloudApp(names)) return
  throw new DeployError(
    'cloud-app-not-found',
    `"${folder}" is not a built cloud app: it needs index.html and one of apprun.json, ${versionListName} or a version folder such as 1.01. It holds: ${names.slice(0, 10).join(', ') || 'nothing'}.`,
    'Pass the folder that PBAutoBuild packaged (or the one of the app in it) as package or cloud-app-path.'
  )
}

function chooseVersion(files: readonly LocalFile[], wanted: string | undefined, folder: string): string {
  const versions = versionsOf(files)
  const version = wanted ?? newestVersion(versions)
  if (version !== undefined && versions.includes(version)) return version
  throw new DeployError(
    'version-not-in-build',
    version === undefined
      ? `The cloud app "${folder}" has no version folder such as 1.01.`
      : `The cloud app "${folder}" has no folder for version ${version}; it has ${versions.join(', ') || 'none for any version'}.`,
    'Set the Deployment version in the PowerServer project object (Build > Advanced > Versioning), build again, and give the same one as version, or leave version empty.'
  )
}

function checkVersionList(list: VersionList, version: string, minimum: string): void {
  if (!list.sections.some(section => section.version === version)) {
    throw new DeployError(
      'version-list-incomplete',
      `The version list ${versionListName} of the build does not have version ${version}; it has ${list.sections.map(section => section.version).join(', ') || 'none'}.`,
      'Build again with this Deployment version in the PowerServer project object, so that folder and list agree.'
    )
  }
  if (list.minimum !== minimum) {
    throw new DeployError(
      'minimum-mismatch',
      `The build carries the minimum compatible version ${list.minimum ?? '(none)'}, and ${minimum} was asked for.`,
      `Set the Minimum compatible version in the PowerServer project object to ${minimum} and build again, so that users must take the new version when they restart; or say with minimum-compatible-version that ${list.minimum ?? 'another one'} is meant.`
    )
  }
}

async function readVersionList(file: LocalFile): Promise<VersionListFile> {
  const bytes = await readFile(file.localPath)
  return { name: file.path, bytes, parsed: parseVersionList(bytes) }
}

function versionsOf(files: readonly LocalFile[]): string[] {
  return [...new Set(files.filter(file => file.path.includes('/')).map(file => topOf(file.path)))].filter(isVersion)
}

function topOf(path: string): string {
  return path.slice(0, path.indexOf('/'))
}
