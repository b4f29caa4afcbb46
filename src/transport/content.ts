import { createHash, hash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'

/** What is written to a site: a file on the runner, or bytes that the action made. */
export type Content = { readonly localPath: string; readonly size: number } | { readonly bytes: Buffer }

/** Size in bytes. */
export function sizeOf(content: Content): number {
  return 'bytes' in content ? content.bytes.length : content.size
}

/** SHA-256 in base64url, by which the journal knows a content. */
export function hashOf(content: Content): string {
  using source = new Source(content)
  while (source.next(scratch).length > 0);
  return source.sha256()
}

/** The same of bytes. */
export function hashOfBytes(bytes: Buffer): string {
  return hash('sha256', bytes, 'base64url')
}

/**
 * Reads a content as far as it fits into a buffer; see Source, which takes longer to do so.
 *
 * @throws what opening or reading the file failed with
 */
export function readAtOnce(content: Content, buffer: Buffer): Buffer {
  if ('bytes' in content) return content.bytes
  const file = openSync(content.localPath, 'r')
  try {
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, null))
  } finally {
    closeSync(file)
  }
}

/** The same of a file whose size is not known. */
export function hashOfFile(localPath: string): string {
  return hashOf({ localPath, size: Infinity })
}

/**
 * Reads a content from its beginning to its end, once, and hashes what it reads.
 *
 * The files of a build are read synchronously: they are small, and lie on the runner's own disk. A round through Node's
 * thread pool for each of thousands takes ten times as long as the reading.
 */
export class Source {
  readonly #content: Content
  readonly #hash = createHash('sha256')
  #file: number | undefined
  #position = 0

  constructor(content: Content) {
    this.#content = content
  }

  /**
   * Reads on into a buffer, from its beginning.
   *
   * @returns the part of the buffer that is filled; an empty one at the end
   * @throws what opening or reading the file failed with
   */
  next(buffer: Buffer): Buffer {
    const bytes = buffer.subarray(0, this.#read(buffer))
    this.#position += bytes.length
    this.#hash.update(bytes)
    return bytes
  }

  /** SHA-256 of all that was read, in base64url. Can be asked once. */
  sha256(): string {
    return this.#hash.digest('base64url')
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file)
  }

  #read(buffer: Buffer): number {
    if ('bytes' in this.#content) return this.#content.bytes.copy(buffer, 0, this.#position)
    this.#file ??= openSync(this.#content.localPath, 'r')
    return readSync(this.#file, buffer, 0, buffer.length, null)
  }
}

/** For bytes that nobody needs afterwards. */
const scratch = Buffer.allocUnsafe(256 * 1024)
