import { readdirSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The folder that a server serves. */
export interface ServedFolder {
  readonly root: string
  /** Removes it, unless it was there before the server. */
  remove(): Promise<void>
}

/** Takes the given folder, or makes one that goes when its server does. */
export async function serveFolder(given?: string): Promise<ServedFolder> {
  if (given !== undefined) {
    await mkdir(given, { recursive: true })
    return { root: await realpath(given), remove: () => Promise.resolve() }
  }
  const root = await realpath(await mkdtemp(join(tmpdir(), 'hot-deploy-')))
  return { root, remove: () => rm(root, { recursive: true, force: true, maxRetries: 3 }) }
}

/** Bytes of all files below a folder: what a quota counts. Always counted anew, as tests write there too. */
export function bytesBelow(folder: string): number {
  const names = readdirSync(folder, { withFileTypes: true })
  return names.reduce((sum, entry) => {
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? bytesBelow(path) : (statSync(path, { throwIfNoEntry: false })?.size ?? 0))
  }, 0)
}
