import { expect, test } from '@jest/globals'
import { localPathIn } from '../../../src/build/local-file'

test.each([
  ['/build', '1.05/a b.zip', '/', '/build/1.05/a b.zip'],
  ['/', 'index.html', '/', '/index.html'],
  ['C:\\build', '1.05/app.pbd/w.zip', '\\', 'C:\\build\\1.05\\app.pbd\\w.zip'],
  ['D:\\', 'index.html', '\\', 'D:\\index.html'],
  ['\\\\server\\share', 'css/a.css', '\\', '\\\\server\\share\\css\\a.css']
])('in %j lies %j, with %j between: %j', (folder, path, separator, expected) => {
  expect(localPathIn(folder, path, separator)).toBe(expected)
})
