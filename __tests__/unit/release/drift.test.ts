import { expect, test } from '@jest/globals'
import type { PlannedFile } from '../../../src/plan/plan'
import { driftOf } from '../../../src/release/drift'
import type { KnownFile } from '../../../src/site/inventory'
import { plan } from '../report/records'

function file(path: string, size: number, sizeOnSite: number | undefined): PlannedFile {
  return { path, content: { localPath: `/build/${path}`, size }, size, sizeOnSite }
}

const known: KnownFile = { size: 7, sha256: 'as it was released' }

test.each([
  ['is as it was released', known, 7, []],
  ['has another size', known, 8, ['sales/a']],
  ['is empty now', known, 0, ['sales/a']],
  ['is gone', known, undefined, ['sales/a']],
  ['was never released', undefined, 8, []],
  ['was never released, and is not there', undefined, undefined, []]
] as const)('a file that %s: %j, %s', (_, before, sizeOnSite, expected) => {
  const app = new Map(before === undefined ? [] : [['sales/a', before]])
  // What the build has now is another matter.
  for (const size of [6, 7, 8]) {
    const made = plan({ webApi: undefined, unseen: [file('sales/a', size, sizeOnSite)], staged: [] })
    expect(driftOf(made, { app, webApi: new Map() })).toEqual(expected)
  }
})

test('pointers change with each release, and do not count', () => {
  const pointer = { path: 'sales/apprun.json', content: { bytes: Buffer.from('x') }, size: 1, sizeOnSite: 9 }
  const app = new Map([['sales/apprun.json', known]])
  expect(driftOf(plan({ webApi: undefined, unseen: [], staged: [[pointer]] }), { app, webApi: new Map() })).toEqual([])
})

test('each site has its own inventory', () => {
  const files = [file('api/a', 7, 8), file('api/b', 7, 8)]
  const webApi = { isNew: false, folder: 'api', files, kept: [], offline: true }
  const made = plan({ webApi, unseen: [file('sales/a', 7, 8)], staged: [[file('sales/b', 7, undefined)]] })
  const inventories = {
    app: new Map([
      ['api/a', known],
      ['sales/b', known]
    ]),
    webApi: new Map([
      ['api/b', known],
      ['sales/a', known]
    ])
  }
  expect(driftOf(made, inventories)).toEqual(['api/b', 'sales/b'])
})
