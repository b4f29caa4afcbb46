import { DeployError } from '../errors'
import { forEachInFlight } from '../transport/in-flight'
import type { Reading } from '../transport/port'
import { joinRemote, nameOf, parentOf } from '../transport/remote-path'

/** What was below a folder of a site when it was listed. Paths are relative to that folder. */
export class Tree {
  readonly #files = new Map<string, number>()
  readonly #folders = new Set<string>()
  /** Lower-cased path -> path: IIS knows a name in any case. */
  readonly #folded = new Map<string, string>()

  addFile(path: string, size: number): void {
    this.#files.set(path, size)
    this.#folded.set(path.toLowerCase(), path)
  }

  addFolder(path: string): void {
    this.#folders.add(path)
  }

  /** The path as the site has it: the same, or else one that differs only in case. Undefined where there is none. */
  find(path: string): string | undefined {
    return this.#files.has(path) ? path : this.#folded.get(path.toLowerCase())
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
 * folder that is missing differs, and none of the answers proves that it is (design §7).
 *
 * @param path relative to the root
 * @throws DeployError `target-not-usable` for a file of that name, or a folder in another case
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
  if (entry === undefined) return false
  if (entry.kind === 'folder' && entry.name === name) return true
  throw new DeployError(
    'target-not-usable',
    `The target "${path}" meets ${entry.kind === 'folder' ? 'the folder' : 'the file'} "${joinRemote(above, entry.name)}" on ${transport.description}.`,
    entry.kind === 'folder'
      ? 'Write the target in the same upper and lower case as the folder on the site.'
      : 'Choose another target, or remove that file from the site.'
  )
}
