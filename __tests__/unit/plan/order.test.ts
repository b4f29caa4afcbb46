import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { switchOrder } from '../../../src/plan/order'
import type { PlannedFile } from '../../../src/plan/plan'

function planned(path: string): PlannedFile {
  return { path, content: { bytes: Buffer.alloc(0) }, size: 0, sizeOnSite: undefined }
}

function order(
  cloudApp: string[],
  { publisher = [] as string[], markers = [] as string[], folder = 'app' } = {}
): string[][] {
  const prefix = folder === '' ? '' : `${folder}/`
  const groups = switchOrder(
    publisher.map(planned),
    new Set(markers),
    cloudApp.map(path => planned(prefix + path)),
    folder,
    '1.05'
  )
  return groups.map(group => group.map(file => file.path.slice(file.path.startsWith(prefix) ? prefix.length : 0)))
}

/** Each after all before it: what a client may read first is what it has to find whole. */
const whole = [
  ['1.05/app.pbd/w_main.win.zip', '1.05/deep/er/x.zip'],
  ['1.05/app.pbd/_indexes.idx.zip', '1.05/_indexes.idx.zip'],
  ['1.05/app.pbd/_files.idx.zip', '1.05/_files.idx.zip'],
  ['1.05/appconfig.json.zip', '1.05/sales.exe.zip'],
  ['css/style.css', 'js/launcher.js', 'images/a.png', 'favicon.ico'],
  ['license.html', 'manual.htm', 'help/index.html'],
  ['index.html'],
  ['apprun.json'],
  ['deploylist.ini.zip']
]

test('objects go before their indexes, assets before pages, the entry page before the pointers, the version list last', () => {
  expect(order(whole.flat().reverse())).toEqual(whole.map(group => [...group].reverse()))
})

test.each(['app', 'apps/sales', ''])('the order is the same for an app in the folder %j', folder => {
  expect(order(whole.flat(), { folder })).toEqual(whole)
})

test.each([
  ['apprun.json', 'AppRun.json'],
  ['deploylist.ini.zip', 'DeployList.INI.zip'],
  ['index.html', 'Index.HTML'],
  ['1.05/app.pbd/_files.idx.zip', '1.05/App.PBD/_Files.IDX.zip']
])('%s has the same place when the site writes it %s', (name, onSite) => {
  const there = whole.map(group => group.map(path => (path === name ? onSite : path)))
  expect(order(there.flat())).toEqual(there)
})

test('files of the publisher go first, and the marker of each folder after all others', () => {
  const markers = ['Pub/Launcher/LauncherSetup.json', 'Pub/runtime/1.0/manifest.json']
  const others = ['Pub/Launcher/x.exe', 'Pub/runtime/1.0/a.zip']
  expect(order(['index.html', 'apprun.json'], { publisher: [...markers, ...others], markers })).toEqual([
    others,
    markers,
    ['index.html'],
    ['apprun.json']
  ])
})

test('files whose names only look like pointers are ordinary ones', () => {
  expect(order(['js/apprun.json', 'js/deploylist.ini.zip', 'index.html', 'apprun.json.bak'])).toEqual([
    ['js/apprun.json', 'js/deploylist.ini.zip', 'apprun.json.bak'],
    ['index.html']
  ])
})

describe('whatever files there are', () => {
  const file = fc.constantFrom(...whole.flat(), 'AppRun.json', '1.04/x/old.zip', 'a/b/c.html', '1.05.txt')

  test('each is switched once, pointers after all else, and no group is empty', () => {
    fc.assert(
      fc.property(fc.uniqueArray(file), paths => {
        const groups = order(paths)
        const isPointer = (path: string): boolean => /^(apprun\.json|deploylist\.ini\.zip)$/i.test(path)
        expect(groups.flat().sort()).toEqual([...paths].sort())
        expect(groups.every(group => group.length > 0)).toBe(true)
        const flat = groups.flat().map(isPointer)
        expect(flat.lastIndexOf(false)).toBeLessThan(flat.includes(true) ? flat.indexOf(true) : Infinity)
        expect(groups.filter(group => group.some(isPointer)).every(group => group.every(isPointer))).toBe(true)
      })
    )
  })
})
