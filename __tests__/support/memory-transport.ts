import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RemoteEntry, Transport } from '../../src/transport/port'
import { nameOf, parentOf } from '../../src/transport/remote-path'

/** Files by their path below the root; `null` is an empty folder, a string that starts with `->` a link to a folder. */
export type Contents = Readonly<Record<string, string | Buffer | null>>

/** A site in memory that can be read, exact in upper and lower case as a POSIX server is. */
export class MemoryTransport implements Transport {
  readonly description = 'sftp://web.example.com:22 (memory)'
  readonly inFlight = 4
  /** Every operation, in order: `list /www`. */
  readonly calls: string[] = []
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

  list(folder: string): Promise<RemoteEntry[]> {
    this.calls.push(`list ${folder}`)
    const entries = this.#folders.get(folder)
    return entries ? Promise.resolve([...entries.values()]) : Promise.reject(new Error(`No such folder: ${folder}`))
  }

  async read(file: string, sink: Writable): Promise<void> {
    this.calls.push(`read ${file}`)
    const bytes = this.#files.get(file)
    if (!bytes) throw new Error(`No such file: ${file}`)
    await pipeline(Readable.from(bytes.length > 0 ? [bytes] : []), sink)
  }

  write(file: string): Promise<void> {
    this.calls.push(`write ${file}`)
    return Promise.resolve()
  }

  makeFolder(folder: string): Promise<boolean> {
    this.calls.push(`makeFolder ${folder}`)
    return Promise.resolve(true)
  }

  removeFolder(folder: string): Promise<void> {
    this.calls.push(`removeFolder ${folder}`)
    return Promise.resolve()
  }

  rename(from: string, to: string): Promise<void> {
    this.calls.push(`rename ${from} ${to}`)
    return Promise.resolve()
  }

  remove(file: string): Promise<void> {
    this.calls.push(`remove ${file}`)
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.calls.push('close')
    return Promise.resolve()
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
