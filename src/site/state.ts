import { pipeline } from 'node:stream/promises'
import type { Build } from '../build/build'
import { localFolder } from '../build/publisher'
import { forEachInFlight } from '../transport/in-flight'
import { isBroken } from '../transport/network-error'
import type { Reading, Transport } from '../transport/port'
import { foldersOf, joinRemote, nameOf, parentOf } from '../transport/remote-path'
import { readLive, type LiveRelease } from './live'
import { readBytes } from './read-bytes'
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
 * @param isOurs tells the folder with the action's own records, relative to the roots
 * @param known what is known already, and not read again
 */
export async function readState(
  site: Transport,
  webApiSite: Transport,
  build: Build,
  targets: { readonly cloudApp: string; readonly webApi: string | undefined },
  isOurs: (path: string) => boolean,
  known: Partial<SiteState> = {}
): Promise<SiteState> {
  const { appRun, versionList } = build.cloudApp
  const pointers = [appRun, versionList].flatMap(pointer =>
    pointer ? [joinRemote(targets.cloudApp, pointer.name)] : []
  )
  const listing = listedOnce(site, pointers)
  const webApiListing = webApiSite === site ? listing : listedOnce(webApiSite)
  if (!known.live) listAhead(listing, targets.cloudApp, build.cloudApp.files)
  if (targets.webApi !== undefined && !known.webApi) listAhead(webApiListing, targets.webApi, build.webApi?.files ?? [])
  const [live, webApi] = await Promise.all([
    known.live ?? readLive(listing, targets.cloudApp, build.cloudApp.version, isOurs),
    known.webApi ?? (targets.webApi === undefined ? undefined : readFolder(webApiListing, targets.webApi, isOurs))
  ])
  if (known.publisher) return { live, webApi, publisher: known.publisher }
  const pointer = build.cloudApp.appRun ?? live.appRun
  const named = [pointer?.launcher, pointer?.runtime].flatMap(path => localFolder(path) ?? [])
  const folders = new Set([...named, ...build.publisher.map(folder => folder.path)])
  return { live, webApi, publisher: await readPublisher(listing, folders) }
}

/**
 * The folders near the root are asked for again and again, and each listing takes several round trips.
 *
 * @param likely files, relative to the root, that will be read if they are there: asked for at once
 */
function listedOnce(transport: Transport, likely: readonly string[] = []): Reading {
  const listings = new Map<string, ReturnType<Transport['list']>>()
  const ahead = new Map(likely.map(path => [joinRemote(transport.root, path), readAhead(transport, path)]))
  return {
    root: transport.root,
    description: transport.description,
    inFlight: transport.inFlight,
    read: async (file, open) => {
      const bytes = await ahead.get(file)
      if (bytes === undefined) await transport.read(file, open)
      else await pipeline([bytes], open())
    },
    list: folder => {
      const listing = listings.get(folder) ?? transport.list(folder)
      listings.set(folder, listing)
      // That a folder is missing stays so. Where the line broke, who really needs it asks himself.
      listing.catch((error: unknown) => {
        if (isBroken(error)) listings.delete(folder)
      })
      return listing
    }
  }
}

/** Undefined for a file that cannot be read; who really needs it hears why when he asks himself. */
async function readAhead(transport: Transport, path: string): Promise<Buffer | undefined> {
  try {
    return await readBytes(transport, joinRemote(transport.root, path))
  } catch {
    return undefined
  }
}

/**
 * Lists the folders of the build at once, and those above them first, which tell whether the target is there: level by
 * level, each level takes several round trips.
 */
function listAhead(listing: Reading, target: string, files: readonly { readonly path: string }[]): void {
  for (const folder of ['', ...foldersOf(files.map(({ path }) => joinRemote(target, path)))]) {
    listing.list(joinRemote(listing.root, folder)).catch(() => undefined)
  }
}

async function readFolder(transport: Reading, target: string, isOurs: (path: string) => boolean): Promise<Tree> {
  if (!(await isFolderThere(transport, target))) return new Tree(false)
  return readTree(transport, joinRemote(transport.root, target), path => !isOurs(joinRemote(target, path)))
}

async function readPublisher(transport: Reading, folders: Iterable<string>): Promise<Tree> {
  const all = new Tree()
  await forEachInFlight(folders, transport.inFlight, async folder => {
    const there = await findFolder(transport, folder)
    if (there === undefined) return
    all.addFolder(folder)
    const tree = await readTree(transport, joinRemote(transport.root, there))
    for (const path of tree.files) all.addFile(joinRemote(folder, path), tree.sizeOf(path) ?? 0)
  })
  return all
}

/** A folder in whatever case the site has it: these are not ours to name, and IIS takes any. */
async function findFolder(transport: Reading, path: string): Promise<string | undefined> {
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
