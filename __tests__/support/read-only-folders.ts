import { posix } from 'node:path'

/** Is a path below a folder, both absolute? A folder is not below itself. */
export function isBelow(folder: string, path: string): boolean {
  const from = posix.relative(folder, path)
  return from !== '' && from !== '..' && !from.startsWith('../')
}
