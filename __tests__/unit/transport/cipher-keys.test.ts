import { EventEmitter } from 'node:events'
import { createCipheriv, createHmac, KeyObject } from 'node:crypto'
import { expect, test } from '@jest/globals'
import type { Client } from 'ssh2'
import { keepKeyObjects } from '../../../src/transport/cipher-keys'

const key = Buffer.alloc(16, 7)
const iv = Buffer.alloc(12)

/** As ssh2's, with this inside. */
function clientWith(protocol: unknown): Client {
  return Object.assign(new EventEmitter(), { _protocol: protocol }) as unknown as Client
}

test('keys are objects after each exchange of keys, and do what the bytes did', () => {
  const protocol = { _cipher: { _encKey: key, _encIV: iv, _macKey: key }, _decipher: { _decipherKey: key } }
  const client = clientWith(protocol)
  keepKeyObjects(client)
  expect(protocol._cipher._encKey).toBe(key)
  for (let exchange = 0; exchange < 2; exchange += 1) {
    protocol._cipher = { _encKey: key, _encIV: iv, _macKey: key }
    client.emit('handshake')
    expect(protocol._cipher._encKey).toBeInstanceOf(KeyObject)
    expect(protocol._decipher._decipherKey).toBeInstanceOf(KeyObject)
    expect(protocol._cipher._encIV).toBe(iv)
  }
  const encrypted = (by: Buffer): Buffer => createCipheriv('aes-128-gcm', by, iv).update('text')
  expect(encrypted(protocol._cipher._encKey)).toEqual(encrypted(key))
  const mac = (by: Buffer): string => createHmac('sha256', by).update('text').digest('hex')
  expect(mac(protocol._cipher._macKey)).toBe(mac(key))
})

test.each([
  ['without a protocol', undefined],
  ['without ciphers', {}],
  ['with ciphers that have no keys', { _cipher: { _instance: {} }, _decipher: {} }]
])('an ssh2 %s is left as it is', (_, protocol) => {
  const client = clientWith(protocol)
  const before = structuredClone(protocol)
  keepKeyObjects(client)
  client.emit('handshake')
  expect(protocol).toEqual(before)
})
