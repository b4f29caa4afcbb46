import { codeOf, DeployError, messageOf } from '../errors'
import { saysInUse } from './in-use'
import { networkError } from './network-error'

/** Status codes of SFTP 3 (draft-ietf-secsh-filexfer-02 §7) that the action tells apart. */
export const status = { endOfFile: 1, noSuchFile: 2, permissionDenied: 3, failure: 4 } as const

/**
 * What an SFTP server said, as a DeployError.
 *
 * @param doing what was tried, up to the name of the server: `write "/www/x" to`
 */
export function sftpError(doing: string, peer: string, error: unknown): DeployError {
  if (error instanceof DeployError) return error
  const code = codeOf(error)
  const said = messageOf(error)
  if (code === status.permissionDenied) {
    return new DeployError(
      'permission-denied',
      `The account may not ${doing} ${peer}: ${said}.`,
      'Give the account the right to modify this folder and what is in it.',
      error
    )
  }
  if (saysInUse(said)) return fileInUse(doing, peer, said, error)
  if (/no space|disk full|quota/i.test(said)) {
    return new DeployError(
      'disk-full',
      `Could not ${doing} ${peer}: ${said}.`,
      'Make room on the server and run the job again.',
      error
    )
  }
  if (typeof code === 'string' && code.startsWith('E') && hasPath(error)) return localFileGone(error)
  return (
    networkError(peer, error) ??
    new DeployError(
      'transfer-failed',
      `Could not ${doing} ${peer}: ${said}${typeof code === 'number' ? ` (status ${code})` : ''}.`,
      'Look at the server\'s log for the cause. "Failure" is all that SFTP says of a full disk, a quota, or a file that is in use.',
      error
    )
  )
}

/** A file that a running program holds open, as Windows does with DLLs. */
export function fileInUse(doing: string, peer: string, said: string, cause: unknown): DeployError {
  return new DeployError(
    'file-in-use',
    `Could not ${doing} ${peer}: ${said}.`,
    'A running program holds the file. Check that web-api-target is the idle side, and that app_offline.htm can stop it (web-api-offline).',
    cause
  )
}

/** The runner's own file vanished or cannot be read: nothing that the server did. */
export function localFileGone(error: unknown): DeployError {
  return new DeployError(
    'build-changed',
    `A file of the build cannot be read any more: ${messageOf(error)}.`,
    'Let nothing write to the build while the action runs.',
    error
  )
}

function hasPath(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'path' in error && 'syscall' in error
}
