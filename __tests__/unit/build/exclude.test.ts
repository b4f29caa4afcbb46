import { expect, test } from '@jest/globals'
import { pathRule } from '../../../src/build/exclude'

test.each([
  ['*.pdb', 'bin/deep/x.pdb', true],
  ['*.PDB', 'bin/x.pdb', true],
  ['*.pdb', 'BIN/X.PDB', true],
  ['/web.config', 'web.config', true],
  ['/web.config', 'sub/web.config', false],
  ['web.config', 'sub/web.config', true],
  ['Logging/', 'Logging/log4net.xml', true],
  ['Logging/', 'deep/logging/log4net.xml', true],
  ['Logging/', 'Logging', false],
  ['AppConfig/Applications.*.json', 'AppConfig/Applications.Test.json', true],
  ['AppConfig/Applications.*.json', 'AppConfig/Applications.json', false],
  ['AppConfig/Applications.json', 'deep/AppConfig/Applications.json', false],
  ['**/obj/**', 'a/b/obj/c', true],
  ['a?c.txt', 'abc.txt', true],
  ['a?c.txt', 'a/c.txt', false],
  ['# remark', '# remark', false],
  [String.raw`\#1.txt`, '#1.txt', true],
  ['[ab].txt', 'b.txt', true],
  ['größe.txt', 'größe.txt', true],
  ['name with blanks.txt', 'name with blanks.txt', true]
])('the pattern %s applies to %s: %s', (pattern, path, expected) => {
  expect(pathRule([pattern])(path)).toBe(expected)
})

test('a later line takes back an earlier one, and the order counts', () => {
  expect(pathRule(['*.json', '!Server.json'])('Server.json')).toBe(false)
  expect(pathRule(['!Server.json', '*.json'])('Server.json')).toBe(true)
})

test('nothing in an excluded folder can be taken back, as git has it', () => {
  expect(pathRule(['logs/', '!logs/keep.txt'])('logs/keep.txt')).toBe(true)
})

test('without patterns nothing matches', () => {
  expect(pathRule([])('web.config')).toBe(false)
})
