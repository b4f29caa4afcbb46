import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { pathRule } from '../../../src/build/exclude'
import { scanFolder } from '../../../src/build/scan'
import { deployErrorOf } from '../deploy-error'
import { temporaryFolder } from '../temporary-folder'

/** A disk of Windows cannot hold such names, and one of macOS no two that differ only in case. */
const onLinux = process.platform === 'linux' ? test : test.skip

async function scanned(folder: string, ...exclude: string[]): Promise<string[]> {
  return (await scanFolder(folder, pathRule(exclude))).map(file => file.path)
}

test('all files are found, with their sizes and where to read them', async () => {
  await using folder = await temporaryFolder()
  await folder.write({
    'index.html': 'page',
    'css/custom.css': '',
    'Größe (süß)/Überblick & 日本語.txt': '日本',
    '1.05/app.pbd/w_main.win.zip': Buffer.alloc(1000),
    'empty/': ''
  })
  const files = await scanFolder(folder.path, pathRule([]))
  expect(files.map(({ path, size, localPath }) => ({ path, size, localPath }))).toEqual(
    [
      ['1.05/app.pbd/w_main.win.zip', 1000],
      ['Größe (süß)/Überblick & 日本語.txt', 6],
      ['css/custom.css', 0],
      ['index.html', 4]
    ].map(([path, size]) => ({ path, size, localPath: join(folder.path, ...String(path).split('/')) }))
  )
})

describe('excluding', () => {
  test('leaves out files and folders, and does not look into them', async () => {
    await using folder = await temporaryFolder()
    await folder.write({ 'a.txt': '', 'a.pdb': '', 'obj/deep/b.txt': '', 'keep/c.txt': '' })
    await symlink('nowhere', join(folder.path, 'obj', 'dangling'))
    expect(await scanned(folder.path, '*.pdb', 'OBJ/')).toEqual(['a.txt', 'keep/c.txt'])
  })

  test('a pattern for folders spares a file of that name', async () => {
    await using folder = await temporaryFolder()
    await folder.write({ Logging: 'a file', 'deep/logging/x.txt': '' })
    expect(await scanned(folder.path, 'Logging/')).toEqual(['Logging'])
  })

  test('folders that are taken back are entered', async () => {
    await using folder = await temporaryFolder()
    await folder.write({ 'a.txt': '', 'a.dll': '', 'bin/b.txt': '', 'bin/b.dll': '' })
    expect(await scanned(folder.path, '*', '!*/', '!*.dll')).toEqual(['a.dll', 'bin/b.dll'])
  })

  onLinux('lets a forbidden name, a collision and a link pass that are left out', async () => {
    await using folder = await temporaryFolder()
    await folder.write({ 'a.txt': '', 'A.TXT.bak': '', 'a.txt.bak': '', 'nul.txt': '' })
    await symlink('/etc', join(folder.path, 'etc'))
    expect(await scanned(folder.path, '*.bak', 'nul.*', 'etc')).toEqual(['a.txt'])
  })
})

describe('links', () => {
  test('to files and folders inside are followed', async () => {
    await using folder = await temporaryFolder()
    await folder.write({ 'real/file.txt': 'content' })
    await symlink('real/file.txt', join(folder.path, 'link.txt'))
    await symlink('real', join(folder.path, 'linked'))
    await symlink('link.txt', join(folder.path, 'chain.txt'))
    const files = await scanFolder(folder.path, pathRule([]))
    expect(files.map(({ path, size }) => `${path} ${size}`)).toEqual([
      'chain.txt 7',
      'link.txt 7',
      'linked/file.txt 7',
      'real/file.txt 7'
    ])
  })

  test('the folder itself may be one', async () => {
    await using folder = await temporaryFolder()
    await folder.write({ 'real/a.txt': '' })
    await symlink('real', join(folder.path, 'build'))
    expect(await scanned(join(folder.path, 'build'))).toEqual(['a.txt'])
  })

  test.each([
    ['to a file outside', '../outside.txt', 'outside of the build'],
    ['to a folder outside', '..', 'outside of the build'],
    ['to a neighbour whose name starts alike', '../build-2', 'outside of the build'],
    ['to nothing', 'nothing.txt', 'points to nothing'],
    ['to itself', 'link', 'points to nothing'],
    ['to the folder that it lies in', '.', 'points to a folder that it lies in']
  ])('one that points %s is refused', async (_, target, reason) => {
    await using folder = await temporaryFolder()
    await folder.write({ 'outside.txt': '', 'build/a.txt': '', 'build-2/b.txt': '' })
    await symlink(target, join(folder.path, 'build', 'link'))
    const error = await deployErrorOf(() => scanned(join(folder.path, 'build')))
    expect(error.reasonCode).toBe('link-leaves-folder')
    expect(error.message).toContain('The link "link" in the build')
    expect(error.message).toContain(reason)
  })

  test('two that lead into each other are refused and do not go on for ever', async () => {
    await using folder = await temporaryFolder()
    await mkdir(join(folder.path, 'a'))
    await mkdir(join(folder.path, 'b'))
    await symlink('../b', join(folder.path, 'a', 'to-b'))
    await symlink('../a', join(folder.path, 'b', 'to-a'))
    const error = await deployErrorOf(() => scanned(folder.path))
    expect(error.reasonCode).toBe('link-leaves-folder')
    expect(error.message).toContain('"a/to-b/to-a"')
  })

  test('a name that starts with two dots is no way out', async () => {
    await using folder = await temporaryFolder()
    await folder.write({ '..well/a.txt': '' })
    await symlink('..well', join(folder.path, 'link'))
    expect(await scanned(folder.path)).toEqual(['..well/a.txt', 'link/a.txt'])
  })
})

describe('what Windows cannot hold', () => {
  onLinux.each(['a:b.txt', 'nul', 'deep/aux.txt', 'deep/trailing.', 'back\\slash.txt', 'con/inside.txt'])(
    '%s is refused, with its path',
    async name => {
      await using folder = await temporaryFolder()
      await folder.write({ 'fine.txt': '', [name]: '' })
      const error = await deployErrorOf(() => scanned(folder.path))
      expect(error.reasonCode).toBe('name-not-allowed')
      expect(error.message).toContain(`"${name.replace('/inside.txt', '')}"`)
    }
  )

  onLinux.each([
    ['files', ['deep/Readme.txt', 'deep/README.txt'], '"deep/README.txt" and "deep/Readme.txt"'],
    ['folders', ['Css/a.css', 'css/b.css'], '"Css" and "css"'],
    ['a file and a folder', ['App', 'app/b.css'], '"App" and "app"'],
    ['non-ASCII names', ['GRÖSSE.txt', 'grösse.txt'], '"GRÖSSE.txt" and "grösse.txt"']
  ])('two %s whose names differ only in case are refused', async (_, names, shown) => {
    await using folder = await temporaryFolder()
    await folder.write(Object.fromEntries(names.map(name => [name, ''])))
    const error = await deployErrorOf(() => scanned(folder.path))
    expect(error.reasonCode).toBe('names-collide')
    expect([...shown.matchAll(/"[^"]+"/g)].every(([name]) => error.message.includes(name))).toBe(true)
  })
})
