import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dependencies?: Readonly<Record<string, string>> }>>
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock

test('there is one ssh2, that of ssh2-sftp-client and our own: two would both be in the bundle', () => {
  expect(Object.keys(lock.packages).filter(path => /(^|\/)node_modules\/ssh2$/.test(path))).toEqual([
    'node_modules/ssh2'
  ])
  expect(lock.packages['']?.dependencies).toHaveProperty('ssh2')
})
