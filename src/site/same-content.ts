import { createHash, type Hash } from 'node:crypto'
import { hashOfFile } from '../transport/content'
import { forEachInFlight } from '../transport/in-flight'
import type { Reading } from '../transport/port'

/** A file of the build and where it would be on the site (absolute). */
export interface ContentPair {
  readonly localPath: string
  readonly remotePath: string
}

/** Do all files on the site have the content that the build has? Reads both, and stops at the first difference. */
export async function isSameContent(transport: Reading, pairs: readonly ContentPair[]): Promise<boolean> {
  const different = new Error('different')
  try {
    await forEachInFlight(pairs, transport.inFlight, async ({ localPath, remotePath }) => {
      if ((await hashOnSite(transport, remotePath)) !== hashOfFile(localPath)) throw different
    })
    return true
  } catch (error) {
    if (error === different) return false
    throw error
  }
}

/** SHA-256 of a file on the site, in base64url. */
export async function hashOnSite(transport: Reading, file: string): Promise<string> {
  let hash: Hash | undefined
  await transport.read(file, () => (hash = createHash('sha256')))
  return hash?.digest('base64url') ?? ''
}
