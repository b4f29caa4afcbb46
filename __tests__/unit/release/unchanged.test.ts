import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { Hashes } from '../../../src/build/hashes'
import type { Plan, PlannedFile } from '../../../src/plan/plan'
import { withoutUnchanged } from '../../../src/release/unchanged'
import type { Inventory, KnownFile } from '../../../src/site/inventory'
import { hashOf } from '../../../src/transport/content'
import { plan } from '../report/records'
import { temporaryFolder } from '../temporary-folder'

const nothing: Inventory = new Map()

/** Does a plan still send a file of the build, when this is known of it and this listed? */
async function isSent(known: KnownFile | undefined, sizeOnSite: number | undefined): Promise<boolean> {
  await using folder = await temporaryFolder()
  await folder.write({ a: 'content' })
  const localPath = join(folder.path, 'a')
  const file: PlannedFile = { path: 'sales/a', content: { localPath, size: 7 }, size: 7, sizeOnSite }
  const inventory = known === undefined ? nothing : new Map([['sales/a', known]])
  const inventories = { app: inventory, webApi: nothing }
  const made = withoutUnchanged(plan({ webApi: undefined, unseen: [file], staged: [] }), inventories, new Hashes())
  expect(made.unchanged).toBe(1 - made.unseen.length)
  return made.unseen.length > 0
}

const sha256 = hashOf({ bytes: Buffer.from('content') })
const same = { size: 7, sha256 }

test.each([
  ['is known with this content, and listed with this size', same, 7, false],
  ['is not known', undefined, 7, true],
  ['is known, and not listed', same, undefined, true],
  ['is known, and listed with another size', same, 8, true],
  ['is known with another content of this size', { size: 7, sha256: 'other' }, 7, true],
  ['is known with another size', { size: 8, sha256 }, 7, true],
  ['is known with another size, which is listed', { size: 8, sha256 }, 8, true]
] as const)('a file that %s is sent: %s, %s, %s', async (_, known, sizeOnSite, expected) => {
  expect(await isSent(known, sizeOnSite)).toBe(expected)
})

async function unchangedPlan(): Promise<Plan> {
  await using folder = await temporaryFolder()
  await folder.write({ a: 'content' })
  const localPath = join(folder.path, 'a')
  const file = (path: string): PlannedFile => ({ path, content: { localPath, size: 7 }, size: 7, sizeOnSite: 7 })
  const pointer = { path: 'sales/apprun.json', content: { bytes: Buffer.from('content') }, size: 7, sizeOnSite: 7 }
  const webApi = { isNew: false, folder: 'api', files: [file('api/x.dll'), file('api/y.dll')], kept: [], offline: true }
  const made = plan({ webApi, unseen: [file('sales/a')], staged: [[file('sales/b')], [file('sales/c'), pointer]] })
  const known = new Map([
    ['sales/a', same],
    ['sales/b', same],
    ['sales/c', same],
    ['sales/apprun.json', same]
  ])
  const ofWebApi = new Map([
    ['api/x.dll', same],
    ['sales/a', same]
  ])
  return withoutUnchanged(made, { app: known, webApi: ofWebApi }, new Hashes())
}

test('each site has its own inventory, empty groups go, and pointers are always sent', async () => {
  const made = await unchangedPlan()
  expect(made.webApi?.files.map(({ path }) => path)).toEqual(['api/y.dll'])
  expect(made.unseen).toEqual([])
  expect(made.staged.map(group => group.map(({ path }) => path))).toEqual([['sales/apprun.json']])
  expect(made.unchanged).toBe(4)
})
