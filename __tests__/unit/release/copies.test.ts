import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Hashes } from '../../../src/build/hashes'
import type { PlannedFile } from '../../../src/plan/plan'
import { withCopies } from '../../../src/release/copies'
import type { KnownFile } from '../../../src/site/inventory'
import { hashOf } from '../../../src/transport/content'
import { live } from '../plan/samples'
import { plan } from '../report/records'
import { temporaryFolder } from '../temporary-folder'

const sha256 = hashOf({ bytes: Buffer.from('content') })
const same: KnownFile = { size: 7, sha256 }

interface Site {
  /** What the action knows of the file of the live version; nothing where it is undefined. */
  readonly known?: KnownFile | undefined
  /** Its size in the listing. */
  readonly size?: number | undefined
  /** The live version. */
  readonly version?: string | undefined
  readonly folder?: string
  readonly from?: string
}

const usual: Site = { known: same, size: 7, version: '1.04', folder: 'sales', from: 'sales/1.04/a' }

/** What a file of version 1.05 with the text "content" is a copy of. */
async function copyOf(file: Partial<PlannedFile> = {}, site: Site = {}): Promise<PlannedFile['copyOf']> {
  const { known, size, version, folder = '', from = '' } = { ...usual, ...site }
  await using build = await temporaryFolder()
  await build.write({ a: 'content' })
  const content = { localPath: join(build.path, 'a'), size: 7 }
  const planned = { path: 'sales/1.05/a', content, size: 7, sizeOnSite: undefined, ...file }
  const made = withCopies(
    plan({ version: '1.05', cloudAppFolder: folder, unseen: [planned] }),
    live('1.04', { version, sizes: new Map(size === undefined ? [] : [[from, size]]) }),
    new Map(known === undefined ? [] : [[from, known]]),
    new Hashes()
  )
  expect(made.unseen.map(({ path }) => path)).toEqual([planned.path])
  return made.unseen[0]?.copyOf
}

describe('a new file', () => {
  test('is a copy of the one of the live version that has its name, size and content', async () => {
    expect(await copyOf()).toEqual({ path: 'sales/1.04/a', sha256 })
  })

  test.each(['app.pbd/w_main.win.zip', '1.05/a', '1.04/a', 'Größe (süß)/a'])(
    'is that at whatever depth: %s',
    async name => {
      const from = `sales/1.04/${name}`
      expect(await copyOf({ path: `sales/1.05/${name}` }, { from })).toEqual({ path: from, sha256 })
    }
  )

  test('is that where the app is the root of the site', async () => {
    const site = { folder: '', from: '1.04/a' }
    expect(await copyOf({ path: '1.05/a' }, site)).toEqual({ path: '1.04/a', sha256 })
  })

  test.each<[string, Site]>([
    ['the site has it in another size', { size: 8 }],
    ['the site has it no more', { size: undefined }],
    ['it was released in another size', { known: { size: 8, sha256 } }],
    ['it was released in another size, and has it', { known: { size: 8, sha256 }, size: 8 }],
    ['it was released with other content', { known: { size: 7, sha256: 'other' } }],
    ['nobody knows its content', { known: undefined }],
    ['no version is live', { version: undefined }],
    ['its version is the live one', { version: '1.05', from: 'sales/1.05/a' }],
    ['the file is that of another version', { from: 'sales/1.03/a' }],
    ['the file is that of another app', { from: 'other/1.04/a' }]
  ])('is none when %s', async (_, site) => {
    expect(await copyOf({}, site)).toBeUndefined()
  })

  test.each<[string, Partial<PlannedFile>, Site]>([
    ['there is one of this name, which an upload that broke off left', { sizeOnSite: 7 }, {}],
    ['it is no part of the version', { path: 'sales/index.html' }, { from: 'sales/index.html' }],
    ['it is part of another app', { path: 'other/1.05/a' }, {}],
    ['it is of a version whose name begins alike', { path: 'sales/1.050/a' }, {}],
    ['it is a pointer', { content: { bytes: Buffer.from('content') } }, {}]
  ])('is none when %s', async (_, file, site) => {
    expect(await copyOf(file, site)).toBeUndefined()
  })

  test('is not read when its size tells that it is another one', async () => {
    const missing = { localPath: '/no/such/file', size: 7 }
    expect(await copyOf({ content: missing }, { size: 8 })).toBeUndefined()
    expect(await copyOf({ content: missing }, { known: undefined })).toBeUndefined()
  })
})

test('nothing but the files of the version is looked at: clients see the others, and Web APIs are another site', async () => {
  await using build = await temporaryFolder()
  await build.write({ a: 'content' })
  const content = { localPath: join(build.path, 'a'), size: 7 }
  const file = (path: string): PlannedFile => ({ path, content, size: 7, sizeOnSite: undefined })
  const webApi = { isNew: false, folder: 'api', files: [file('sales/1.05/api')], kept: [], offline: true }
  const made = plan({ webApi, unseen: [file('sales/1.05/a')], staged: [[file('sales/1.05/staged')]] })
  const names = ['a', 'api', 'staged'].map(name => `sales/1.04/${name}`)
  const found = withCopies(
    made,
    live('1.04', { sizes: new Map(names.map(name => [name, 7])) }),
    new Map(names.map(name => [name, same])),
    new Hashes()
  )
  expect(found).toEqual({ ...made, unseen: [{ ...file('sales/1.05/a'), copyOf: { path: 'sales/1.04/a', sha256 } }] })
})
