import { afterEach, describe, expect, test } from '@jest/globals'
import { connect } from '../../src/transport/connect'
import type { Session } from '../../src/transport/port'
import { addressOf, loginOf } from '../support/login'
import { startSerialFtpServer, type SerialFtpServer } from '../support/serial-ftp-server'

let server: SerialFtpServer
let session: Session

async function open(greeting: string, refused: readonly string[] = []): Promise<void> {
  server = await startSerialFtpServer(greeting, refused)
  session = await connect(addressOf(server), loginOf(server, { timeoutMs: 5000 }), () => undefined)
}

afterEach(async () => {
  await session[Symbol.asyncDispose]()
  await server.stop()
})

function send(...names: string[]): Promise<PromiseSettledResult<string>[]> {
  return Promise.allSettled(names.map(name => session.write(`/${name}`, { bytes: Buffer.from(`content of ${name}`) })))
}

function isPassive(line: string): boolean {
  return line === 'EPSV'
}

describe('what needs no answer before the next', () => {
  const settings = ['TYPE I', 'OPTS UTF8 ON', 'CWD /', 'OPTS MLST type;size;']

  test.each(['(vsFTPd 3.0.3)', 'ProFTPD Server (Debian)', '---------- Welcome to Pure-FTPd [privsep] ----------'])(
    'is asked at once where the server takes it: %s',
    async greeting => {
      await open(greeting)
      expect((await server.commands()).slice(-settings.length)).toEqual(settings)
      expect(server.early).toEqual(settings.slice(1))
      await session.rename('/a', '/b')
      expect(server.early.slice(3)).toEqual(['RNTO /b'])
      await session.removeFolder('/c/d')
      expect(server.early.slice(4)).toEqual(['RMD /c/d'])
    }
  )

  test.each(['Microsoft FTP Service', 'Welcome!'])(
    'is asked one after the other where it may not: %s',
    async greeting => {
      await open(greeting)
      await session.rename('/a', '/b')
      await session.removeFolder('/c/d')
      expect(server.early).toEqual([])
      expect((await server.commands()).slice(-8)).toEqual([...settings, 'RNFR /a', 'RNTO /b', 'CWD /c', 'RMD /c/d'])
    }
  )

  test.each(['(vsFTPd 3.0.3)', 'Microsoft FTP Service'])('tells what was refused first: %s', async greeting => {
    await open(greeting, ['/a'])
    const [refused, done] = await Promise.allSettled([session.rename('/a', '/b'), session.rename('/c', '/d')])
    expect(refused.status === 'rejected' && String(refused.reason)).toContain('550 RNFR command failed.')
    expect(done.status).toBe('fulfilled')
  })

  test('ends with the connection when the server gives it up, whatever it says to what was on its way', async () => {
    await open('(vsFTPd 3.0.3)')
    const [first, second] = await Promise.allSettled([session.rename('/bye', '/b'), session.rename('/c', '/d')])
    expect(first.status === 'rejected' && String(first.reason)).toContain('421 Timeout.')
    expect(second.status === 'rejected' && String(second.reason)).toContain('lost')
    expect(session.isOpen).toBe(false)
  })
})

test('a server that reads a command when it is done is asked for the next data connection behind a file', async () => {
  await open('(vsFTPd 3.0.3)')
  await send('a', 'b', 'c')
  expect(server.early.filter(isPassive)).toEqual(['EPSV', 'EPSV'])
  expect([...server.files]).toEqual(['a', 'b', 'c'].map(name => [`/${name}`, `content of ${name}`]))
  const transfers = (await server.commands()).filter(line => /^(EPSV|STOR)/.test(line))
  // What is asked behind the last one is for nothing.
  expect(transfers).toEqual(['EPSV', 'STOR /a', 'EPSV', 'STOR /b', 'EPSV', 'STOR /c', 'EPSV'])
})

test('another one is asked when it has confirmed the file', async () => {
  await open('Microsoft FTP Service')
  await send('a', 'b', 'c')
  expect(server.early).toEqual([])
  expect(server.files.size).toBe(3)
})

test('a refused file does not take the answer that belongs to the next', async () => {
  await open('(vsFTPd 3.0.3)', ['/b'])
  const [, refused, sent] = await send('a', 'b', 'c', 'd')
  expect(refused?.status === 'rejected' && String(refused.reason)).toContain('553 Could not create file')
  expect(sent?.status).toBe('fulfilled')
  expect([...server.files.keys()]).toEqual(['/a', '/c', '/d'])
  expect(server.files.get('/d')).toBe('content of d')
})

test('a connection that has waited asks anew', async () => {
  await open('(vsFTPd 3.0.3)')
  await send('a', 'b')
  await new Promise(resolve => setTimeout(resolve, 1100))
  await send('c')
  expect((await server.commands()).filter(line => line === 'EPSV').length).toBe(5)
  expect(server.files.get('/c')).toBe('content of c')
})
