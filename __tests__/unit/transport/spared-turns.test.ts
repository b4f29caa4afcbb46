import { EventEmitter } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import type { Client } from 'ssh2'
import { shrinkAnswers } from '../../../src/transport/shrunk-answers'
import { readyWithVersion, signAtOnce } from '../../../src/transport/spared-turns'
import { insideOf } from '../../../src/transport/ssh2-inside'

/** As ssh2's, with this inside. */
function clientWith(inside: object): Client {
  return Object.assign(new EventEmitter(), inside) as unknown as Client
}

test('in place of the question whether a key is taken, its answer comes', async () => {
  const done: string[] = []
  const protocol = {
    authPK: (username: string, _key: unknown, algorithm?: string, sign?: unknown) => {
      done.push(`${username} ${String(algorithm)} ${sign === undefined ? 'asks' : 'signs'}`)
    },
    _handlers: {
      USERAUTH_PK_OK: (self: { authPK(...args: unknown[]): void }) => {
        expect(self).toBe(protocol)
        self.authPK('deploy', {}, 'rsa-sha2-512', () => undefined)
      }
    }
  }
  const client = clientWith({ _protocol: protocol })
  signAtOnce(client)
  client.emit('handshake')
  protocol.authPK('deploy', {}, 'rsa-sha2-512')
  // ssh2 is still at work on this attempt.
  expect(done).toEqual([])
  await nextTurn()
  expect(done).toEqual(['deploy rsa-sha2-512 signs'])
})

/** As ssh2's: ready with the second piece of what the server sends. */
class Sftp extends EventEmitter {
  readonly outgoing = { id: 7 }
  _version = -1
  #pieces = 0

  push(): void {
    this.#pieces += 1
    if (this.#pieces === 2) this._version = 3
  }
}

test('SFTP is ready once the version is there, and left alone from then on', () => {
  const sftp = new Sftp()
  let ready = 0
  sftp.on('ready', () => (ready += 1))
  const client = clientWith({
    _protocol: { subsystem: (id: number) => id },
    _chanMgr: { _channels: { 0: true, 1: sftp } }
  })
  readyWithVersion(client)
  client.emit('handshake')
  insideOf(client)._protocol?.subsystem?.(7, 'sftp', true)
  sftp.push()
  expect(ready).toBe(0)
  sftp.push()
  expect(ready).toBe(1)
  expect(Object.hasOwn(sftp, 'push')).toBe(false)
})

test.each<readonly [string, Record<string, object>]>([
  ['nothing inside', {}],
  ['no handlers', { _protocol: { authPK: () => undefined } }],
  ['no channels', { _protocol: { subsystem: () => undefined } }],
  ['no channel for SFTP', { _protocol: { subsystem: () => undefined }, _chanMgr: { _channels: { 0: true, 1: null } } }]
])('an ssh2 with %s goes on as it does', (_, inside) => {
  const client = clientWith(inside)
  const before = { ...inside._protocol }
  for (const change of [signAtOnce, readyWithVersion, shrinkAnswers]) change(client)
  client.emit('handshake')
  insideOf(client)._protocol?.subsystem?.(7, 'sftp', true)
  expect(Object.keys({ ...inside._protocol })).toEqual(Object.keys(before))
})
