import { expect, test } from '@jest/globals'
import { asideName, leftoversOf, stagedName } from '../../../src/site/temporary-name'

test('the temporary names of a file lie beside it and are known again', () => {
  expect(stagedName('app/index.html')).toBe('app/index.html.hot-deploy-tmp')
  expect(asideName('app/index.html')).toBe('app/index.html.hot-deploy-old')
})

test.each([
  ['nothing', ['index.html', 'a.tmp', 'a.old', 'hot-deploy-tmp/x'], [], []],
  ['a staged file', ['a', stagedName('a')], [stagedName('a')], []],
  ['a staged file without its target', [stagedName('a')], [stagedName('a')], []],
  ['an old file beside the new one', ['a', asideName('a')], [asideName('a')], []],
  ['an old file whose name is missing', [asideName('d/a')], [], ['d/a']],
  ['both of a file whose name is missing', [stagedName('a'), asideName('a')], [stagedName('a')], ['a']]
])('%s is sorted', (_, paths, remove, restore) => {
  expect(leftoversOf(paths)).toEqual({ remove, restore })
})
