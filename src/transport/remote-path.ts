/**
 * Paths on a site: POSIX, whatever the server or the runner is. A Windows path is written as SFTP servers on Windows
 * take it, `/C:/inetpub/wwwroot`.
 */

/**
 * The root of a site in the one spelling that is used from here on. `/C:/x`, `C:/x` and `C:\x` are the same.
 * Undefined for a path that climbs (`..`) or holds control characters.
 */
export function normaliseRoot(text: string): string | undefined {
  const segments = segmentsOf(text)
  return segments && `/${segments.join('/')}`
}

/**
 * A target below a site's root: relative, with `/`; empty for the root itself (`.`). Undefined for one that is
 * absolute, climbs or holds control characters.
 */
export function normaliseTarget(text: string): string | undefined {
  if (/^[\\/]/.test(text) || /^[a-z]:/i.test(text)) return undefined
  return segmentsOf(text)?.join('/')
}

/** Joins a root or folder and paths below it; empty ones are left out. */
export function joinRemote(folder: string, ...paths: readonly string[]): string {
  let joined = folder
  for (const path of paths) {
    if (path !== '') joined += joined === '' || joined.endsWith('/') ? path : `/${path}`
  }
  return joined
}

/** The folder that a path lies in: `/` for what is at the top, `` for a relative path without one. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash === 0 ? '/' : path.slice(0, Math.max(slash, 0))
}

/** The last segment of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** All folders that must be there for these relative files, parents first. */
export function foldersOf(paths: Iterable<string>): string[] {
  const folders = new Set<string>()
  for (const path of paths) {
    const missing: string[] = []
    for (
      let folder = parentOf(path);
      folder !== '' && folder !== '/' && !folders.has(folder);
      folder = parentOf(folder)
    ) {
      missing.push(folder)
    }
    for (const folder of missing.reverse()) folders.add(folder)
  }
  return [...folders]
}

function segmentsOf(text: string): string[] | undefined {
  // Line breaks in a path would be commands of their own to an FTP server.
  // eslint-disable-next-line no-control-regex -- see above
  if (/[\u0000-\u001f\u007f]/.test(text)) return undefined
  const segments = text.split(/[\\/]+/).filter(segment => segment !== '' && segment !== '.')
  return segments.includes('..') ? undefined : segments
}
