import { DeployError } from '../../src/errors'
import type { RemoteEntry } from '../../src/transport/port'
import { nameOf, parentOf } from '../../src/transport/remote-path'

/** Files by their path below the root; `null` is an empty folder, a string that starts with `->` a link to a folder. */
export type Contents = Readonly<Record<string, string | Buffer | null>>

/** What a server holds, exact in upper and lower case as a POSIX server is. Paths are absolute. */
export class MemoryDisk {
  /** Does a rename replace a file that has the name already? IIS refuses it. */
  renameReplaces = true
  /** Can the server copy a file? */
  copies = false
  /** Says of a folder that is there that it has just made it. */
  isLenient = false
  readonly root: string
  readonly #folders = new Map<string, Map<string, RemoteEntry>>()
  readonly #files = new Map<string, Buffer>()

  constructor(contents: Contents = {}, root = '/www') {
    this.root = root
    this.#folder(root)
    for (const [name, content] of Object.entries(contents)) {
      const path = `${root}/${name}`
      if (content === null) this.#folder(path)
      else if (typeof content === 'string' && content.startsWith('->')) this.#entry(path, 'folder', 0, true)
      else this.#file(path, Buffer.from(content))
    }
  }

  list(folder: string): RemoteEntry[] {
    return [...this.#entriesOf(folder).values()]
  }

  read(file: string): Buffer {
    const bytes = this.#files.get(file)
    if (!bytes) throw refusal(`No such file: ${file}`)
    return bytes
  }

  write(file: string, bytes: Buffer): void {
    this.#entriesOf(parentOf(file))
    if (this.#folders.has(file)) throw refusal(`It is a folder: ${file}`)
    this.#file(file, bytes)
  }

  makeFolder(folder: string): boolean {
    this.#entriesOf(parentOf(folder))
    if (this.#files.has(folder)) throw refusal(`It is a file: ${folder}`)
    if (this.#folders.has(folder)) return this.isLenient
    this.#folder(folder)
    return true
  }

  removeFolder(folder: string): void {
    if (this.#entriesOf(folder).size > 0) throw refusal(`The folder is not empty: ${folder}`)
    this.#folders.delete(folder)
    this.#entriesOf(parentOf(folder)).delete(nameOf(folder))
  }

  rename(from: string, to: string): void {
    const bytes = this.read(from)
    if (this.#files.has(to) && !this.renameReplaces) throw refusal(`There is a file of that name already: ${to}`)
    this.write(to, bytes)
    if (from !== to) this.remove(from)
  }

  remove(file: string): void {
    this.#files.delete(file)
    this.#folders.get(parentOf(file))?.delete(nameOf(file))
  }

  duplicate(from: string, to: string): boolean {
    if (!this.copies) return false
    this.write(to, Buffer.from(this.read(from)))
    return true
  }

  /** All files below a folder, as text by their path below the root. */
  contents(below = ''): Record<string, string> {
    const start = below === '' ? `${this.root}/` : `${this.root}/${below}/`
    const files = [...this.#files].filter(([path]) => path.startsWith(start)).sort(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(
      files.map(([path, bytes]) => [path.slice(this.root.length + 1), bytes.toString('latin1')])
    )
  }

  /** Another disk with the same on it. */
  copy(): MemoryDisk {
    const disk = new MemoryDisk({}, this.root)
    disk.renameReplaces = this.renameReplaces
    disk.copies = this.copies
    disk.isLenient = this.isLenient
    for (const [folder, entries] of this.#folders) disk.#folders.set(folder, new Map(entries))
    for (const [file, bytes] of this.#files) disk.#files.set(file, bytes)
    return disk
  }

  #entriesOf(folder: string): Map<string, RemoteEntry> {
    const entries = this.#folders.get(folder)
    if (!entries) throw refusal(`No such folder: ${folder}`)
    return entries
  }

  #file(path: string, bytes: Buffer): void {
    this.#files.set(path, bytes)
    this.#entry(path, 'file', bytes.length, false)
  }

  #folder(path: string): Map<string, RemoteEntry> {
    const known = this.#folders.get(path)
    if (known) return known
    const entries = new Map<string, RemoteEntry>()
    this.#folders.set(path, entries)
    if (path !== this.root) this.#entry(path, 'folder', 0, false)
    return entries
  }

  #entry(path: string, kind: RemoteEntry['kind'], size: number, isLink: boolean): void {
    const name = nameOf(path)
    this.#folder(parentOf(path)).set(name, { name, kind, size, isLink })
  }
}

function refusal(said: string): DeployError {
  return new DeployError('permission-denied', said, 'A server in memory has no advice.')
}
