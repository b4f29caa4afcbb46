import { FTPError } from 'basic-ftp'
import { describe, expect, test } from '@jest/globals'
import { DeployError, reasonCodes } from '../../../src/errors'
import { ftpError } from '../../../src/transport/ftp-error'
import { connectionLost, isBroken, isPassing, silence, tooManyConnections } from '../../../src/transport/network-error'

const peer = 'ftps://web.example.com:21'

function ftp(code: number, message: string): FTPError {
  return new FTPError({ code, message: `${code} ${message}` })
}

function inUse(code: number, message: string): DeployError {
  return ftpError('write "/www/x" to', peer, ftp(code, message), 30_000)
}

function logIn(code: number, message: string): DeployError {
  return ftpError('log in to', peer, ftp(code, message), 30_000, 'deployer')
}

describe('a failure that may pass', () => {
  test.each([
    ['a connection that was lost', connectionLost(peer, 'reset')],
    ['silence', silence(peer, 30_000)],
    ['a server that is full', tooManyConnections(peer, '421 Too many', undefined)],
    ['a file that FTP cannot take now', inUse(450, 'Try later.')],
    ['an error of the moment', inUse(451, 'Local error in processing.')],
    ['no data connection', inUse(425, 'Cannot open data connection.')],
    ['a transfer that was cut off', inUse(426, 'Connection closed; transfer aborted.')]
  ])('is %s', (_, error) => {
    expect(isPassing(error)).toBe(true)
  })

  test.each([
    ['a refusal', inUse(550, 'Access is denied.')],
    ['a full disk', inUse(452, 'Insufficient storage.')],
    ['a full disk with another code', inUse(451, 'No space left on device.')],
    ['a command that is not known', inUse(500, 'What?')],
    ['a file in use', inUse(450, 'The file is being used by another process.')],
    [
      'a failure over SFTP',
      new DeployError('transfer-failed', 'm', 'a', Object.assign(new Error('Failure'), { code: 4 }))
    ],
    [
      'a failure with a code of Node',
      new DeployError('transfer-failed', 'm', 'a', Object.assign(new Error('x'), { code: '450' }))
    ],
    ['a refusal with a passing code', new DeployError('permission-denied', 'm', 'a', ftp(450, 'x'))],
    ['a fault of our own', new TypeError('ours')],
    ['no error', undefined]
  ])('is not %s', (_, error) => {
    expect(isPassing(error)).toBe(false)
  })

  test('is broken only when nothing more can be asked', () => {
    const broken = reasonCodes.filter(code => isBroken(new DeployError(code, 'm', 'a')))
    expect(broken).toEqual(['unreachable', 'too-many-connections', 'connection-lost', 'timeout'])
    expect(isBroken(new Error('connection-lost'))).toBe(false)
  })

  test.each(reasonCodes)('with the reason code %s and no cause is one of five, or none', code => {
    const passing = ['unreachable', 'too-many-connections', 'data-connection-failed', 'connection-lost', 'timeout']
    const expected = passing.includes(code)
    expect(isPassing(new DeployError(code, 'm', 'a'))).toBe(expected)
  })
})

describe('a limit of connections', () => {
  test.each([
    [421, 'Too many connections (2) from this IP'],
    [421, 'There are too many connected users, please try later.'],
    [421, 'Maximum number of clients reached'],
    [421, 'Connection limit exceeded'],
    [421, 'Sorry, no more connections'],
    [530, 'Sorry, the maximum number of clients (2) for this user are already connected.'],
    [530, 'Too many connections for this user.']
  ])('is what %d %s means during the login', (code, message) => {
    const error = logIn(code, message)
    expect(error.reasonCode).toBe('too-many-connections')
    expect(error.message).toContain(message)
    expect(error.cause).toBeInstanceOf(FTPError)
  })

  test.each([
    [530, 'User cannot log in.', 'authentication-failed'],
    [530, 'Login incorrect.', 'authentication-failed'],
    [430, 'Invalid username or password', 'authentication-failed'],
    [421, 'Service not available, closing control connection.', 'connection-lost'],
    [421, 'Timeout.', 'connection-lost']
  ])('is not what %d %s means', (code, message, reasonCode) => {
    expect(logIn(code, message).reasonCode).toBe(reasonCode)
  })

  test('is not what 530 means after the login', () => {
    expect(inUse(530, 'Too many.').reasonCode).toBe('transfer-failed')
  })
})
