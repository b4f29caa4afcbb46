import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Can a file or folder on Windows have this name? */
export function fitsWindows(name: string): boolean {
  return !/[<>:"|?*\\]|[. ]$/.test(name)
}

/** The local path of names below a root, each in whatever case it is on the disk, as NTFS finds it. */
export function pathInAnyCase(root: string, names: readonly string[]): string {
  const wanted = join(root, ...names)
  if (existsSync(wanted)) return wanted
  return names.reduce((folder, name) => join(folder, nameInAnyCase(folder, name)), root)
}

function nameInAnyCase(folder: string, name: string): string {
  if (existsSync(join(folder, name)) || !isFolder(folder)) return name
  const wanted = name.toLowerCase()
  return readdirSync(folder).find(entry => entry.toLowerCase() === wanted) ?? name
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
