import { FTPError } from 'basic-ftp'
import { codeOf, DeployError, messageOf } from '../errors'
import { saysInUse } from './in-use'
import { connectionLost, networkError, silence, tooManyConnections } from './network-error'
import { fileInUse, localFileGone } from './sftp-error'

/**
 * What an FTP server said, or what became of the connection, as a DeployError.
 *
 * @param doing what was tried, up to the name of the server: `write "/www/x" to`
 * @param username set during the login, where 530 means these credentials
 */
export function ftpError(
  doing: string,
  peer: string,
  error: unknown,
  timeoutMs: number,
  username?: string
): DeployError {
  if (error instanceof DeployError) return error
  const said = saidBy(error)
  if (!(error instanceof FTPError)) {
    if (said.includes('open data connection')) return noDataConnection(doing, peer, said, error)
    if (said.includes('Timeout (')) return silence(peer, timeoutMs, error)
    if (codeOf(error) === 'ENOENT') return localFileGone(error)
    if (username === undefined && isClear(said)) return connectionLost(peer, `it spoke in clear (${said})`, error)
    return networkError(peer, error) ?? connectionLost(peer, said, error)
  }
  const isLimit = /too many|maximum|limit|no more connections/i.test(said)
  if (isLimit && username !== undefined && (error.code === 421 || error.code === 530)) {
    return tooManyConnections(peer, said, error)
  }
  if (username !== undefined && [430, 530, 332].includes(error.code)) {
    return new DeployError(
      'authentication-failed',
      `${peer} does not let "${username}" in with the given password: ${said}.`,
      'Check username and password. For Azure App Service the user is app\\$app, and FTP basic authentication must be switched on.',
      error
    )
  }
  if (error.code === 421 || (username === undefined && said.startsWith('500 OOPS'))) {
    return connectionLost(peer, said, error)
  }
  if (saysInUse(said)) return fileInUse(doing, peer, said, error)
  if (error.code === 452 || error.code === 552 || /space|quota|disk full/i.test(said)) {
    return new DeployError(
      'disk-full',
      `Could not ${doing} ${peer}: ${said}.`,
      'Make room on the server and run the job again.',
      error
    )
  }
  if (error.code === 425 || error.code === 522) {
    return noDataConnection(doing, peer, said, error)
  }
  if (error.code === 451) {
    return new DeployError(
      'transfer-failed',
      `Could not ${doing} ${peer}: ${said}.`,
      'The server took the file and could not store it: look for a full disk or a quota.',
      error
    )
  }
  if (error.code === 550 || error.code === 553) {
    return new DeployError(
      'permission-denied',
      `Could not ${doing} ${peer}: ${said}.`,
      'Give the account the right to modify this folder and what is in it.',
      error
    )
  }
  return new DeployError(
    'transfer-failed',
    `Could not ${doing} ${peer}: ${said}.`,
    "Look at the server's log for the cause.",
    error
  )
}

/** What a server or the system said, without a full stop: it becomes part of a sentence. */
export function saidBy(error: unknown): string {
  return messageOf(error).replace(/[\s.]+$/, '')
}

/*
 * vsftpd dies of what it does not expect, such as that all passive ports are taken. Its last words are "500 OOPS: …", and it
 * says them in clear, over TLS as well.
 */

/** Did the server leave TLS, once that was agreed on? */
function isClear(said: string): boolean {
  return said.includes('wrong version number') && said.includes('(control socket)')
}

function noDataConnection(doing: string, peer: string, said: string, cause: unknown): DeployError {
  return new DeployError(
    'data-connection-failed',
    `Could not ${doing} ${peer}, because no data connection came about: ${said}.`,
    'Check that the passive port range of the server is open to this runner.',
    cause
  )
}
