import { FTPError } from 'basic-ftp'
import { describe, expect, test } from '@jest/globals'
import { DeployError } from '../../../src/errors'
import { ftpError } from '../../../src/transport/ftp-error'
import { networkError } from '../../../src/transport/network-error'
import { sftpError } from '../../../src/transport/sftp-error'

const peer = 'sftp://web.example.com:22'
const doing = 'write "/www/x" to'

function coded(code: string | number, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { code }, more)
}

describe('below the protocol', () => {
  test.each([
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND web.example.com', 'unreachable'],
    ['ECONNREFUSED', 'connect ECONNREFUSED 203.0.113.7:22', 'unreachable'],
    ['ETIMEDOUT', 'connect ETIMEDOUT', 'unreachable'],
    ['ECONNRESET', 'read ECONNRESET', 'connection-lost'],
    ['EPIPE', 'write EPIPE', 'connection-lost'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', 'certificate-untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'Hostname does not match', 'certificate-untrusted'],
    ['CERT_HAS_EXPIRED', 'certificate has expired', 'certificate-untrusted'],
    ['EPROTO', 'write EPROTO 80:error:0A00010B:SSL routines:ssl3_get_record:wrong version number', 'tls-failed']
  ])('%s (%s) is %s', (code, message, reasonCode) => {
    const error = networkError(peer, coded(code, message))
    expect(error).toMatchObject({ reasonCode })
    expect(error?.message).toContain(peer)
    expect(error?.message).toContain(message)
  })

  test('a name with several addresses that all refuse is unreachable, and each is named', () => {
    const refused = ['::1', '127.0.0.1'].map(host => coded('ECONNREFUSED', `connect ECONNREFUSED ${host}`))
    const error = networkError(peer, new AggregateError(refused))
    expect(error?.reasonCode).toBe('unreachable')
    expect(error?.message).toContain('connect ECONNREFUSED ::1; connect ECONNREFUSED 127.0.0.1')
  })

  test('anything else is left to the protocol', () => {
    expect(networkError(peer, new Error('what?'))).toBeUndefined()
    expect(networkError(peer, 'text')).toBeUndefined()
  })
})

describe('over SFTP', () => {
  test.each([
    [coded(3, 'Permission denied'), 'permission-denied'],
    [coded(4, 'The process cannot access the file because it is being used by another process'), 'file-in-use'],
    [coded(4, 'No space left on device'), 'disk-full'],
    [coded(4, 'Disk quota exceeded'), 'disk-full'],
    [coded(4, 'Failure'), 'transfer-failed'],
    [coded(2, 'No such file'), 'transfer-failed'],
    [coded('ENOENT', 'no such file', { path: '/runner/x', syscall: 'open' }), 'build-changed'],
    [coded('ECONNRESET', 'read ECONNRESET'), 'connection-lost'],
    [new Error('something'), 'transfer-failed']
  ])('%s is %s', (cause, reasonCode) => {
    const error = sftpError(doing, peer, cause)
    expect(error.reasonCode).toBe(reasonCode)
    expect(error.cause).toBe(cause)
  })

  test('the status is told where nothing better is known', () => {
    expect(sftpError(doing, peer, coded(4, 'Failure')).message).toBe(
      `Could not write "/www/x" to ${peer}: Failure (status 4).`
    )
  })
})

describe('over FTP', () => {
  const ftp = (code: number, message: string): FTPError => new FTPError({ code, message: `${code} ${message}` })
  // What vsftpd dies of it says in clear, over TLS as well.
  const lastWords = new Error('SSL routines:ssl3_get_record:wrong version number (control socket)')

  test.each([
    [ftp(421, 'Service not available'), 'connection-lost'],
    [ftp(425, 'Cannot open data connection'), 'data-connection-failed'],
    [ftp(522, 'Data connections must be encrypted.'), 'data-connection-failed'],
    [
      new Error('None of the available transfer strategies work: cannot open data connection'),
      'data-connection-failed'
    ],
    [ftp(450, 'The file is being used by another process.'), 'file-in-use'],
    [ftp(451, 'Local error'), 'transfer-failed'],
    [ftp(452, 'Insufficient storage'), 'disk-full'],
    [ftp(552, 'Exceeded storage allocation'), 'disk-full'],
    [ftp(550, 'There is not enough space on the disk.'), 'disk-full'],
    [ftp(550, 'Access is denied.'), 'permission-denied'],
    [ftp(553, 'Could not create file.'), 'permission-denied'],
    [ftp(530, 'Please log in'), 'transfer-failed'],
    [ftp(500, 'What?'), 'transfer-failed'],
    [new Error('Timeout (control socket)'), 'timeout'],
    [coded('ENOENT', 'no such file'), 'build-changed'],
    [coded('ECONNREFUSED', 'connect ECONNREFUSED'), 'unreachable'],
    [new Error('Server sent FIN packet unexpectedly'), 'connection-lost'],
    [ftp(500, 'OOPS: vsf_sysutil_bind'), 'connection-lost'],
    [ftp(550, '/www/OOPS.pbd: Permission denied'), 'permission-denied'],
    [lastWords, 'connection-lost'],
    [new Error('wrong version number'), 'tls-failed']
  ])('%s is %s', (cause, reasonCode) => {
    const error = ftpError(doing, peer, cause, 30_000)
    expect(error.reasonCode).toBe(reasonCode)
    expect(error.cause).toBe(cause)
  })

  test.each([
    [lastWords, 'tls-failed'],
    [ftp(500, 'OOPS: refusing to run with writable root inside chroot()'), 'transfer-failed']
  ])('%s is no line that broke during the login, but %s', (cause, reasonCode) => {
    expect(ftpError('log in to', peer, cause, 30_000, 'deploy').reasonCode).toBe(reasonCode)
  })

  test('what the server said ends in one full stop', () => {
    const error = ftpError(doing, peer, ftp(550, 'The system cannot find the file specified. '), 30_000)
    expect(error.message).toBe(`Could not ${doing} ${peer}: 550 The system cannot find the file specified.`)
  })

  test.each([430, 530, 332])('%d during the login means the credentials, and the password is not told', code => {
    const error = ftpError('log in to', peer, ftp(code, 'User cannot log in.'), 30_000, 'app\\$app')
    expect(error.reasonCode).toBe('authentication-failed')
    expect(error.message).toContain('"app\\$app"')
  })
})

test('what is a DeployError already stays the same', () => {
  const error = new DeployError('timeout', 'message', 'advice')
  expect(sftpError(doing, peer, error)).toBe(error)
  expect(ftpError(doing, peer, error, 1000)).toBe(error)
})
