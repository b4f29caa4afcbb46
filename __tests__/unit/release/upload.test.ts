import { setImmediate as later } from 'node:timers/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { DeployError } from '../../../src/errors'
import type { Settings } from '../../../src/inputs/settings'
import type { PlannedFile } from '../../../src/plan/plan'
import type { ReleaseRecord } from '../../../src/release/record'
import { Created, makeFolders, upload, type Upload, type UploadContext } from '../../../src/release/upload'
import { Journal } from '../../../src/site/journal'
import { Lock } from '../../../src/site/lock'
import { hashOf } from '../../../src/transport/content'
import { broken, MemoryTransport, type Contents } from '../../support/memory-transport'
import { deployErrorOf } from '../deploy-error'
import { entry } from '../site/journal-sample'
import { temporaryFolder } from '../temporary-folder'
import { place } from '../../support/settings'
import { runOf, target } from './run'

interface Sample {
  readonly transport: MemoryTransport
  readonly journal: Journal
  readonly created: Created
  readonly context: UploadContext
  readonly record: ReleaseRecord
  readonly said: readonly string[]
}

/** A site that is locked, with a release that has begun; its state folder is the only thing besides the contents. */
async function sample(contents: Contents, given: Partial<Settings> = {}, begun = Promise.resolve()): Promise<Sample> {
  const transport = new MemoryTransport({ state: null, ...contents })
  const journal = await Journal.read(transport, '/www/state', target, [], () => undefined)
  await journal.begin(entry(), [])
  const run = runOf({ retries: 3, ...given }, new AbortController().signal)
  const { lock } = await Lock.take(
    transport,
    '/www/state/lock',
    {
      owner: { name: 'acme/sales', runUrl: undefined, githubRun: undefined, attempt: 1 },
      token: 'aa',
      waitMs: 0,
      staleAfterMs: 3_600_000,
      signal: run.signal,
      say: () => undefined
    },
    () => transport.makeFolder('/www/state/lock'),
    () => Promise.resolve()
  )
  transport.calls.length = 0
  // As on a server that tells sizes in listings alone.
  transport.size = () => Promise.resolve(undefined)
  const site = { place, name: '', transport, steady: transport, expect: () => undefined }
  const { record, said } = run.ended()
  const context = { run, claim: { site, lock, journal }, begun }
  return { transport, journal, created: new Created(), context, record, said }
}

function file(path: string, content = `content of ${path}`, sizeOnSite?: number): PlannedFile {
  const bytes = Buffer.from(content)
  return { path, content: { bytes }, size: bytes.length, sizeOnSite }
}

function send({ context, created }: Sample, files: PlannedFile[], more: Partial<Upload> = {}): Promise<unknown> {
  return upload(context, created, { what: 'Files', files, ...more })
}

function hash(content: string): string {
  return hashOf({ bytes: Buffer.from(content) })
}

/** A server that says "226 Transfer complete" so many times to a part of a file. */
function cutsShort(transport: MemoryTransport, times: Readonly<Record<string, number>>, leaving = 3): void {
  const write = transport.write.bind(transport)
  const left = { ...times }
  transport.write = async (path, content, onBytes) => {
    const sha256 = await write(path, content, onBytes)
    const count = left[path] ?? 0
    left[path] = count - 1
    if (count > 0) transport.disk.write(path, transport.disk.read(path).subarray(0, leaving))
    return sha256
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await later()
}

describe('an upload', () => {
  test('puts files in their places, notes each with the hash of what was sent, and counts them', async () => {
    const made = await sample({ sales: null })
    const files = [file('sales/a', 'one'), file('sales/b', 'three')]
    expect(await send(made, files)).toEqual(
      new Map([
        ['sales/a', hash('one')],
        ['sales/b', hash('three')]
      ])
    )
    expect(made.transport.disk.contents('sales')).toEqual({ 'sales/a': 'one', 'sales/b': 'three' })
    expect(made.journal.files).toEqual(
      new Map([
        ['sales/a', { size: 3, sha256: hash('one') }],
        ['sales/b', { size: 5, sha256: hash('three') }]
      ])
    )
    expect(made.record).toMatchObject({ filesUploaded: 2, bytesUploaded: 8, retries: 0 })
  })

  test('under temporary names is noted nowhere, for the files are not in their places yet', async () => {
    const made = await sample({ 'sales/a': 'old' })
    await send(made, [file('sales/a', 'new', 3)], { isTemporary: true })
    expect(made.transport.disk.contents('sales')).toEqual({ 'sales/a': 'old', 'sales/a.hot-deploy-tmp': 'new' })
    expect(made.journal.files.size).toBe(0)
  })

  test('notes what was sent of a file that has changed since it was planned', async () => {
    await using folder = await temporaryFolder()
    const localPath = join(folder.path, 'a')
    await folder.write({ a: 'before' })
    const made = await sample({ sales: null })
    const planned = { path: 'sales/a', content: { localPath, size: 6 }, size: 6, sizeOnSite: undefined }
    await folder.write({ a: 'change' })
    await send(made, [planned])
    expect(made.journal.files.get('sales/a')).toEqual({ size: 6, sha256: hash('change') })
  })

  test('of nothing asks nothing', async () => {
    const made = await sample({ sales: null })
    await send(made, [])
    expect(made.transport.calls).toEqual([])
  })
})

describe('a folder', () => {
  test('is listed once, as soon as its last file is sent, and not before', async () => {
    const made = await sample({ 'sales/x': null, 'sales/y': null })
    made.transport.inFlight = 1
    await send(made, [file('sales/x/a'), file('sales/y/b'), file('sales/x/c'), file('sales/d')])
    expect(made.transport.calls).toEqual([
      'write /www/sales/x/a',
      'write /www/sales/y/b',
      'list /www/sales/y',
      'write /www/sales/x/c',
      'list /www/sales/x',
      'write /www/sales/d',
      'list /www/sales'
    ])
  })

  test('is listed when all its files are confirmed, in whatever order they end', async () => {
    const made = await sample({ sales: null })
    made.transport.meddle = async call => {
      // The first takes the longest.
      for (let turn = 0; turn < (call.endsWith('/a') ? 10 : 1); turn += 1) await later()
      return undefined
    }
    const write = made.transport.write.bind(made.transport)
    made.transport.write = async (...given) => {
      const sha256 = await write(...given)
      made.transport.calls.push(`written ${given[0]}`)
      return sha256
    }
    await send(made, [file('sales/a'), file('sales/b'), file('sales/c')])
    expect(made.transport.calls.at(-1)).toBe('list /www/sales')
    expect(made.transport.calls.filter(call => call.startsWith('written'))).toHaveLength(3)
  })

  test('counts when it is seen: its files are noted then, while another still waits for its last one', async () => {
    const made = await sample({ 'sales/x': null, 'sales/y': null })
    const noted: string[][] = []
    made.transport.meddle = call => {
      if (call.startsWith('list ') || call.endsWith('/y/b')) noted.push([...made.journal.files.keys()])
      return undefined
    }
    made.transport.inFlight = 1
    await send(made, [file('sales/y/a'), file('sales/x/a'), file('sales/x/b'), file('sales/y/b')])
    expect(noted).toEqual([[], ['sales/x/a', 'sales/x/b'], ['sales/x/a', 'sales/x/b']])
  })
})

describe('few files of a folder, on a server that tells the size of one', () => {
  async function telling(contents: Contents): Promise<Sample> {
    const made = await sample(contents)
    made.transport.size = MemoryTransport.prototype.size.bind(made.transport)
    made.transport.inFlight = 1
    return made
  }

  test('are asked for one by one, and not listed', async () => {
    const made = await telling({ sales: null })
    await send(made, [file('sales/a'), file('sales/b')], { isTemporary: true })
    expect(made.transport.calls).toEqual([
      'write /www/sales/a.hot-deploy-tmp',
      'write /www/sales/b.hot-deploy-tmp',
      'size /www/sales/a.hot-deploy-tmp',
      'size /www/sales/b.hot-deploy-tmp'
    ])
  })

  test('are listed when one of them is not as it was sent, and that one is sent again', async () => {
    const made = await telling({ sales: null })
    cutsShort(made.transport, { '/www/sales/b': 1 })
    await send(made, [file('sales/a', 'whole a'), file('sales/b', 'whole b')])
    expect(made.transport.calls.slice(2)).toEqual([
      'size /www/sales/a',
      'size /www/sales/b',
      'list /www/sales',
      'write /www/sales/b',
      'size /www/sales/b'
    ])
    expect(made.transport.disk.contents('sales')).toEqual({ 'sales/a': 'whole a', 'sales/b': 'whole b' })
  })

  test.each([
    [8, false],
    [9, true]
  ])('are %d: listed = %s', async (count, isListed) => {
    const made = await telling({ sales: null })
    await send(
      made,
      Array.from({ length: count }, (_, n) => file(`sales/${n}`))
    )
    expect(made.transport.calls.includes('list /www/sales')).toBe(isListed)
  })
})

describe('a file that arrives short', () => {
  test('is seen, said and sent again, and no other is', async () => {
    const made = await sample({ 'sales/x': null })
    cutsShort(made.transport, { '/www/sales/x/b': 1 })
    made.transport.inFlight = 1
    await send(made, [file('sales/x/a', 'whole a'), file('sales/x/b', 'whole b')])
    expect(made.transport.calls).toEqual([
      'write /www/sales/x/a',
      'write /www/sales/x/b',
      'list /www/sales/x',
      'write /www/sales/x/b',
      'list /www/sales/x'
    ])
    expect(made.transport.disk.contents('sales')).toEqual({ 'sales/x/a': 'whole a', 'sales/x/b': 'whole b' })
    expect(made.said).toEqual(['"sales/x/b" has 3 bytes instead of 7; sending it again.'])
    expect(made.record.retries).toBe(1)
    expect([...made.journal.files.keys()]).toEqual(['sales/x/a', 'sales/x/b'])
  })

  test('under its temporary name is sent again under that', async () => {
    const made = await sample({ sales: null })
    cutsShort(made.transport, { '/www/sales/a.hot-deploy-tmp': 1 })
    await send(made, [file('sales/a', 'whole')], { isTemporary: true })
    expect(made.transport.disk.contents('sales')).toEqual({ 'sales/a.hot-deploy-tmp': 'whole' })
    expect(made.said).toEqual(['"sales/a.hot-deploy-tmp" has 3 bytes instead of 5; sending it again.'])
  })

  test('or not at all is sent again too', async () => {
    const made = await sample({ sales: null })
    let isFirst = true
    const write = made.transport.write.bind(made.transport)
    made.transport.write = async (path, content, onBytes) => {
      const sha256 = await write(path, content, onBytes)
      if (isFirst) made.transport.disk.remove(path)
      isFirst = false
      return sha256
    }
    await send(made, [file('sales/a', 'whole')])
    expect(made.transport.disk.contents('sales')).toEqual({ 'sales/a': 'whole' })
    expect(made.said).toEqual(['"sales/a" is missing instead of 5; sending it again.'])
  })

  test('is noted with what was sent the last time', async () => {
    await using folder = await temporaryFolder()
    const localPath = join(folder.path, 'a')
    await folder.write({ a: 'before' })
    const made = await sample({ sales: null })
    cutsShort(made.transport, { '/www/sales/a': 1 })
    const list = made.transport.list.bind(made.transport)
    made.transport.list = async path => {
      const entries = await list(path)
      await folder.write({ a: 'change' })
      return entries
    }
    const result = await send(made, [
      { path: 'sales/a', content: { localPath, size: 6 }, size: 6, sizeOnSite: undefined }
    ])
    expect(made.transport.disk.contents('sales')).toEqual({ 'sales/a': 'change' })
    expect(made.journal.files.get('sales/a')).toEqual({ size: 6, sha256: hash('change') })
    expect(result).toEqual(new Map([['sales/a', hash('change')]]))
  })

  test.each([0, 1, 3])('%d times more than it may be sent again is an error', async retries => {
    const made = await sample({ sales: null }, { retries })
    cutsShort(made.transport, { '/www/sales/a': Infinity })
    const error = await deployErrorOf(() => send(made, [file('sales/a', 'whole'), file('sales/b')]))
    expect(error.reasonCode).toBe('not-verified')
    expect(error.message).toContain('1 of 2 uploaded files are not on')
    expect(error.message).toContain('"sales/a" has 3 bytes instead of 5')
    expect(made.transport.calls.filter(call => call === 'write /www/sales/a')).toHaveLength(retries + 1)
    expect(made.journal.files.size).toBe(0)
    expect(made.record.retries).toBe(retries)
  })

  test.each([1, 3])('as often as it may be sent again, %d times, is no error', async retries => {
    const made = await sample({ sales: null }, { retries })
    cutsShort(made.transport, { '/www/sales/a': retries })
    await send(made, [file('sales/a', 'whole')])
    expect(made.transport.disk.contents('sales')).toEqual({ 'sales/a': 'whole' })
  })

  test('longer than it was sent is as wrong as one that is short', async () => {
    const made = await sample({ sales: null }, { retries: 0 })
    const write = made.transport.write.bind(made.transport)
    made.transport.write = async (path, content, onBytes) => {
      const sha256 = await write(path, content, onBytes)
      made.transport.disk.write(path, Buffer.from('as a virus scanner leaves it'))
      return sha256
    }
    const error = await deployErrorOf(() => send(made, [file('sales/a', 'whole')]))
    expect(error.message).toContain('"sales/a" has 28 bytes instead of 5')
  })

  test('among many is told with the first of them', async () => {
    const made = await sample({ sales: null }, { retries: 0 })
    const files = Array.from({ length: 9 }, (_, n) => file(`sales/${n}`, 'whole'))
    cutsShort(made.transport, Object.fromEntries(files.map(({ path }) => [`/www/${path}`, 1])))
    const error = await deployErrorOf(() => send(made, files))
    expect(error.message).toContain('9 of 9 uploaded files')
    expect(error.message.match(/instead of/g)).toHaveLength(5)
    expect(error.message).toContain('; …')
  })
})

describe('a file that the server has already', () => {
  /** Large enough that copying pays, before anything is known of the line. */
  const content = 'large '.repeat(20_000)
  const sha256 = hash(content)
  const size = content.length

  function twin(name: string, sizeOnSite?: number): PlannedFile {
    return { ...file(`sales/1.05/${name}`, content, sizeOnSite), copyOf: { path: `sales/1.04/${name}`, sha256 } }
  }

  function site(...names: string[]): Contents {
    return { 'sales/1.05': null, ...Object.fromEntries(names.map(name => [`sales/1.04/${name}`, content])) }
  }

  test('is copied there, confirmed by the listing, noted with its hash, and counted as unchanged', async () => {
    const made = await sample(site('a'))
    made.transport.inFlight = 1
    const hashes = await send(made, [twin('a'), file('sales/1.05/b', 'other')])
    expect(made.transport.calls).toEqual([
      'copy /www/sales/1.04/a /www/sales/1.05/a',
      'write /www/sales/1.05/b',
      'list /www/sales/1.05'
    ])
    expect(made.transport.disk.contents('sales')).toEqual({
      'sales/1.04/a': content,
      'sales/1.05/a': content,
      'sales/1.05/b': 'other'
    })
    expect(hashes).toEqual(
      new Map([
        ['sales/1.05/a', sha256],
        ['sales/1.05/b', hash('other')]
      ])
    )
    expect(made.journal.files.get('sales/1.05/a')).toEqual({ size, sha256 })
    expect(made.record).toMatchObject({ filesUploaded: 1, bytesUploaded: 5, filesUnchanged: 1, retries: 0 })
    expect(made.said).toEqual(['1 of them were copied on the server from the version before.'])
  })

  test('is sent where the server cannot copy, and nothing is said of it', async () => {
    const made = await sample(site('a', 'b', 'c'))
    made.transport.inFlight = 1
    let asked = 0
    made.transport.copy = async (_, to) => {
      asked += 1
      // What such a server leaves is not to be known.
      await made.transport.write(to, { bytes: Buffer.from('half') })
      return false
    }
    await send(made, [twin('a'), twin('b'), twin('c')])
    expect(asked).toBe(1)
    for (const name of ['a', 'b', 'c']) expect(made.transport.disk.contents()[`sales/1.05/${name}`]).toBe(content)
    expect(made.record).toMatchObject({ filesUploaded: 3, bytesUploaded: 3 * size, filesUnchanged: 0, retries: 0 })
    expect(made.said).toEqual([])
  })

  test.each([
    ['short', 3, '"sales/1.05/a" has 3 bytes instead of'],
    ['empty', 0, '"sales/1.05/a" has 0 bytes instead of']
  ])('and whose copy came out %s is sent', async (_, length, sentence) => {
    const made = await sample(site('a'))
    made.transport.copy = (_from, to) => {
      made.transport.disk.write(to, Buffer.from(content.slice(0, length)))
      return Promise.resolve(true)
    }
    await send(made, [twin('a')])
    expect(made.transport.calls).toEqual(['list /www/sales/1.05', 'write /www/sales/1.05/a', 'list /www/sales/1.05'])
    expect(made.transport.disk.contents('sales/1.05')).toEqual({ 'sales/1.05/a': content })
    expect(made.said[0]).toBe(`${sentence} ${size}; sending it again.`)
    expect(made.journal.files.get('sales/1.05/a')).toEqual({ size, sha256 })
    expect(made.record.retries).toBe(1)
  })

  test('and whose copy comes out short each time it is sent is an error like any other', async () => {
    const made = await sample(site('a'), { retries: 1 })
    cutsShort(made.transport, { '/www/sales/1.05/a': Infinity })
    made.transport.copy = (_, to) => {
      made.transport.disk.write(to, Buffer.from('short'))
      return Promise.resolve(true)
    }
    const error = await deployErrorOf(() => send(made, [twin('a')]))
    expect([error.reasonCode, made.journal.files.size]).toEqual(['not-verified', 0])
  })

  test('and whose copy breaks off is left to the next run with the others', async () => {
    const made = await sample(site('a'))
    made.transport.meddle = call => (call.startsWith('copy') ? { done: 'half', error: broken() } : undefined)
    const error = await deployErrorOf(() => send(made, [twin('a')]))
    made.transport.meddle = () => undefined
    await made.created.undo(made.context, error)
    expect(error.reasonCode).toBe('connection-lost')
    expect(Object.keys(made.transport.disk.contents('sales/1.05'))).toEqual(['sales/1.05/a'])
    expect(made.journal.files.size).toBe(0)
  })

  test('goes with its folder when the server refuses another one', async () => {
    const made = await sample(site('a'))
    const refused = new DeployError('permission-denied', 'refused', 'Look.')
    made.transport.meddle = call => (call.startsWith('write') ? { done: 'nothing', error: refused } : undefined)
    made.transport.inFlight = 1
    await expect(send(made, [twin('a'), file('sales/1.05/b')])).rejects.toBe(refused)
    made.transport.meddle = () => undefined
    await made.created.undo(made.context, refused)
    expect(made.transport.disk.contents('sales')).toEqual({ 'sales/1.04/a': content })
  })
})

describe('before the journal says that the release begins', () => {
  function pending(): { begun: Promise<void>; begin: () => void; fail: (error: Error) => void } {
    let [begin, fail]: [() => void, (error: Error) => void] = [() => undefined, () => undefined]
    const begun = new Promise<void>((resolve, reject) => {
      begin = resolve
      fail = reject
    })
    begun.catch(() => undefined)
    return { begun, begin, fail }
  }

  test('new files are written, and those that overwrite one wait for it', async () => {
    const { begun, begin } = pending()
    const made = await sample({ 'sales/old': 'old' }, {}, begun)
    const work = send(made, [file('sales/old', 'new', 3), file('sales/new', 'new')])
    await settled()
    expect(made.transport.disk.contents('sales')).toEqual({ 'sales/new': 'new', 'sales/old': 'old' })
    expect(made.transport.calls).toEqual(['write /www/sales/new'])
    begin()
    await work
    expect(made.transport.disk.contents('sales')).toEqual({ 'sales/new': 'new', 'sales/old': 'new' })
  })

  test('files are written beside those that they will replace', async () => {
    const { begun } = pending()
    const made = await sample({ 'sales/old': 'old' }, {}, begun)
    await send(made, [file('sales/old', 'new', 3)], { isTemporary: true })
    expect(made.transport.disk.contents('sales')).toEqual({ 'sales/old': 'old', 'sales/old.hot-deploy-tmp': 'new' })
  })

  test('nothing is overwritten when it never says so', async () => {
    const { begun, fail } = pending()
    const made = await sample({ 'sales/old': 'old' }, {}, begun)
    const work = send(made, [file('sales/old', 'new', 3)])
    fail(broken())
    expect((await deployErrorOf(() => work)).reasonCode).toBe('connection-lost')
    expect(made.transport.disk.contents('sales')).toEqual({ 'sales/old': 'old' })
  })
})

describe('what a failed upload has left', () => {
  const refused = new DeployError('permission-denied', 'refused', 'Look.')

  async function failed(cause: Error): Promise<{ left: string[]; folders: string[] }> {
    const made = await sample({ 'sales/old': 'old' })
    const files = [file('sales/v/new'), file('sales/old', 'new', 3), file('sales/v/last')]
    made.transport.meddle = call => (call.endsWith('/last') ? { done: 'half', error: cause } : undefined)
    made.transport.inFlight = 1
    await makeFolders(made.transport, files, made.created, [])
    await expect(send(made, [file('sales/staged')], { isTemporary: true }).then(() => send(made, files))).rejects.toBe(
      cause
    )
    made.transport.meddle = () => undefined
    await made.created.undo(made.context, cause)
    return {
      left: Object.keys(made.transport.disk.contents('sales')),
      folders: made.transport.disk.list('/www/sales').flatMap(({ name, kind }) => (kind === 'folder' ? [name] : []))
    }
  }

  test('goes, with its folders, when the server has refused something; what was there stays', async () => {
    expect(await failed(refused)).toEqual({ left: ['sales/old'], folders: [] })
  })

  test.each([
    ['the server has refused something', refused, []],
    ['the line broke', broken(), ['sales/v/new']]
  ] as const)('is known afterwards in so far as it is still there, when %s: %s', async (_, cause, expected) => {
    const made = await sample({ sales: null })
    const files = [file('sales/v/new'), file('sales/w/last')]
    made.transport.meddle = call =>
      call.startsWith('write') && call.endsWith('/last') ? { done: 'nothing', error: cause } : undefined
    made.transport.inFlight = 1
    await makeFolders(made.transport, files, made.created, [])
    await expect(send(made, files)).rejects.toBe(cause)
    expect([...made.journal.files.keys()]).toEqual(['sales/v/new'])
    made.transport.meddle = () => undefined
    await made.created.undo(made.context, cause)
    expect([...made.journal.files.keys()]).toEqual(expected)
  })

  test('stays for the next run when the line broke, but for temporary files', async () => {
    expect(await failed(broken())).toEqual({ left: ['sales/old', 'sales/v/last', 'sales/v/new'], folders: ['v'] })
  })
})

describe('folders for an upload', () => {
  const files = [file('sales/v/a'), file('sales/v/deep/b')]

  test('are made, and those that were not there are taken away again', async () => {
    const made = await sample({ sales: null })
    await makeFolders(made.transport, files, made.created, [])
    expect(made.transport.disk.list('/www/sales/v/deep')).toEqual([])
    await made.created.undo(made.context, new Error('refused'))
    expect(made.transport.disk.list('/www/sales')).toEqual([])
  })

  test('that are made before another one is refused are taken away again', async () => {
    const made = await sample({ sales: null })
    const refused = new DeployError('permission-denied', 'refused', 'Look.')
    made.transport.meddle = call => (call.endsWith('/deep') ? { done: 'nothing', error: refused } : undefined)
    await expect(makeFolders(made.transport, files, made.created, [])).rejects.toBe(refused)
    await made.created.undo(made.context, refused)
    expect(made.transport.disk.list('/www/sales')).toEqual([])
  })

  test('that no listing showed and that are there all the same are an error', async () => {
    const made = await sample({ 'sales/v': null })
    const error = await deployErrorOf(() => makeFolders(made.transport, files, made.created, ['sales/v']))
    expect(error.reasonCode).toBe('live-unreadable')
    expect(error.message).toContain('"/www/sales/v"')
  })

  test('that no listing showed and that nothing goes into do not matter', async () => {
    const made = await sample({ 'sales/v': null, other: null })
    await makeFolders(made.transport, files, made.created, ['other'])
    expect(made.transport.disk.list('/www/sales/v').map(({ name }) => name)).toEqual(['deep'])
  })
})
