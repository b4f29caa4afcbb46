import { DeployError } from '../errors'
import { forEachInFlight } from '../transport/in-flight'
import { isBroken } from '../transport/network-error'
import type { Reading } from '../transport/port'
import { joinRemote, nameOf, parentOf } from '../transport/remote-path'

/** What was below a folder of a site when it was listed. Paths are relative to that folder. */
export class Tree {
  /** Was the folder itself there? */
  readonly isThere: boolean
  readonly #files = new Map<string, number>()
  readonly #folders = new Set<string>()
  readonly #unreadable = new Set<string>()
  /** Lower-cased path -> path, where they differ: IIS knows a name in any case. */
  readonly #folded = new Map<string, string>()

  constructor(isThere = true) {
    this.isThere = isThere
  }

  addFile(path: string, size: number): void {
    this.#files.set(path, size)
    const folded = path.toLowerCase()
    if (folded !== path) this.#folded.set(folded, path)
  }

  addFolder(path: string): void {
    this.#folders.add(path)
  }

  /** What can neither be read nor entered, such as a link to nothing. */
  addUnreadable(path: string): void {
    this.#unreadable.add(path)
  }

  /** The path as the site has it: the same, or else one that differs only in case. Undefined where there is none. */
  find(path: string): string | undefined {
    if (this.#files.has(path)) return path
    const folded = path.toLowerCase()
    return this.#files.has(folded) ? folded : this.#folded.get(folded)
  }

  /** Size in bytes of a file, found in any case. */
  sizeOf(path: string): number | undefined {
    const found = this.find(path)
    return found === undefined ? undefined : this.#files.get(found)
  }

  hasFolder(path: string): boolean {
    return this.#folders.has(path)
  }

  get files(): Iterable<string> {
    return this.#files.keys()
  }

  get isEmpty(): boolean {
    return this.#files.size === 0
  }

  get unreadable(): Iterable<string> {
    return this.#unreadable
  }

  /** Folders directly below the top. */
  get topFolders(): string[] {
    return [...this.#folders].filter(folder => !folder.includes('/'))
  }
}

/**
 * Lists all that is below a folder, which must be there.
 *
 * @param folder absolute
 * @param enter says of a relative folder whether to list it too; links to folders are never entered
 */
export async function readTree(
  transport: Reading,
  folder: string,
  enter: (path: string) => boolean = () => true
): Promise<Tree> {
  const tree = new Tree()
  for (let level = ['']; level.length > 0;) {
    const next: string[] = []
    await forEachInFlight(level, transport.inFlight, async path => {
      for (const { name, kind, size, isLink } of await transport.list(joinRemote(folder, path))) {
        const entry = joinRemote(path, name)
        if (kind === 'file') tree.addFile(entry, size)
        if (kind === 'other') tree.addUnreadable(entry)
        if (kind === 'folder') {
          tree.addFolder(entry)
          if (!isLink && enter(entry)) next.push(entry)
        }
      }
    })
    level = next
  }
  return tree
}

/**
 * Is this folder on the site? Seen from the listings of the folders above it, one by one: what a server answers to a
 * folder that is missing differs, and none of the answers proves that it is. One that listings hide, as IIS
 * does with virtual folders, is there all the same when it shows what is in it.
 *
 * @param path relative to the root
 * @throws DeployError `target-not-usable` for a file of that name, or a folder in another case; `live-unreadable` for a
 * folder that the listing hides
 */
export async function isFolderThere(transport: Reading, path: string): Promise<boolean> {
  if (path === '') return true
  const above = parentOf(path)
  if (!(await isFolderThere(transport, above))) return false
  const entries = await transport.list(joinRemote(transport.root, above))
  const name = nameOf(path)
  const entry =
    entries.find(candidate => candidate.name === name) ??
    entries.find(candidate => candidate.name.toLowerCase() === name.toLowerCase())
  if (entry === undefined) {
    const folder = joinRemote(transport.root, path)
    if (await hasEntries(transport, folder)) throw hiddenFolder(folder, transport)
    return false
  }
  if (entry.kind === 'folder' && entry.name === name) return true
  throw new DeployError(
    'target-not-usable',
    `The target "${path}" meets ${entry.kind === 'folder' ? 'the folder' : 'the file'} "${joinRemote(above, entry.name)}" on ${transport.description}.`,
    entry.kind === 'folder'
      ? 'Write the target in the same upper and lower case as the folder on the site.'
      : 'Choose another target, or remove that file from the site.'
  )
}

async function hasEntries(transport: Reading, folder: string): Promise<boolean> {
  try {
    return (await transport.list(folder)).length > 0
  } catch (error) {
    if (isBroken(error)) throw error
    return false
  }
}

/** A folder that is there although no listing shows it: what the site holds is not known then. */
export function hiddenFolder(folder: string, transport: Reading): DeployError {
  return new DeployError(
    'live-unreadable',
    `"${folder}" is on ${transport.description}, but the server does not show it in the listing of the folder above. So it is not to be known what is live, and nothing was changed.`,
    'Let the server list it: on IIS switch on "Virtual directories" under FTP Directory Browsing; look for rules that hide files. Or name a root in site from which listings are complete.'
  )
}
