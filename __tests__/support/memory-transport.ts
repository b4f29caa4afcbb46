import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DeployError } from '../../src/errors'
import type { Content } from '../../src/transport/content'
import type { RemoteEntry, Session, Transport } from '../../src/transport/port'
import { nameOf, parentOf } from '../../src/transport/remote-path'
import { MemoryDisk, type Contents } from './memory-disk'

export type { Contents } from './memory-disk'

/** How an operation goes wrong: how much of it was done on the server, and what its caller hears. */
export interface Fault {
  /** Half of a write or a copy is half of its bytes; half of anything else is nothing. */
  readonly done: 'nothing' | 'half' | 'all'
  readonly error: Error
}

/** A connection to a site in memory, and a transport of which it is the only one. */
export class MemoryTransport implements Transport, Session {
  readonly description = 'sftp://web.example.com:22 (memory)'
  inFlight = 4
  sendsByConnection = false
  roundTripMs = 1
  wouldShrink = false
  /** Every operation, in order: `list /www`. */
  readonly calls: string[] = []
  readonly disk: MemoryDisk
  readonly root: string
  /** Asked before each operation whether it goes wrong; may keep it waiting. */
  meddle: (call: string) => Fault | undefined | Promise<Fault | undefined> = () => undefined

  /** To a disk that others may be connected to as well, or to one of its own. */
  constructor(on: MemoryDisk | Contents = {}, root = '/www') {
    this.disk = on instanceof MemoryDisk ? on : new MemoryDisk(on, root)
    this.root = this.disk.root
  }

  isOpen = true

  list(folder: string): Promise<RemoteEntry[]> {
    return this.#do(`list ${folder}`, () => this.disk.list(folder))
  }

  async read(file: string, open: () => Writable): Promise<void> {
    const bytes = await this.#do(`read ${file}`, () => this.disk.read(file))
    await pipeline(Readable.from(bytes.length > 0 ? [bytes] : []), open())
  }

  async write(file: string, content: Content, onBytes: (bytes: number) => void = () => undefined): Promise<string> {
    const bytes = 'bytes' in content ? content.bytes : readFileSync(content.localPath)
    await this.#do(`write ${file}`, amount => {
      const sent = amount === 'all' ? bytes : halfOf(bytes)
      this.disk.write(file, sent)
      onBytes(sent.length)
    })
    return hash('sha256', bytes, 'base64url')
  }

  makeFolder(folder: string): Promise<boolean> {
    return this.#do(`makeFolder ${folder}`, amount => amount === 'half' || this.disk.makeFolder(folder))
  }

  async makeFolders(folders: readonly string[], onMade: (folder: string) => void = () => undefined): Promise<string[]> {
    const made: string[] = []
    for (const folder of folders) {
      if (!(await this.makeFolder(folder))) continue
      made.push(folder)
      onMade(folder)
    }
    return made
  }

  size(file: string): Promise<number | undefined> {
    return this.#do(`size ${file}`, () => {
      try {
        return this.disk.list(parentOf(file)).find(({ name }) => name === nameOf(file))?.size
      } catch {
        // As servers do not tell why.
        return undefined
      }
    })
  }

  removeFolder(folder: string): Promise<void> {
    return this.#do(`removeFolder ${folder}`, amount => {
      if (amount === 'all') this.disk.removeFolder(folder)
    })
  }

  rename(from: string, to: string): Promise<void> {
    return this.#do(`rename ${from} ${to}`, amount => {
      if (amount === 'all') this.disk.rename(from, to)
    })
  }

  remove(file: string): Promise<void> {
    return this.#do(`remove ${file}`, amount => {
      if (amount === 'all') this.disk.remove(file)
    })
  }

  duplicate(from: string, to: string): Promise<boolean> {
    return this.#do(`duplicate ${from} ${to}`, amount => amount === 'half' || this.disk.duplicate(from, to))
  }

  copy(from: string, to: string): Promise<boolean> {
    return this.#do(`copy ${from} ${to}`, amount => {
      const bytes = this.disk.read(from)
      this.disk.write(to, amount === 'all' ? bytes : halfOf(bytes))
      return true
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.calls.push('close')
    return Promise.resolve()
  }

  async #do<T>(call: string, act: (amount: 'half' | 'all') => T): Promise<T> {
    this.calls.push(call)
    const fault = await this.meddle(call)
    if (fault === undefined) return act('all')
    if (fault.done !== 'nothing') act(fault.done)
    throw fault.error
  }
}

function halfOf(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length / 2)
}

/** Does an operation, as `calls` has it, change something on the site? */
export function isChange(call: string): boolean {
  return !/^(?:list |read |size |connect$|close$)/.test(call)
}

export function broken(): DeployError {
  return new DeployError('connection-lost', 'The connection was lost.', 'Run the job again.')
}

/**
 * Has a process die at one of its operations that change something: from then on none of them reaches the site.
 *
 * @param at which one, from 1 on
 * @param done how much of that one is still done
 * @returns whether it came to that
 */
export function killAt(transport: MemoryTransport, at: number, done: Fault['done']): () => boolean {
  let changes = 0
  let isDead = false
  transport.meddle = call => {
    if (isDead) return { done: 'nothing', error: broken() }
    if (isChange(call)) changes += 1
    isDead = changes === at
    return isDead ? { done, error: broken() } : undefined
  }
  return () => isDead
}
