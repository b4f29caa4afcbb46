import type { Build } from '../build/build'
import { localFolder } from '../build/publisher'
import type { Transport } from '../transport/port'
import { joinRemote, nameOf, parentOf } from '../transport/remote-path'
import { readLive, type LiveRelease } from './live'
import { isFolderThere, readTree, Tree } from './tree'

/** What is on the sites, as far as a plan needs it. */
export interface SiteState {
  readonly live: LiveRelease
  /** The target folder of the Web APIs; undefined where the build has none. */
  readonly webApi: Tree | undefined
  /** The launchers and runtimes that the release needs, as far as they are there; paths are below the site's root. */
  readonly publisher: Tree
}

/**
 * Reads what is on the sites now.
 *
 * @param targets folders relative to the roots
 */
export async function readState(
  site: Transport,
  webApiSite: Transport,
  build: Build,
  targets: { readonly cloudApp: string; readonly webApi: string | undefined }
): Promise<SiteState> {
  const live = await readLive(site, targets.cloudApp, build.cloudApp.version)
  const pointer = build.cloudApp.appRun ?? live.appRun
  const named = [pointer?.launcher, pointer?.runtime].flatMap(path => localFolder(path) ?? [])
  const folders = new Set([...named, ...build.publisher.map(folder => folder.path)])
  return {
    live,
    webApi: targets.webApi === undefined ? undefined : await readFolder(webApiSite, targets.webApi),
    publisher: await readPublisher(site, folders)
  }
}

async function readFolder(transport: Transport, target: string): Promise<Tree> {
  if (!(await isFolderThere(transport, target))) return new Tree()
  return readTree(transport, joinRemote(transport.root, target))
}

async function readPublisher(transport: Transport, folders: Iterable<string>): Promise<Tree> {
  const all = new Tree()
  for (const folder of folders) {
    const there = await findFolder(transport, folder)
    if (there === undefined) continue
    all.addFolder(folder)
    const tree = await readTree(transport, joinRemote(transport.root, there))
    for (const path of tree.files) all.addFile(joinRemote(folder, path), tree.sizeOf(path) ?? 0)
  }
  return all
}

/** A folder in whatever case the site has it: these are not ours to name, and IIS takes any. */
async function findFolder(transport: Transport, path: string): Promise<string | undefined> {
  if (path === '') return ''
  const above = await findFolder(transport, parentOf(path))
  if (above === undefined) return undefined
  const folders = (await transport.list(joinRemote(transport.root, above))).filter(entry => entry.kind === 'folder')
  const wanted = nameOf(path)
  const found =
    folders.find(entry => entry.name === wanted) ??
    folders.find(entry => entry.name.toLowerCase() === wanted.toLowerCase())
  return found && joinRemote(above, found.name)
}
