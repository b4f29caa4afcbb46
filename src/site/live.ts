import { isAppRunName, parseAppRun, type AppRun } from '../build/apprun'
import type { VersionListFile } from '../build/cloud-app'
import { isVersion, newestVersion } from '../build/version'
import { newestListed, parseVersionList, versionListName } from '../build/version-list'
import { DeployError } from '../errors'
import { together } from '../transport/in-flight'
import type { Reading } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import { readBytes } from './read-bytes'
import { leftoversOf } from './temporary-name'
import { isFolderThere, readTree, Tree } from './tree'

/** What clients of the cloud app get now. */
export interface LiveRelease {
  /** All files of the app folder, without those in folders of versions that are not released. */
  readonly tree: Tree
  /** Temporary files that an interrupted run left in the folder, in that of the live version too. */
  readonly leftovers: readonly string[]
  readonly appRun: (AppRun & { readonly name: string }) | undefined
  readonly versionList: VersionListFile | undefined
  /** The newest version that is offered; undefined = first release. */
  readonly version: string | undefined
  /** Sizes of the files of the live version where another one is released; paths are below the root. */
  readonly sizes: ReadonlyMap<string, number>
  /** Versions whose folders are on the site, in no particular order. */
  readonly versions: readonly string[]
  /** By the journal, where the site has no `apprun.json`: the Web APIs of the live version. */
  readonly recordedWebApiUrl?: string | undefined
}

/** The Web APIs that clients of the live version use; undefined where it is not to be known. */
export function liveWebApiUrl({ appRun, recordedWebApiUrl }: LiveRelease): string | undefined {
  return appRun?.webApiUrl ?? recordedWebApiUrl
}

const entryPage = 'index.html'

/**
 * Reads the live pointers. Absent is what a listing does not show; what cannot be read is an error, never a first
 * release.
 *
 * @param target the cloud app's folder, relative to the root
 * @param released the version that is being released: its folder is listed too
 * @param isOurs tells the action's own folder, relative to the root, which is no part of the app
 */
export async function readLive(
  transport: Reading,
  target: string,
  released: string | undefined,
  isOurs: (path: string) => boolean
): Promise<LiveRelease> {
  const folder = joinRemote(transport.root, target)
  const enter = (path: string): boolean => (!isVersion(path) || path === released) && !isOurs(joinRemote(target, path))
  const isThere = await isFolderThere(transport, target)
  const top = isThere ? await readTree(transport, folder, () => false) : new Tree(false)
  refuseUnreadable(top, folder)
  const appRunName = onlyAppRun(top, folder)
  const listName = top.find(versionListName)
  const [tree, appRun, versionList] = await together([
    isThere ? readTree(transport, folder, enter) : Promise.resolve(top),
    appRunName === undefined ? Promise.resolve(undefined) : readAppRun(transport, folder, appRunName),
    listName === undefined ? Promise.resolve(undefined) : readVersionList(transport, folder, listName)
  ])
  const versions = tree.topFolders.filter(isVersion)
  // A folder that no list names may be the remains of an upload, so it counts only where there is no list to ask, and
  // something that clients begin with.
  const isSeen = appRunName !== undefined || listName !== undefined || tree.find(entryPage) !== undefined
  const offered = versionList?.parsed ? newestListed(versionList.parsed) : newestVersion(versions)
  const version = isSeen ? offered : undefined
  const liveFiles = await filesOfLive(transport, folder, tree, version, released)
  return {
    tree,
    leftovers: leftoversOf([...tree.files, ...liveFiles.keys()]),
    sizes: new Map([...liveFiles].map(([path, size]) => [joinRemote(target, path), size])),
    appRun,
    versionList,
    version,
    versions
  }
}

/** Sizes, by path below the app. A replacement that broke off may have left temporary files in this folder too. */
async function filesOfLive(
  transport: Reading,
  folder: string,
  tree: Tree,
  version: string | undefined,
  released: string | undefined
): Promise<Map<string, number>> {
  if (version === undefined || version === released || !tree.topFolders.includes(version)) return new Map()
  const files = await readTree(transport, joinRemote(folder, version))
  return new Map([...files.files].map(path => [joinRemote(version, path), files.sizeOf(path) ?? 0]))
}

/** The live `apprun.json` alone, which costs less; undefined where a listing shows none. Errors as in readLive. */
export async function readLiveAppRun(transport: Reading, target: string): Promise<AppRun | undefined> {
  if (!(await isFolderThere(transport, target))) return undefined
  const folder = joinRemote(transport.root, target)
  const top = await readTree(transport, folder, () => false)
  refuseUnreadable(top, folder)
  const name = onlyAppRun(top, folder)
  return name === undefined ? undefined : readAppRun(transport, folder, name)
}

/** A pointer that cannot be read is no pointer that is missing. */
function refuseUnreadable(tree: Tree, folder: string): void {
  const name = [...tree.unreadable].find(path => isAppRunName(path) || path.toLowerCase() === versionListName)
  if (name === undefined) return
  throw new DeployError(
    'live-unreadable',
    `"${joinRemote(folder, name)}" is there and cannot be read: it is no file, or a link to nothing that this account may see.`,
    'Mend or remove it on the site, so that it is known what is live.'
  )
}

function onlyAppRun(tree: Tree, folder: string): string | undefined {
  const names = [...tree.files].filter(isAppRunName)
  if (names.length > 1) {
    throw new DeployError(
      'live-unreadable',
      `"${folder}" has ${names.join(' and ')}, and which one clients read is not to be known.`,
      'Remove the one that is not in use.'
    )
  }
  return names[0]
}

async function readAppRun(
  transport: Reading,
  folder: string,
  found: string
): Promise<AppRun & { readonly name: string }> {
  const bytes = await readBytes(transport, joinRemote(folder, found))
  try {
    return { name: found, ...parseAppRun(bytes, `The live "${joinRemote(folder, found)}"`) }
  } catch (error) {
    if (!(error instanceof DeployError)) throw error
    throw new DeployError(
      'live-unreadable',
      error.message,
      'Mend the file on the site, so that it is known which Web APIs are live.',
      error
    )
  }
}

async function readVersionList(transport: Reading, folder: string, found: string): Promise<VersionListFile> {
  const bytes = await readBytes(transport, joinRemote(folder, found))
  return { name: found, bytes, parsed: parseVersionList(bytes) }
}
