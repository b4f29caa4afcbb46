import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { FileEntryWithStats, Stats } from 'ssh2'
import { codeOf } from '../errors'
import { Budget } from './budget'
import { Compressibility } from './compressibility'
import { sizeOf, Source, type Content } from './content'
import { chunkSize, fetchInto } from './fetching'
import { isBroken } from './network-error'
import { OpenFiles } from './open-files'
import type { Callback, Pending } from './pending'
import { status } from './sftp-error'
import type { Handle } from './sftp-login'
import { writeSmallFile, type SftpConnection } from './small-file'
import { farMs } from './width'

/** ssh2 copies what it is given to send at once, so one is enough for all. */
const chunk = Buffer.allocUnsafe(chunkSize)

/**
 * Bytes on one connection that the server has not confirmed yet. An OpenSSH server lets 2 MiB be under way, which takes a
 * distance to be of use: on a near server they only wait in memory, and take the processor's caches from what is at work.
 */
const nearBytesInFlight = 512 * 1024
const farBytesInFlight = 2 * 1024 * 1024

/** Requests for a part of one folder that are on their way side by side. */
const listsAhead = 8

interface CopyData {
  ext_copy_data(from: Buffer, offset: number, length: number, to: Buffer, toOffset: number, done: Callback<void>): void
}

/**
 * Files and folders of one SFTP connection, with as many requests under way at once as there is something to ask for: a
 * round trip takes longer than what is asked for.
 */
export class SftpFiles {
  readonly #connection: SftpConnection
  readonly #handle: Handle
  readonly #pending: Pending
  readonly #bytes = new Budget(nearBytesInFlight)
  readonly #compressibility = new Compressibility()
  readonly #open: OpenFiles
  #isFar = false

  constructor(handle: Handle, pending: Pending) {
    this.#handle = handle
    this.#pending = pending
    this.#open = new OpenFiles(handle)
    this.#connection = {
      handle,
      pending,
      open: this.#open,
      bytes: this.#bytes,
      compressibility: this.#compressibility
    }
  }

  /** How many files the server lets be open, as far as it says. */
  get mostOpen(): number {
    return this.#open.most
  }

  /** Has what was sent so far shown that compressing would pay? */
  get wouldShrink(): boolean {
    return this.#compressibility.isWorthwhile
  }

  /**
   * Writes a file. It is closed when all is confirmed: a CLOSE that is sent after unanswered WRITEs is refused by
   * ProFTPD.
   *
   * @returns SHA-256 of what was sent, in base64url
   */
  write(path: string, content: Content, onBytes: (bytes: number) => void): Promise<string> {
    if (!this.#isFar && this.#pending.shortestMs >= farMs) {
      this.#isFar = true
      this.#bytes.give(farBytesInFlight - nearBytesInFlight)
    }
    // One that fills the chunk may have grown since it was measured.
    const size = sizeOf(content)
    if (size < chunkSize) return writeSmallFile(this.#connection, { path, content, size }, chunk, onBytes)
    return this.#writeLarge(path, content, onBytes)
  }

  /** Reads a file into a sink, and ends it. */
  async read(file: string, sink: Writable): Promise<void> {
    const isEnded = finished(sink, { readable: false })
    isEnded.catch(() => undefined)
    try {
      // The size tells how much to ask for at once; what is really there is told by the end of the file.
      const size = this.#sizeOf(file)
      await this.#withFile(file, 'r', async handle => {
        await fetchInto(this.#connection, handle, await size, sink)
      })
      sink.end()
      await isEnded
    } catch (error) {
      sink.destroy()
      throw sink.errored ?? error
    }
  }

  /** By copy-data of OpenSSH 9.0. False where the server has no such thing, or fails at it. */
  async copy(from: string, to: string): Promise<boolean> {
    // Both at once: copies that wait for their second file while they hold their first could wait for one another.
    await this.#open.take(2)
    try {
      await this.#withRaw(from, 'r', source =>
        this.#withRaw(to, 'w', target =>
          this.#pending.ask<unknown>(done => {
            // ssh2 knows it, and its types do not.
            ;(this.#handle as Handle & CopyData).ext_copy_data(source, 0, 0, target, 0, done)
          })
        )
      )
      return true
    } catch (error) {
      if (isBroken(error)) throw error
      return false
    } finally {
      this.#open.give(2)
    }
  }

  /** What is in a folder, `.` and `..` perhaps among it. */
  async list(folder: string): Promise<FileEntryWithStats[]> {
    const handle = await this.#opening(done => {
      this.#handle.opendir(folder, done)
    })
    try {
      const entries: FileEntryWithStats[] = []
      // Servers send a hundred entries at a time: enough for the usual folder, and one that says that it was all.
      for (let ahead = 4; ; ahead = Math.min(ahead * 2, listsAhead)) {
        const batches = await Promise.all(Array.from({ length: ahead }, () => this.#nextEntries(handle)))
        entries.push(...batches.flatMap(batch => batch ?? []))
        if (batches.includes(undefined)) return entries
      }
    } finally {
      this.#close(handle)
    }
  }

  /** Within what is taken of the files that may be open. */
  async #withRaw(file: string, flags: 'r' | 'w', act: (handle: Buffer) => Promise<unknown>): Promise<void> {
    const handle = await this.#pending.ask<Buffer>(done => {
      this.#handle.open(file, flags, done)
    })
    try {
      await act(handle)
    } finally {
      await this.#pending.ask<unknown>(done => {
        this.#handle.close(handle, done)
      })
    }
  }

  async #withFile(file: string, flags: 'r' | 'w', act: (handle: Buffer) => Promise<unknown>): Promise<void> {
    const handle = await this.#opening(done => {
      this.#handle.open(file, flags, done)
    })
    try {
      await act(handle)
    } catch (error) {
      this.#close(handle)
      throw error
    }
    if (flags === 'r') this.#close(handle)
    else await this.#closed(handle)
  }

  async #writeLarge(path: string, content: Content, onBytes: (bytes: number) => void): Promise<string> {
    using source = new Source(content)
    await this.#withFile(path, 'w', handle => this.#send(handle, source, onBytes))
    return source.sha256()
  }

  async #send(handle: Buffer, source: Source, onBytes: (bytes: number) => void): Promise<void> {
    const writes: Promise<void>[] = []
    const failures: unknown[] = []
    for (let position = 0; failures.length === 0;) {
      await this.#bytes.take(chunkSize)
      const bytes = this.#nextOf(source)
      if (bytes.length === 0) break
      writes.push(
        this.#write(handle, bytes, position).then(
          () => {
            onBytes(bytes.length)
          },
          (error: unknown) => {
            failures.push(error)
          }
        )
      )
      position += bytes.length
    }
    await Promise.all(writes)
    if (failures.length > 0) throw failures[0]
  }

  #nextOf(source: Source): Buffer {
    try {
      const bytes = source.next(chunk)
      this.#compressibility.note(bytes)
      this.#bytes.give(chunkSize - bytes.length)
      return bytes
    } catch (error) {
      this.#bytes.give(chunkSize)
      throw error
    }
  }

  async #write(handle: Buffer, bytes: Buffer, position: number): Promise<void> {
    try {
      await this.#pending.ask<unknown>(done => {
        this.#handle.write(handle, bytes, 0, bytes.length, position, done)
      })
    } finally {
      this.#bytes.give(bytes.length)
    }
  }

  /** Undefined at the end of the folder. */
  async #nextEntries(handle: Buffer): Promise<FileEntryWithStats[] | undefined> {
    try {
      return await this.#pending.ask<FileEntryWithStats[]>(done => {
        this.#handle.readdir(handle, done)
      })
    } catch (error) {
      if (codeOf(error) === status.endOfFile) return undefined
      throw error
    }
  }

  async #sizeOf(file: string): Promise<number> {
    const size = this.#pending.ask<Stats>(done => {
      this.#handle.stat(file, done)
    })
    // What is wrong with the file is told by opening it.
    return size.then(
      stats => stats.size,
      () => 0
    )
  }

  /** Waits while too many files are open, and again where the server fails because of them. */
  async #opening(request: (done: Callback<Buffer>) => void): Promise<Buffer> {
    for (;;) {
      if (!this.#open.takeNow()) await this.#open.take()
      try {
        return await this.#pending.ask<Buffer>(request)
      } catch (error) {
        if (!this.#open.failed(error)) throw error
      }
    }
  }

  async #closed(handle: Buffer): Promise<void> {
    try {
      await this.#pending.ask<unknown>(done => {
        this.#handle.close(handle, done)
      })
    } finally {
      this.#open.give()
    }
  }

  /** Nothing depends on its answer. */
  #close(handle: Buffer): void {
    this.#closed(handle).catch(() => undefined)
  }
}
