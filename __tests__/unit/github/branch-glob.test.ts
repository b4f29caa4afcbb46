import { expect, test } from '@jest/globals'
import { matchesBranch } from '../../../src/github/branch-glob'

test.each([
  ['main', 'main', true],
  ['main', 'main2', false],
  ['main', 'Main', false],
  ['main', 'feature/main', false],
  ['release/*', 'release/1.4', true],
  ['release/*', 'release/1.4/fix', false],
  ['release/*', 'release', false],
  ['release/**', 'release/1.4/fix', true],
  ['**', 'any/branch/at-all', true],
  ['*', 'main', true],
  ['*', 'release/1', false],
  ['v?', 'v1', true],
  ['v?', 'v10', false],
  ['v?', 'v/', false],
  ['1.4', '1x4', false],
  ['a+b', 'a+b', true],
  ['(x|y)[1]', '(x|y)[1]', true],
  ['*-stable', '1.4-stable', true],
  ['größe/*', 'größe/🚀', true],
  ['$^\\', '$^\\', true],
  ['main', 'main\n', false]
])('the pattern %p and the branch %p: %p', (glob, branch, expected) => {
  expect(matchesBranch(glob, branch)).toBe(expected)
})
