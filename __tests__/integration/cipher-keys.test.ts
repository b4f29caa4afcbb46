import { KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { expect, test } from '@jest/globals'
import { Client, Server, type CipherAlgorithm, type Connection } from 'ssh2'
import { keepKeyObjects } from '../../src/transport/cipher-keys'
import { listenOnLoopback, LOOPBACK_HOST } from '../support/loopback'
import { newKeys } from '../support/ssh-keys'

/** What ssh2 makes ciphers of: as many keys as its kind needs, in either direction. */
const kinds: readonly (readonly [CipherAlgorithm, number])[] = [
  ['aes128-gcm@openssh.com', 1],
  ['chacha20-poly1305@openssh.com', 2],
  ['aes256-ctr', 1]
]

function keysOf(coder: object): KeyObject[] {
  return Object.values(coder).filter(value => value instanceof KeyObject)
}

test.each(kinds)(
  'with %s a session has its keys as objects, and goes on after they are changed',
  async (cipher, keys) => {
    const hostKey = newKeys().private
    let connection: Connection | undefined
    const server = new Server({ hostKeys: [hostKey] }, accepted => {
      connection = accepted
      accepted
        .on('error', () => undefined)
        .on('authentication', login => {
          login.accept()
        })
      accepted.on('session', accept => {
        accept().on('exec', acceptExec => {
          const channel = acceptExec()
          channel.pipe(channel)
        })
      })
    })
    const { port } = await listenOnLoopback(server)
    const client = new Client()
    const protocolOf = (): { _cipher: object; _decipher: object } =>
      (client as unknown as { _protocol: { _cipher: object; _decipher: object } })._protocol
    try {
      keepKeyObjects(client)
      client.connect({ host: LOOPBACK_HOST, port, username: 'user', password: '-', algorithms: { cipher: [cipher] } })
      await once(client, 'ready')
      const first = [...keysOf(protocolOf()._cipher), ...keysOf(protocolOf()._decipher)]
      // Nothing else keeps keys in a cipher of its own; of a MAC there is one more.
      expect(first.length).toBeGreaterThanOrEqual(2 * keys)
      const echoed = async (text: string): Promise<string> =>
        new Promise((resolve, reject) => {
          client.exec('echo', (error, channel) => {
            if (error) {
              reject(error)
              return
            }
            channel.once('data', (data: Buffer) => {
              resolve(data.toString())
            })
            channel.end(text)
          })
        })
      expect(await echoed('before')).toBe('before')
      const changed = once(client, 'handshake')
      ;(connection as Connection & { rekey(): void }).rekey()
      await changed
      expect(await echoed('after')).toBe('after')
      const second = [...keysOf(protocolOf()._cipher), ...keysOf(protocolOf()._decipher)]
      expect(second).toHaveLength(first.length)
      expect(second.some(key => first.includes(key))).toBe(false)
    } finally {
      client.end()
      server.close()
    }
  }
)
