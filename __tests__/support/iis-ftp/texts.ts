/** What Windows says of an error; IIS puts it after 550. */
export const DENIED = 'Access is denied'
export const IN_USE = 'The process cannot access the file because it is being used by another process'
export const EXISTS = 'Cannot create a file when that file already exists'
export const NOT_FOUND = 'The system cannot find the file specified'
export const NO_FOLDER = 'The system cannot find the path specified'
export const NOT_A_FOLDER = 'The directory name is invalid'
export const BAD_NAME = 'The filename, directory name, or volume label syntax is incorrect'
export const NO_SPACE = 'There is not enough space on the disk'
const NOT_EMPTY = 'The directory is not empty'

export const FEATURES = [
  'LANG EN*',
  'UTF8',
  'AUTH TLS;TLS-C;SSL;TLS-P;',
  'PBSZ',
  'PROT C;P;',
  'CCC',
  'SIZE',
  'MDTM',
  'REST STREAM'
]

const ERRORS: Readonly<Record<string, string>> = {
  EACCES: DENIED,
  EEXIST: EXISTS,
  EISDIR: DENIED,
  ENOENT: NOT_FOUND,
  ENOSPC: NO_SPACE,
  ENOTDIR: NOT_A_FOLDER,
  ENOTEMPTY: NOT_EMPTY,
  EPERM: DENIED
}

/** A command that the file system of Windows refuses. */
export class WindowsError extends Error {}

/** The words of Windows for an error of this machine's file system. */
export function windowsText(error: unknown): string {
  if (error instanceof WindowsError) return error.message
  const { code = '', message } = error as NodeJS.ErrnoException
  return ERRORS[code] ?? message
}
