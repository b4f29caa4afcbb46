import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

/** What is written to a site: a file on the runner, or bytes that the action made. */
export type Content = { readonly localPath: string; readonly size: number } | { readonly bytes: Buffer }

const smallSize = 1024 * 1024

/** Size in bytes. */
export function sizeOf(content: Content): number {
  return 'bytes' in content ? content.bytes.length : content.size
}

/** SHA-256 in base64url, by which the journal knows a content. */
export async function hashOf(content: Content): Promise<string> {
  if ('bytes' in content) return hashOfBytes(content.bytes)
  // A stream for each of thousands of small files would take longer than the hashing.
  return content.size < smallSize ? hashOfBytes(await readFile(content.localPath)) : hashOfFile(content.localPath)
}

/** The same of a file of any size. */
export async function hashOfFile(localPath: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(localPath), hash)
  return hash.digest('base64url')
}

function hashOfBytes(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url')
}
