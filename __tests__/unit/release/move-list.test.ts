import { expect, test } from '@jest/globals'
import { Hashes } from '../../../src/build/hashes'
import type { Plan } from '../../../src/plan/plan'
import { movesOf } from '../../../src/release/move-list'
import type { Inventory } from '../../../src/site/inventory'
import { hashOf } from '../../../src/transport/content'
import { appRun, live, treeOf, urlA, versionList } from '../plan/samples'
import { plan } from '../report/records'

const bytes = Buffer.from('new')
const hash = hashOf({ bytes })

function file(path: string, sizeOnSite?: number): Plan['unseen'][number] {
  return { path, content: { bytes }, size: 3, sizeOnSite }
}

const deletions = { cloudApp: ['sales/old.js', 'sales/deep/old.js'], webApi: ['api/x.dll'], versions: [] }

test('what has a name on the site is replaced and kept, what has none is created, what goes is taken away last', () => {
  const known: Inventory = new Map([
    ['sales/index.html', { size: 9, sha256: 'known' }],
    ['sales/old.js', { size: 4, sha256: 'old' }]
  ])
  const made = plan({ staged: [[file('sales/new.js')], [file('sales/index.html', 9)]], deletions })
  const site = live(undefined, { tree: treeOf({ 'old.js': 4 }) })
  expect(movesOf(made, site, known, new Hashes())).toEqual([
    [{ path: 'sales/new.js', kind: 'create', size: 3, hash, isPointer: true }],
    [
      {
        path: 'sales/index.html',
        kind: 'replace',
        backup: '1-index.html',
        oldSize: 9,
        oldHash: 'known',
        size: 3,
        hash,
        isPointer: true
      }
    ],
    [
      { path: 'sales/old.js', kind: 'retire', backup: '2-old.js', oldSize: 4, oldHash: 'old' },
      { path: 'sales/deep/old.js', kind: 'retire', backup: '3-old.js', oldSize: undefined, oldHash: undefined }
    ]
  ])
})

test('no two backups have one name', () => {
  const made = plan({
    staged: [[file('sales/a/x.js', 1), file('sales/b/x.js', 1)], [file('sales/x.js', 1)]],
    deletions
  })
  const backups = movesOf(made, live(), new Map(), new Hashes())
    .flat()
    .map(({ backup }) => backup)
  expect(new Set(backups).size).toBe(5)
})

test('the old hash of a file is not what is known of one with another size', () => {
  const known: Inventory = new Map([['sales/index.html', { size: 9, sha256: 'known' }]])
  const [[move] = []] = movesOf(plan({ staged: [[file('sales/index.html', 8)]] }), live(), known, new Hashes())
  expect(move).toMatchObject({ oldSize: 8, oldHash: undefined })
})

test('the old hash of a pointer is that of what is live, whatever is known', () => {
  const site = live('1.04', { appRun: appRun(urlA, { name: 'AppRun.json' }), versionList: versionList('1.04') })
  const known: Inventory = new Map([['sales/AppRun.json', { size: 9, sha256: 'stale' }]])
  const made = plan({ staged: [[file('sales/AppRun.json', 9)], [file('sales/deploylist.ini.zip', 9)]] })
  const [[first] = [], [second] = []] = movesOf(made, site, known, new Hashes())
  expect(first?.oldHash).toBe(hashOf({ bytes: appRun(urlA).bytes }))
  expect(second?.oldHash).toBe(hashOf({ bytes: versionList('1.04').bytes }))
})

test('pointers are told from files of the build, and launchers and runtimes from the app', () => {
  const content = { localPath: new URL(import.meta.url).pathname, size: 3 }
  const made = plan({
    staged: [
      [
        { ...file('Pub/runtime/x.zip'), content, isShared: true },
        { ...file('sales/a.js'), content },
        file('sales/apprun.json')
      ]
    ]
  })
  const [moves = []] = movesOf(made, live(), new Map(), new Hashes())
  expect(moves.map(({ isPointer, isShared }) => [isPointer ?? false, isShared ?? false])).toEqual([
    [false, true],
    [false, false],
    [true, false]
  ])
})
