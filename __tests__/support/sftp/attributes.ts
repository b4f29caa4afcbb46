import { chmodSync, fchmodSync, ftruncateSync, futimesSync, truncateSync, utimesSync, type Stats } from 'node:fs'
import type { Attributes } from 'ssh2'

/** What the ssh2 server makes of the attributes in a request: those that were not sent are undefined. */
export type SentAttributes = Partial<Attributes>

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export function attributesOf(stats: Stats): Attributes {
  const { mode, uid, gid, size } = stats
  return { mode, uid, gid, size, atime: Math.floor(stats.atimeMs / 1000), mtime: Math.floor(stats.mtimeMs / 1000) }
}

/** A line of `ls -l`: clients read the type and the rights of a file from it. */
export function longname(name: string, stats: Stats): string {
  const type = stats.isDirectory() ? 'd' : stats.isSymbolicLink() ? 'l' : '-'
  const rights = [6, 3, 0].map(shift => rightsOf((stats.mode >> shift) & 7)).join('')
  const { mtime } = stats
  const day = `${MONTHS[mtime.getMonth()] ?? ''} ${String(mtime.getDate()).padStart(2)}`
  const time = `${String(mtime.getHours()).padStart(2, '0')}:${String(mtime.getMinutes()).padStart(2, '0')}`
  return `${type}${rights}    1 deploy   deploy   ${String(stats.size).padStart(8)} ${day} ${time} ${name}`
}

function rightsOf(bits: number): string {
  return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${bits & 1 ? 'x' : '-'}`
}

/** Sets what was sent, for a path or an open file; the owner stays who it is. */
export function setAttributes(target: string | number, sent: SentAttributes): void {
  const { size, mode, atime, mtime } = sent
  if (typeof target === 'number') {
    if (size !== undefined) ftruncateSync(target, size)
    if (mode !== undefined) fchmodSync(target, mode & 0o7777)
    if (atime !== undefined && mtime !== undefined) futimesSync(target, atime, mtime)
  } else {
    if (size !== undefined) truncateSync(target, size)
    if (mode !== undefined) chmodSync(target, mode & 0o7777)
    if (atime !== undefined && mtime !== undefined) utimesSync(target, atime, mtime)
  }
}
