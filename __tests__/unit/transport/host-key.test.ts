import { describe, expect, test } from '@jest/globals'
import { fingerprintOf, keyType, parseHostKey } from '../../../src/transport/host-key'

// Made with ssh-keygen, which also printed the fingerprints.
const ed25519 = {
  type: 'ssh-ed25519',
  key: 'AAAAC3NzaC1lZDI1NTE5AAAAIIvErV9OTgdVnD6g6roDKO9ZHYH6/IKk8TsLr+UaDDO7',
  fingerprint: 'SHA256:qMYUZT0QYExh1Ka6Rjrl56u0pflG/gAudXE1w7fh20E'
}
const rsa = {
  type: 'ssh-rsa',
  key: 'AAAAB3NzaC1yc2EAAAADAQABAAABAQDP+vLUZpwYaIz0oJQg7+kZjmm3UrzOJb3adaYH64rbdiT+c1oBnKsTIS02LSiY3B2320ahHBMBL665itCKDOyFrSdZj2I1hnQm8diGHZeohq/5R4LwwGNz/LpmWQsCAEq8aqcFvi37uHZcAQzhtsv9qEYZfsSV/1ybmD1qxYo4tzfz1AWas9L8Z7DYc7R6XOOHDKSRaGt5H7051svgq4vG26qoZc2pAFERhDX+SJ4SNPLQmJ9PhykfnBaA9yeP4iLYpN8izaMEaGEJhlB28AshXVejxzFX1lGOBp5yFnWC0A8BTj4G2ZUHT4KX+D/rGjP17rrPQ5lq9tJ1SaCmUWbL',
  fingerprint: 'SHA256:2rFZfFf87b3ba2GOjJx3ZiEKNp0+mLSRssRQYCYr2tc'
}
const ecdsa = {
  type: 'ecdsa-sha2-nistp256',
  key: 'AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBBT4Pvaq1xO/xxRrWf6K68lSRKv9P6B7NtddoqHxEfkVqK/+1P8ekVHNgxKfYWiuDM6cKmMbDqG8YCTSsNIejgA=',
  fingerprint: 'SHA256:6X4GLpEoSWiowqC+POKKUleiE38HmKuRJR0mNyuWyQQ'
}
const all = [ed25519, rsa, ecdsa]
const hashed = '|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg='

describe('a fingerprint', () => {
  test.each(all)('of a key of $type is what ssh-keygen says', ({ key, fingerprint, type }) => {
    const bytes = Buffer.from(key, 'base64')
    expect(fingerprintOf(bytes)).toBe(fingerprint)
    expect(keyType(bytes)).toBe(type)
  })

  test.each([ed25519.fingerprint, `${ed25519.fingerprint}=`])('is taken as it is: %s', line => {
    expect(parseHostKey(line)).toEqual({ fingerprint: ed25519.fingerprint, type: undefined })
  })

  test('is found in a whole line of ssh-keygen -l', () => {
    const line = `256 ${ed25519.fingerprint} root@web (ED25519)`
    expect(parseHostKey(line)).toEqual({ fingerprint: ed25519.fingerprint, type: undefined })
  })

  test.each([
    ['of MD5', 'MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48'],
    ['that is too short', ed25519.fingerprint.slice(0, -1)],
    ['that is too long', `${ed25519.fingerprint}A`],
    ['in lower case', ed25519.fingerprint.toLowerCase()],
    ['in hexadecimal', `SHA256:${'ab'.repeat(32)}`],
    ['without its kind', ed25519.fingerprint.slice(7)]
  ])('%s is refused', (_, line) => {
    expect(parseHostKey(line)).toBeUndefined()
  })
})

describe('a line of known_hosts', () => {
  test.each(
    all.flatMap(({ type, key, fingerprint }) =>
      [
        `web.example.com ${type} ${key}`,
        `web.example.com,203.0.113.7 ${type} ${key} made by hand`,
        `[web.example.com]:2222 ${type} ${key}`,
        `${hashed} ${type} ${key}`,
        `* \t ${type}   ${key}`,
        `${type} ${key} root@web`,
        `ssh-gateway.example.com ${type} ${key}`,
        `sk-1.example.com ${type} ${key}`
      ].map(line => [line.replace(key, '…'), line, fingerprint, type] as const)
    )
  )('is understood: %s', (_, line, fingerprint, type) => {
    expect(parseHostKey(line)).toEqual({ fingerprint, type })
  })

  test.each([
    ['is revoked', `@revoked web.example.com ssh-ed25519 ${ed25519.key}`],
    ['is of a certificate authority', `@cert-authority *.example.com ssh-ed25519 ${ed25519.key}`],
    ['has no key', 'web.example.com ssh-ed25519'],
    ['names another type than its key', `web.example.com ssh-rsa ${ed25519.key}`],
    ['has a key that is no base64', 'web.example.com ssh-ed25519 !!!!'],
    ['has a key that ends after its type', `web.example.com ssh-ed25519 ${ed25519.key.slice(0, 20)}`],
    ['is a comment', '# web.example.com'],
    ['is empty', ''],
    ['is something else', 'web.example.com']
  ])('is refused when it %s', (_, line) => {
    expect(parseHostKey(line)).toBeUndefined()
  })
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a length beyond the end', Buffer.from([0, 0, 1, 0, 0x73, 0x73, 0x68, 0x2d])],
  ['a length of nothing', Buffer.alloc(16)],
  ['a huge length', Buffer.alloc(16, 0xff)]
])('bytes with %s are no key', (_, bytes) => {
  expect(keyType(bytes)).toBeUndefined()
})
