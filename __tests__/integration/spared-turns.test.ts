import { writeFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { Client, type ConnectConfig, type NegotiatedAlgorithms, type SFTPWrapper } from 'ssh2'
import SftpClient from 'ssh2-sftp-client'
import { logIn } from '../../src/transport/sftp-login'
import { shrinkAnswers } from '../../src/transport/shrunk-answers'
import { readyWithVersion, signAtOnce } from '../../src/transport/spared-turns'
import { clientOf } from '../../src/transport/ssh2-inside'
import { farMs } from '../../src/transport/width'
import { addressOf, loginOf } from '../support/login'
import { startRealServer, type RealServerName } from '../support/servers'
import { newKeys } from '../support/ssh-keys'
import type { TestServer } from '../support/test-server'
import { describeServer } from '../support/when-available'

/** What goes over a connection until a folder is listed, in ssh2's own words. */
interface Course {
  readonly lines: readonly string[]
  readonly agreed: NegotiatedAlgorithms | undefined
  readonly names: readonly string[]
}

const openssh: readonly RealServerName[] = ['openssh', 'openssh-bare']

for (const name of [...openssh, 'proftpd-sftp'] as const) {
  describeServer(name, () => {
    let server: TestServer

    beforeEach(async () => {
      server = await startRealServer(name)
      await writeFile(join(server.root, 'there'), 'content')
    })
    afterEach(() => server.stop())

    test('a key is signed with at once', async () => {
      const { lines, names } = await listed(server, signAtOnce)
      expect(names).toContain('there')
      expect(lines.filter(line => line.includes('USERAUTH_REQUEST'))).toEqual([
        'Outbound: Sending USERAUTH_REQUEST (publickey)'
      ])
    })

    test('the first request goes out together with that for limits', async () => {
      const { lines } = await listed(server, readyWithVersion)
      const asked = 'SFTP: Outbound: Buffered limits@openssh.com'
      const told = 'SFTP: Inbound: Received EXTENDED_REPLY (id:0, limits@openssh.com)'
      const first = 'SFTP: Outbound: Buffered OPENDIR'
      const answered = 'SFTP: Inbound: Received HANDLE (id:1)'
      expect(lines.filter(line => [asked, told, first, answered].includes(line))).toEqual(
        openssh.includes(name) ? [asked, first, told, answered] : [first]
      )
    })

    test('another key is refused as ever, after one try', async () => {
      const other = newKeys().private
      const lines: string[] = []
      const debug = (line: string): void => void lines.push(line)
      await expect(listed(server, signAtOnce, { privateKey: other, debug })).rejects.toThrow(
        'All configured authentication methods failed'
      )
      expect(lines.filter(line => line.includes('USERAUTH_REQUEST'))).toHaveLength(1)
    })

    test('only what the server sends is compressed', async () => {
      const { agreed, names } = await listed(server, () => undefined, {}, shrinkAnswers)
      expect(names).toContain('there')
      expect(agreed?.cs.compress).toBe('none')
      // ProFTPD compresses when it is told to, which this one is not.
      expect(agreed?.sc.compress).toBe(openssh.includes(name) ? 'zlib@openssh.com' : 'none')
    })
  })
}

describeServer('openssh', () => {
  let server: TestServer

  beforeEach(async () => {
    server = await startRealServer('openssh')
  })
  afterEach(() => server.stop())

  test('a login does not wait for limits, which come with the first answer', async () => {
    const client = new SftpClient('limits', { error: () => undefined, end: () => undefined, close: () => undefined })
    try {
      const { handle } = await logIn(client, addressOf(server), loginOf(server), () => undefined, {})
      expect(handle).toHaveProperty('maxOpenHandles', undefined)
      await new Promise(resolve => {
        handle.realpath('.', resolve)
      })
      expect(handle).toHaveProperty('maxOpenHandles', expect.any(Number))
    } finally {
      await client.end()
    }
  })

  test('a server that is far is asked to compress what it sends, and one that is near is not', async () => {
    expect((await agreedAt(server, 4 * farMs))?.sc.compress).toBe('zlib@openssh.com')
    expect((await agreedAt(server, 0))?.sc.compress).toBe('none')
  })
})

/** What a login of the action agrees on, to a server at that distance. */
async function agreedAt(server: TestServer, roundTripMs: number): Promise<NegotiatedAlgorithms | undefined> {
  const client = new SftpClient('distance', { error: () => undefined, end: () => undefined, close: () => undefined })
  let agreed: NegotiatedAlgorithms | undefined
  clientOf(client)?.on('handshake', algorithms => {
    agreed = algorithms
  })
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the socket that it is of
  const { connect } = Socket.prototype
  const distance = jest.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...args) {
    Object.assign(this, { connecting: true })
    setImmediate(() => this.emit('connectionAttempt', '', 0, 4))
    setTimeout(() => {
      this.removeAllListeners('connectionAttempt')
      Reflect.apply(connect, this, args)
    }, roundTripMs)
    return this
  })
  try {
    await logIn(client, addressOf(server), loginOf(server), () => undefined, {})
    return agreed
  } finally {
    distance.mockRestore()
    await client.end()
  }
}

async function listed(
  server: TestServer,
  prepare: (client: Client) => void,
  changes: ConnectConfig = {},
  beforeKeys: (client: Client) => void = () => undefined
): Promise<Course> {
  const client = new Client()
  const lines: string[] = []
  let agreed: NegotiatedAlgorithms | undefined
  client.on('handshake', algorithms => {
    agreed = algorithms
  })
  prepare(client)
  try {
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
      client.on('error', reject).on('ready', () => {
        client.sftp((error, session) => {
          if (error) reject(error)
          else resolve(session)
        })
      })
      client.connect({
        host: server.host,
        port: server.port,
        username: server.username,
        privateKey: server.privateKey ?? '',
        authHandler: ['publickey'],
        algorithms: { compress: ['none'] },
        debug: line => lines.push(line),
        ...changes
      })
      beforeKeys(client)
    })
    const names = await new Promise<string[]>((resolve, reject) => {
      sftp.readdir(server.rootPath, (error, entries) => {
        if (error) reject(error)
        else resolve(entries.map(({ filename }) => filename))
      })
    })
    return { lines, agreed, names }
  } finally {
    client.end()
  }
}
