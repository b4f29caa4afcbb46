import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Client, utils, type ConnectConfig, type NegotiatedAlgorithms, type SFTPWrapper } from 'ssh2'
import { shrinkAnswers } from '../../src/transport/shrunk-answers'
import { readyWithVersion, signAtOnce } from '../../src/transport/spared-turns'
import { startRealServer, type RealServerName } from '../support/servers'
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
    })
    afterEach(() => server.stop())

    test('a key is signed with at once', async () => {
      const { lines, names } = await listed(server, signAtOnce)
      expect(names).toEqual(expect.any(Array))
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
      const other = utils.generateKeyPairSync('ed25519').private
      await expect(listed(server, signAtOnce, { privateKey: other })).rejects.toThrow(
        'All configured authentication methods failed'
      )
    })

    test('only what the server sends is compressed', async () => {
      const { agreed, names } = await listed(server, () => undefined, {}, shrinkAnswers)
      expect(names).toEqual(expect.any(Array))
      expect(agreed?.cs.compress).toBe('none')
      // ProFTPD compresses when it is told to, which this one is not.
      expect(agreed?.sc.compress).toBe(openssh.includes(name) ? 'zlib@openssh.com' : 'none')
    })
  })
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
