import { describe, expect, test } from '@jest/globals'
import { isFolderThere, readTree, Tree } from '../../../src/site/tree'
import { MemoryTransport } from '../../support/memory-transport'
import { deployErrorOf } from '../deploy-error'

describe('a tree', () => {
  test('finds a file in any case, and the exact one first', () => {
    const tree = new Tree()
    tree.addFile('AppRun.json', 1)
    tree.addFile('apprun.json', 2)
    tree.addFile('js/Größe.js', 3)
    expect([tree.find('AppRun.json'), tree.sizeOf('AppRun.json')]).toEqual(['AppRun.json', 1])
    expect([tree.find('apprun.json'), tree.sizeOf('apprun.json')]).toEqual(['apprun.json', 2])
    expect([tree.find('JS/GRÖSSE.js'), tree.find('JS/GRÖßE.JS'), tree.sizeOf('js/größe.js')]).toEqual([
      undefined,
      'js/Größe.js',
      3
    ])
    expect([tree.find('other'), tree.sizeOf('other')]).toEqual([undefined, undefined])
  })

  test('of a site has all files with their sizes, and the folders at its top', async () => {
    const site = new MemoryTransport({ 'a/x.txt': 'four', 'a/b/c/y.txt': '', 'a/1.05/z': '1', 'a/empty': null, q: '' })
    const tree = await readTree(site, '/www/a')
    expect([...tree.files].sort()).toEqual(['1.05/z', 'b/c/y.txt', 'x.txt'])
    expect(tree.sizeOf('x.txt')).toBe(4)
    expect(tree.sizeOf('b/c/y.txt')).toBe(0)
    expect(tree.topFolders.sort()).toEqual(['1.05', 'b', 'empty'])
    expect([tree.hasFolder('b/c'), tree.hasFolder('c')]).toEqual([true, false])
  })

  test('names folders that are not entered, and lists none of them', async () => {
    const site = new MemoryTransport({ '1.04/x': '', '1.05/y': '', 'js/z': '' })
    const tree = await readTree(site, '/www', path => path !== '1.04')
    expect([...tree.files].sort()).toEqual(['1.05/y', 'js/z'])
    expect(tree.topFolders).toContain('1.04')
    expect(site.calls).not.toContain('list /www/1.04')
  })

  test('does not follow links to folders, which may lead in circles', async () => {
    const site = new MemoryTransport({ 'a.txt': '', loop: '->/www' })
    const tree = await readTree(site, '/www')
    expect([...tree.files]).toEqual(['a.txt'])
    expect(tree.hasFolder('loop')).toBe(true)
  })

  test('that cannot be listed is an error', async () => {
    await expect(readTree(new MemoryTransport(), '/www/nothing')).rejects.toThrow('No such folder')
  })
})

describe('a folder', () => {
  test.each([
    ['', true],
    ['apps', true],
    ['apps/sales', true],
    ['apps/other', false],
    ['no/such/folder', false]
  ])('%j is there: %s', async (path, expected) => {
    const site = new MemoryTransport({ 'apps/sales/index.html': '' })
    expect(await isFolderThere(site, path)).toBe(expected)
  })

  test('that is missing is looked for in the listings above it, and asked for once, in case one hides it', async () => {
    const site = new MemoryTransport({ 'other/x': '' })
    await isFolderThere(site, 'apps/sales/deep')
    expect(site.calls).toEqual(['list /www', 'list /www/apps'])
  })

  test.each([
    ['Sales', { 'sales/x': '' }, 'meets the folder "sales"', 'upper and lower case'],
    ['apps/Sales', { 'apps/sales/x': '' }, 'meets the folder "apps/sales"', 'upper and lower case'],
    ['Apps/sales', { 'apps/sales/x': '' }, 'meets the folder "apps"', 'upper and lower case'],
    ['sales', { sales: 'a file' }, 'meets the file "sales"', 'remove that file'],
    ['sales/deep', { sales: 'a file' }, 'meets the file "sales"', 'remove that file'],
    ['sales', { SALES: 'a file' }, 'meets the file "SALES"', 'remove that file']
  ])('%s is not usable as a target where %j is', async (path, contents, words, advice) => {
    const error = await deployErrorOf(() => isFolderThere(new MemoryTransport(contents), path))
    expect(error.reasonCode).toBe('target-not-usable')
    expect(error.message).toContain(words)
    expect(error.advice).toContain(advice)
  })

  test('in the right case is taken, even beside one in another', async () => {
    const site = new MemoryTransport({ 'Sales/x': '', 'sales/x': '' })
    expect(await isFolderThere(site, 'sales')).toBe(true)
  })
})
