import { describe, expect, test } from '@jest/globals'
import type { DeployError } from '../../../src/errors'
import { deployErrorOf } from '../deploy-error'
import { read } from './with-block'

const fingerprint = `SHA256:${'B'.repeat(43)}`
const jump = { 'jump-host': 'ssh://jumper@bastion.example.com', 'jump-host-key': fingerprint }

function refused(given: Record<string, string>): Promise<DeployError> {
  return deployErrorOf(() => read({ ...jump, ...given }))
}

test('without jump-host there is none', () => {
  expect(read().settings.jump).toBeUndefined()
})

describe('a jump host', () => {
  test('has its own address, user and key, and the secrets of the site', () => {
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n'
    const { settings } = read({ ...jump, 'private-key': key, passphrase: 'x', timeout: '7' })
    expect(settings.jump).toEqual({
      address: {
        host: 'bastion.example.com',
        port: 22,
        username: 'jumper',
        label: 'ssh://bastion.example.com:22 (jump host)'
      },
      login: {
        ...settings.sites[0].login,
        username: 'jumper',
        privateKey: key,
        hostKeys: [{ fingerprint, type: undefined }],
        timeoutMs: 7000
      }
    })
  })

  test.each([
    ['ssh://bastion:2222', { host: 'bastion', port: 2222, label: 'ssh://bastion:2222 (jump host)' }],
    ['SSH://Bastion/', { host: 'Bastion', port: 22, label: 'ssh://bastion:22 (jump host)' }],
    ['ssh://[fd00::1]:2222', { host: 'fd00::1', port: 2222, label: 'ssh://[fd00::1]:2222 (jump host)' }],
    ['ssh://corp%5Cjumper@bastion', { username: 'corp\\jumper' }]
  ])('may be written as %s', (text, address) => {
    expect(read({ ...jump, 'jump-host': text }).settings.jump?.address).toMatchObject(address)
  })

  test.each([
    ['its URL, although username names another one', {}, { username: 'other' }, 'jumper'],
    ['username', { 'jump-host': 'ssh://bastion' }, { username: 'other' }, 'other'],
    ['the site', { 'jump-host': 'ssh://bastion' }, {}, 'deployer']
  ])('has the user of %s', (_, address, more, user) => {
    expect(read({ ...jump, ...address, ...more }).settings.jump?.login.username).toBe(user)
  })

  test('is trusted unseen together with the site, and not alone', () => {
    const any = { 'allow-any-host-key': 'true', 'host-key': '', 'jump-host-key': '' }
    expect(read({ ...jump, ...any }).settings.jump?.login).toMatchObject({ hostKeys: [], allowAnyHostKey: true })
  })
})

describe('refused is', () => {
  test.each([
    ['jump-host without a key', { 'jump-host-key': '' }, 'jump-host-key is missing; the fingerprint of the jump host'],
    ['a key that is none', { 'jump-host-key': 'abc' }, 'jump-host-key has the line "abc"; SHA256:… or a line of'],
    ['a key without jump-host', { 'jump-host': '' }, 'jump-host-key is set without jump-host'],
    [
      'a key together with any key',
      { 'allow-any-host-key': 'true', 'host-key': '' },
      'allow-any-host-key is set together with jump-host-key; one of them is expected'
    ],
    [
      'a name alone',
      { 'jump-host': 'bastion' },
      'jump-host is "bastion", which is not of the form ssh://user@bastion:22'
    ],
    ['another protocol', { 'jump-host': 'sftp://bastion' }, 'which has the protocol "sftp"; ssh is known'],
    ['a path', { 'jump-host': 'ssh://bastion/srv' }, 'which has the path "/srv"; nothing but user, host and port'],
    ['a port that there is not', { 'jump-host': 'ssh://bastion:70000' }, 'which has the port 70000; 1 to 65535'],
    ['two of them', { 'jump-host': 'ssh://a\nssh://b' }, 'which is not of the form ssh://user@bastion:22'],
    [
      'a site on FTP',
      { site: 'ftps://deployer@web.example.com/' },
      'jump-host is for SFTP, and site is ftps://, which does not go through it'
    ],
    [
      'a web-api-site on FTP',
      { 'web-api-site': 'ftps://deployer@api.example.com/' },
      'jump-host is for SFTP, and web-api-site is ftps://, which does not go through it'
    ]
  ])('%s', async (_, given, said) => {
    const error = await refused(given)
    expect(error.reasonCode).toBe('invalid-inputs')
    expect(error.message).toContain(said)
  })

  test('a site on FTP once, although the Web APIs are on it too', async () => {
    const { message } = await refused({ site: 'ftps://deployer@web.example.com/' })
    expect(message.match(/jump-host is for SFTP/g)).toHaveLength(1)
  })

  test('a password in the URL, which is not repeated', async () => {
    const { message } = await refused({ 'jump-host': 'ssh://jumper:s3cret@bastion' })
    expect(message).toContain('jump-host is "ssh://…@bastion", which holds a password')
    expect(message).not.toContain('s3cret')
  })
})
