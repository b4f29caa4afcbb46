import type { Budget } from './budget'
import type { Compressibility } from './compressibility'
import { hashOfBytes, readAtOnce, type Content } from './content'
import type { OpenFiles } from './open-files'
import type { Callback, Pending } from './pending'
import type { Handle } from './sftp-login'

/** What the files of a connection share. */
export interface SftpConnection {
  readonly handle: Handle
  readonly pending: Pending
  readonly open: OpenFiles
  /** Bytes that the server has not confirmed yet. */
  readonly bytes: Budget
  readonly compressibility: Compressibility
}

/** A file that fits into one request. */
export interface SmallFile {
  readonly path: string
  readonly content: Content
  /** In bytes, as measured before. */
  readonly size: number
}

/**
 * Writes a small file: OPEN, WRITE, CLOSE, each when the one before is answered. Nearly all files of a release are small,
 * and hundreds are under way, so it goes by callbacks: with promises each request would take as much memory as the whole
 * file does now, and all of it lives for as long as a far server takes to answer.
 *
 * @param chunk for the bytes; ssh2 copies what it is given to send at once, so one is enough for all files
 * @returns SHA-256 of what was sent, in base64url
 */
export function writeSmallFile(
  { handle: sftp, pending, open, bytes, compressibility }: SftpConnection,
  { path, content, size }: SmallFile,
  chunk: Buffer,
  onBytes: (bytes: number) => void
): Promise<string> {
  return new Promise((resolve, reject) => {
    let handle: Buffer
    let sha256: string
    let length = 0
    let asked = 0
    /** What this file has of what all share. */
    let isCounted = false
    let taken = 0
    let isOver = false
    const place = pending.enter(end)

    /** Also called by the connection when it breaks. */
    function end(error: Error | undefined): void {
      isOver = true
      pending.leave(place, end)
      if (taken > 0) bytes.give(taken)
      if (isCounted) open.give()
      if (error) reject(error)
      else resolve(sha256)
    }

    function begin(): void {
      if (open.takeNow()) askToOpen()
      else void open.take().then(askToOpen)
    }

    function askToOpen(): void {
      if (isOver) {
        open.give()
        return
      }
      isCounted = true
      asked = performance.now()
      sftp.open(path, 'w', opened)
    }

    const opened = (error: Error | undefined, value: Buffer): void => {
      if (isOver) return
      pending.answered(asked, error)
      if (error) {
        isCounted = false
        if (open.failed(error)) begin()
        else end(error)
        return
      }
      handle = value
      if (bytes.takeNow(size)) write()
      else void bytes.take(size).then(write)
    }

    function write(): void {
      if (isOver) {
        bytes.give(size)
        return
      }
      taken = size
      let read: Buffer
      try {
        read = readAtOnce(content, chunk)
      } catch (error) {
        fail(error as Error)
        return
      }
      length = read.length
      sha256 = hashOfBytes(read)
      compressibility.note(read)
      asked = performance.now()
      // ssh2 answers itself where there is nothing to write.
      if (length > 0) sftp.write(handle, read, 0, length, 0, written)
      else askToClose()
    }

    const written: Callback<unknown> = error => {
      if (isOver) return
      pending.answered(asked, error)
      if (error) fail(error)
      else askToClose()
    }

    function askToClose(): void {
      bytes.give(taken)
      taken = 0
      onBytes(length)
      asked = performance.now()
      sftp.close(handle, closed)
    }

    const closed: Callback<unknown> = error => {
      if (isOver) return
      pending.answered(asked, error)
      end(error ?? undefined)
    }

    /** Closes what was opened; nothing depends on the answer. */
    function fail(error: Error): void {
      isCounted = false
      const close = pending.ask<unknown>(done => {
        sftp.close(handle, done)
      })
      void close
        .catch(() => undefined)
        .then(() => {
          open.give()
        })
      end(error)
    }

    begin()
  })
}
