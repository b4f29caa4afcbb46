import { expect, test } from '@jest/globals'
import { leftoversOf, stagedName } from '../../../src/site/temporary-name'

test('the temporary name of a file lies beside it', () => {
  expect(stagedName('app/index.html')).toBe('app/index.html.hot-deploy-tmp')
})

test.each([
  ['nothing', ['index.html', 'a.tmp', 'a.hot-deploy-old', 'hot-deploy-tmp/x', 'a.hot-deploy-tmp.js'], []],
  ['a staged file', ['a', stagedName('a')], [stagedName('a')]],
  ['a staged file without its target', [stagedName('d/a')], [stagedName('d/a')]],
  ['several', [stagedName('b'), 'c', stagedName('a')], [stagedName('b'), stagedName('a')]]
])('of a listing %s is left over', (_, paths, leftovers) => {
  expect(leftoversOf(paths)).toEqual(leftovers)
})
