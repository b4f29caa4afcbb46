import { createReadStream } from 'node:fs'
import { createHash, type Hash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
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
      const there = createHash('sha256')
      await transport.read(remotePath, there)
      if ((await hashOf(localPath)) !== there.digest('hex')) throw different
    })
    return true
  } catch (error) {
    if (error === different) return false
    throw error
  }
}

async function hashOf(localPath: string): Promise<string> {
  const hash: Hash = createHash('sha256')
  await pipeline(createReadStream(localPath), hash)
  return hash.digest('hex')
}
