import { basename } from 'node:path'
import type { PathRule } from './exclude'
import type { LocalFile } from './local-file'
import { scanFolder } from './scan'

/** A launcher or a runtime of the package: a folder that is published as one, or not at all. */
export interface PublisherFolder {
  /** Below the site's root, for example `CloudAppPublisher/runtime/25.1.0.6430`. */
  readonly path: string
  /** Paths below the site's root. */
  readonly files: readonly LocalFile[]
  /**
   * The file that tells a client what the folder holds. It is published after all others, so a folder that has it is
   * whole. Undefined where there is none.
   */
  readonly marker: string | undefined
}

const markers = ['launchersetup.json', 'manifest.json']

/**
 * The launchers and runtimes of a package's publisher folder. They are shared by all apps of a web server, and a mix of
 * two launchers would break them all (docs/powerserver.md §2), so each is one unit.
 */
export async function readPublisher(folder: string, excluded: PathRule): Promise<PublisherFolder[]> {
  const files = await scanFolder(folder, excluded)
  const units = new Map<string, LocalFile[]>()
  for (const file of files) {
    const path = `${basename(folder)}/${file.path}`
    const unit = unitOf(path)
    if (unit === undefined) continue
    const members = units.get(unit) ?? []
    members.push({ path, size: file.size, localPath: file.localPath })
    units.set(unit, members)
  }
  return [...units].map(([path, members]) => ({
    path,
    files: members,
    marker: members.find(file => markers.includes(file.path.slice(path.length + 1).toLowerCase()))?.path
  }))
}

/** `CloudAppPublisher/<launcher>` or `CloudAppPublisher/runtime/<version>`; undefined for a loose file. */
function unitOf(path: string): string | undefined {
  const segments = path.split('/')
  const depth = segments[1]?.toLowerCase() === 'runtime' ? 3 : 2
  return segments.length > depth ? segments.slice(0, depth).join('/') : undefined
}

/** A launcher or runtime below the site's root; undefined for one with a URL of its own (docs/powerserver.md §1). */
export function localFolder(path: string | undefined): string | undefined {
  return path === undefined || path === '' || URL.canParse(path) ? undefined : path.replace(/^\/+|\/+$/g, '')
}
