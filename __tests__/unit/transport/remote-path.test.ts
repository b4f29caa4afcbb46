import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  foldersOf,
  joinRemote,
  nameOf,
  normaliseRoot,
  normaliseTarget,
  parentOf
} from '../../../src/transport/remote-path'

const segment = fc
  .string({ unit: fc.constantFrom('a', 'B', '.', ' ', 'ö', '日', '-', '%'), minLength: 1, maxLength: 4 })
  .filter(text => text !== '.' && text !== '..')
const relative = fc.array(segment, { minLength: 1, maxLength: 5 }).map(segments => segments.join('/'))

describe('a root', () => {
  test.each([
    ['/C:/inetpub/wwwroot', '/C:/inetpub/wwwroot'],
    ['C:/inetpub/wwwroot', '/C:/inetpub/wwwroot'],
    ['C:\\inetpub\\wwwroot\\', '/C:/inetpub/wwwroot'],
    ['/C:\\inetpub\\wwwroot', '/C:/inetpub/wwwroot'],
    ['\\inetpub', '/inetpub'],
    ['\\\\server\\share\\www', '/server/share/www'],
    ['//double//slashes//', '/double/slashes'],
    ['/./a/./b/.', '/a/b'],
    ['www', '/www'],
    ['/', '/'],
    ['', '/'],
    ['C:', '/C:'],
    ['/mit blank/größe', '/mit blank/größe'],
    ['/..a/b../...', '/..a/b../...']
  ])('written %j is %j', (text, expected) => {
    expect(normaliseRoot(text)).toBe(expected)
  })

  test.each([
    '..',
    '/a/../b',
    '/a/..',
    'C:\\a\\..\\b',
    '/a/..\\b',
    '/a\nb',
    '/a\r\nDELE x',
    '/a\u0000',
    '/a\u007f',
    '/a\tb'
  ])('written %j is refused', text => {
    expect(normaliseRoot(text)).toBeUndefined()
  })

  test('that is normal already stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'C', ':', '/', '\\', '.', ' ', '\n') }), text => {
        const once = normaliseRoot(text)
        fc.pre(once !== undefined)
        expect(normaliseRoot(once)).toBe(once)
        expect(once).toMatch(/^\/([^/\\]+(\/[^/\\]+)*)?$/)
        expect(once.split('/')).not.toContain('..')
      })
    )
  })
})

describe('a target', () => {
  test.each([
    ['salesdemo_cloud', 'salesdemo_cloud'],
    ['apps\\sales', 'apps/sales'],
    ['apps//sales/', 'apps/sales'],
    ['./apps/./sales', 'apps/sales'],
    ['.', ''],
    ['', ''],
    ['Größe & Café', 'Größe & Café']
  ])('written %j is %j', (text, expected) => {
    expect(normaliseTarget(text)).toBe(expected)
  })

  test.each(['/apps', '\\apps', '\\\\server\\share', 'C:\\apps', 'c:apps', 'C:/apps', '../apps', 'a/..', 'a\nb'])(
    'written %j is refused',
    text => {
      expect(normaliseTarget(text)).toBeUndefined()
    }
  )
})

test.each([
  [['/www', 'a', 'b/c'], '/www/a/b/c'],
  [['/', 'a'], '/a'],
  [['', 'a'], 'a'],
  [['/www', ''], '/www'],
  [['/www', '', 'a', ''], '/www/a'],
  [['', ''], '']
])('%j are joined to %j', ([folder = '', ...paths], expected) => {
  expect(joinRemote(folder, ...paths)).toBe(expected)
})

test.each([
  ['/www/a/b.txt', '/www/a', 'b.txt'],
  ['/www', '/', 'www'],
  ['a/b', 'a', 'b'],
  ['a', '', 'a']
])('%s lies in %j and has the name %s', (path, parent, name) => {
  expect(parentOf(path)).toBe(parent)
  expect(nameOf(path)).toBe(name)
})

test('a path is made of the folder that it lies in and its name', () => {
  fc.assert(
    fc.property(relative, fc.boolean(), (path, isAbsolute) => {
      const whole = isAbsolute ? `/${path}` : path
      expect(joinRemote(parentOf(whole), nameOf(whole))).toBe(whole)
    })
  )
})

test('the folders of files are listed once, parents first, none is missing and none too many', () => {
  fc.assert(
    fc.property(fc.array(relative, { maxLength: 8 }), paths => {
      const folders = foldersOf(paths)
      expect(new Set(folders).size).toBe(folders.length)
      for (const [n, folder] of folders.entries()) {
        const parent = parentOf(folder)
        expect(parent === '' || folders.slice(0, n).includes(parent)).toBe(true)
        expect(paths.some(path => path.startsWith(`${folder}/`))).toBe(true)
      }
      for (const path of paths) expect(['', ...folders]).toContain(parentOf(path))
    })
  )
})
