import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileSet } from './sets'

/** What clients keep on the server for themselves. */
const RECORDS = /^(App_Data\/|\.ftp-deploy-sync-state\.json$)/
const NAMED = 3

/** What is wrong with the files on a server after a set was sent there; undefined when nothing is. */
export async function faultOf(root: string, set: FileSet): Promise<string | undefined> {
  const wanted = await sizesBelow(set.folder)
  const there = await sizesBelow(root)
  const stale: string[] = []
  for (const path of set.changed) {
    if (there.get(path) === wanted.get(path) && (await hashOf(root, path)) !== (await hashOf(set.folder, path))) {
      stale.push(path)
    }
  }
  const faults = [
    named(
      'missing',
      [...wanted.keys()].filter(path => !there.has(path))
    ),
    named(
      'of the wrong size',
      [...wanted].flatMap(([path, size]) => (size === (there.get(path) ?? size) ? [] : [path]))
    ),
    named('stale', stale),
    named(
      'too many',
      [...there.keys()].filter(path => !wanted.has(path))
    )
  ]
  return faults.some(Boolean) ? `files on the server: ${faults.filter(Boolean).join('; ')}` : undefined
}

async function sizesBelow(folder: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const name = path.slice(folder.length + 1)
    if (!RECORDS.test(name)) sizes.set(name, (await stat(path)).size)
  }
  return sizes
}

async function hashOf(folder: string, path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(folder, path)))
    .digest('hex')
}

function named(what: string, paths: readonly string[]): string {
  const more = paths.length > NAMED ? ', …' : ''
  return paths.length === 0 ? '' : `${paths.length} ${what} (${paths.slice(0, NAMED).join(', ')}${more})`
}
