import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { connect } from '../../src/transport/connect'
import type { LoginCourse } from '../../src/transport/login'
import type { Session } from '../../src/transport/port'
import { startIisFtpServer } from '../support/iis-ftp-server'
import { addressOf, loginOf } from '../support/login'
import { startSftpServer } from '../support/sftp-server'
import type { TestServer } from '../support/test-server'

/** Long enough for a key exchange. */
const whileMs = 500

let server: TestServer

afterEach(() => server.stop())

function open(course: LoginCourse, password = server.password): Promise<Session> {
  return connect(addressOf(server), loginOf(server, { password, timeoutMs: 5000 }), () => undefined, course)
}

/** What reached the server of passwords and keys. */
async function secrets(): Promise<string[]> {
  return (await server.commands()).filter(line => /^(PASS|ASK|LOGIN|REFUSED)/.test(line))
}

describe.each([
  ['SFTP', () => startSftpServer()],
  ['FTP', () => startIisFtpServer()],
  ['FTPS', () => startIisFtpServer({ tls: true })],
  ['FTPS with implicit TLS', () => startIisFtpServer({ implicit: true })]
])('over %s', (_, start) => {
  beforeEach(async () => {
    server = await start()
  })

  test('a login tells of the round trip, and that it is let in', async () => {
    const heard: string[] = []
    const session = await open({
      onRoundTrip: ms => heard.push(ms < 1000 ? 'round trip' : `${ms} ms`),
      onAdmitted: () => heard.push('admitted')
    })
    expect(heard).toEqual(['round trip', 'admitted'])
    await session[Symbol.asyncDispose]()
  })

  test('a login that is wrong is let in by nobody', async () => {
    const heard: string[] = []
    await expect(open({ onAdmitted: () => heard.push('admitted') }, 'wrong')).rejects.toThrow('does not let')
    expect(heard).toEqual([])
  })

  test('no secret is sent before it may be', async () => {
    let allow: () => void = () => undefined
    const session = open({ mayLogIn: new Promise(resolve => (allow = resolve)) }, 'wrong')
    session.catch(() => undefined)
    await sleep(whileMs)
    expect(await secrets()).toEqual([])
    allow()
    await expect(session).rejects.toThrow('does not let')
    expect(await secrets()).not.toEqual([])
  })

  test('a login that waited goes on', async () => {
    const session = await open({ mayLogIn: sleep(100) })
    expect(await session.list(session.root)).toEqual([])
    await session[Symbol.asyncDispose]()
  })

  test('one that is called off ends without a secret', async () => {
    let forbid: (reason: Error) => void = () => undefined
    const session = open({ mayLogIn: new Promise((_, reject) => (forbid = reject)) })
    session.catch(() => undefined)
    await sleep(whileMs)
    forbid(new Error('not now'))
    await expect(session).rejects.toThrow()
    await sleep(100)
    expect(await secrets()).toEqual([])
  })
})

test('over SFTP a key logs in without a question before', async () => {
  server = await startSftpServer()
  const login = { ...loginOf(server, { password: undefined }), privateKey: server.privateKey }
  const session = await connect(addressOf(server), login, () => undefined)
  expect((await server.commands())[0]).toBe('LOGIN publickey')
  await session[Symbol.asyncDispose]()
})

test('over FTP a name or a password beyond ASCII is sent in UTF-8, of which the server is told before', async () => {
  server = await startIisFtpServer({ password: 'pä¢' })
  const session = await open({})
  const commands = (await server.commands()).filter(line => /^(OPTS UTF8|USER|PASS)/.test(line))
  expect(commands.map(line => line.split(' ')[0])).toEqual(['OPTS', 'USER', 'PASS', 'OPTS'])
  await session[Symbol.asyncDispose]()
})
