import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeDocument, encodeDocument } from '../../../src/site/document'
import { parseRows, rowsOf, type Inventory } from '../../../src/site/inventory'
import { deployErrorOf } from '../deploy-error'

const segment = fc.stringMatching(/^[A-Za-z0-9 ._-]{1,8}$/).filter(text => text !== '.' && text !== '..')
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map(segments => segments.join('/'))
const file = fc.record({ size: fc.nat(), sha256: fc.base64String({ maxLength: 44 }) })

test('an inventory is read from a document as it was written into it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(path, file)), entries => {
      const inventory: Inventory = new Map(entries)
      const bytes = encodeDocument('files', rowsOf(inventory))
      expect(parseRows(decodeDocument(bytes, 'files', 'files-1.json'), 'files-1.json')).toEqual(inventory)
    })
  )
})

test.each([
  ['no list', {}],
  ['nothing', null],
  ['a text', 'a'],
  ['a row that is none', ['a']],
  ['a row that is too short', [['a', 1]]],
  ['a row that is too long', [['a', 1, 'x', 2]]],
  ['a path that is none', [[1, 1, 'x']]],
  ['a size that is none', [['a', '1', 'x']]],
  ['a hash that is none', [['a', 1, null]]],
  ['an empty path', [['', 1, 'x']]],
  ['a path that climbs', [['a/../../b', 1, 'x']]],
  ['a path that climbs at once', [['..', 1, 'x']]],
  ['an absolute path', [['/etc/passwd', 1, 'x']]],
  ['a path with an empty part', [['a//b', 1, 'x']]],
  ['a folder', [['a/', 1, 'x']]],
  ['a path with a part that is no name', [['a/./b', 1, 'x']]],
  ['a path that Windows climbs', [['a\\..\\..\\b', 1, 'x']]],
  ['a path with a line break', [['a\nb', 1, 'x']]],
  ['a good row before a bad one', [['a', 1, 'x'], []]]
])('%s is unreadable, since what is known may be deleted some day', async (_, content) => {
  const error = await deployErrorOf(() => parseRows(content, 'files-1.json'))
  expect(error.reasonCode).toBe('journal-unreadable')
  expect(error.message).toContain('"files-1.json"')
})

test.each(['..a/b', 'a/..b', '...', 'a/b..c'])('%s does not climb', name => {
  expect([...parseRows([[name, 1, 'x']], 'files-1.json').keys()]).toEqual([name])
})
