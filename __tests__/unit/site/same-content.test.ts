import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { isSameContent } from '../../../src/site/same-content'
import { MemoryTransport } from '../../support/memory-transport'
import { temporaryFolder } from '../temporary-folder'

async function compare(local: Record<string, string>, remote: Record<string, string>): Promise<boolean> {
  await using folder = await temporaryFolder()
  await folder.write(local)
  const pairs = Object.keys(local).map(name => ({ localPath: join(folder.path, name), remotePath: `/www/${name}` }))
  return await isSameContent(new MemoryTransport(remote), pairs)
}

test.each([
  ['the same', { a: 'x', b: '' }, { a: 'x', b: '' }, true],
  ['of equal length and different', { a: 'x', b: 'y' }, { a: 'x', b: 'z' }, false],
  ['longer', { a: 'x' }, { a: 'xx' }, false],
  ['empty on the site', { a: 'x' }, { a: '' }, false],
  ['nothing', {}, { a: 'x' }, true]
])('content that is %s is told apart', async (_, local, remote, expected) => {
  expect(await compare(local as Record<string, string>, remote as Record<string, string>)).toBe(expected)
})

test('a file that cannot be read is an error and no difference', async () => {
  await expect(compare({ a: 'x' }, {})).rejects.toThrow('No such file')
})
