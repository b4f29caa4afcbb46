import { setImmediate as later } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Budget } from '../../../src/transport/budget'
import { Compressibility } from '../../../src/transport/compressibility'
import { hashOfBytes } from '../../../src/transport/content'
import { OpenFiles } from '../../../src/transport/open-files'
import { Pending, type Callback } from '../../../src/transport/pending'
import type { Handle } from '../../../src/transport/sftp-login'
import { writeSmallFile, type SftpConnection, type SmallFile } from '../../../src/transport/small-file'

const bytes = Buffer.from('content')
const failure = Object.assign(new Error('Failure'), { code: 4 })
const chunk = Buffer.alloc(100)

/** What a server was asked for, each with the means to answer. */
interface Asked {
  readonly what: string
  readonly done: Callback<unknown>
}

let asked: Asked[]
let on: SftpConnection
let told: number

beforeEach(() => {
  asked = []
  told = 0
  on = connection()
})

afterEach(() => {
  on.pending.fail(new Error('The test is over.'))
})

function connection(maxOpenHandles = 5, unconfirmed = 1_000): SftpConnection {
  const handle = {
    maxOpenHandles,
    open: (path: string, _flags: string, done: Callback<Buffer>) =>
      asked.push({ what: `open ${path}`, done: done as Callback<unknown> }),
    write: (_file: Buffer, data: Buffer, _offset: number, _length: number, _at: number, done: Callback<unknown>) =>
      asked.push({ what: `write ${data.toString()}`, done }),
    close: (file: Buffer, done: Callback<unknown>) => asked.push({ what: `close ${file.toString()}`, done })
  } as unknown as Handle
  return {
    handle,
    pending: new Pending(60_000, () => undefined),
    open: new OpenFiles(handle),
    bytes: new Budget(unconfirmed),
    compressibility: new Compressibility()
  }
}

function write(path: string, content: SmallFile['content'] = { bytes }): Promise<string> {
  const size = 'bytes' in content ? content.bytes.length : content.size
  const written = writeSmallFile(on, { path, content, size }, chunk, count => {
    told += count
  })
  // It may fail before anybody looks.
  written.catch(() => undefined)
  return written
}

function whats(): string[] {
  return asked.map(({ what }) => what)
}

/** Answers the oldest request that waits. */
async function answer(error: Error | null = null, value: Buffer = Buffer.from('handle')): Promise<void> {
  asked.shift()?.done(error, value)
  await later()
}

test('each request is made when the one before is answered, and bytes count when they are confirmed', async () => {
  const written = write('/a')
  expect(whats()).toEqual(['open /a'])
  await answer()
  expect(whats()).toEqual(['write content'])
  expect(told).toBe(0)
  await answer()
  expect(told).toBe(bytes.length)
  expect(whats()).toEqual(['close handle'])
  await answer()
  expect(await written).toBe(hashOfBytes(bytes))
  expect(asked).toEqual([])
})

test('a file without content is opened and closed', async () => {
  const written = write('/empty', { bytes: Buffer.alloc(0) })
  await answer()
  expect(whats()).toEqual(['close handle'])
  await answer()
  expect(await written).toBe(hashOfBytes(Buffer.alloc(0)))
})

test('files wait while the server lets no more be open, and while too much is not confirmed', async () => {
  on = connection(6, bytes.length)
  const files = ['/1', '/2', '/3'].map(path => write(path))
  expect(whats()).toEqual(['open /1', 'open /2'])
  await answer()
  await answer()
  // Of bytes there is room for one.
  expect(whats()).toEqual(['write content'])
  await answer()
  expect(whats()).toEqual(['close handle', 'write content'])
  await answer()
  expect(whats()).toEqual(['write content', 'open /3'])
  for (let count = 0; count < 5; count += 1) await answer()
  await Promise.all(files)
  expect(told).toBe(3 * bytes.length)
  expect(asked).toEqual([])
})

test.each([
  ['WRITE', 1],
  ['CLOSE', 2]
])('what the %s fails with, the file fails with, and leaves room for others', async (_, before) => {
  on = connection(5, bytes.length)
  const written = write('/a')
  for (let count = 0; count < before; count += 1) await answer()
  await answer(failure)
  await expect(written).rejects.toBe(failure)
  // One that is open is closed, whatever the answer.
  if (before === 1) {
    expect(whats()).toEqual(['close handle'])
    await answer(failure)
  }
  const next = write('/b')
  for (let count = 0; count < 3; count += 1) await answer()
  expect(await next).toBe(hashOfBytes(bytes))
})

test('a file of the runner that cannot be read fails, is closed, and leaves room for others', async () => {
  on = connection(5, bytes.length)
  const written = write('/a', { localPath: '/no/such/file', size: 3 })
  await answer()
  await expect(written).rejects.toThrow('ENOENT')
  expect(whats()).toEqual(['close handle'])
  await answer()
  const next = write('/b')
  for (let count = 0; count < 3; count += 1) await answer()
  expect(await next).toBe(hashOfBytes(bytes))
})

test('an OPEN that fails among many is asked for again when fewer are open; among few it is the file that fails', async () => {
  on = connection(100)
  const files = Array.from({ length: 12 }, (_, index) => write(`/${index}`))
  const [first] = asked
  asked = asked.slice(1)
  first?.done(failure)
  await later()
  expect(whats()).not.toContain('open /0')
  for (let count = 0; count < 40 && asked.length > 0; count += 1) await answer()
  await Promise.all(files)

  on = connection(100)
  const alone = write('/alone')
  await answer(failure)
  await expect(alone).rejects.toBe(failure)
})

test('all fail with the connection, wherever they are: asked for, waiting for room, or for bytes', async () => {
  on = connection(7, bytes.length)
  const files = ['/1', '/2', '/3', '/4', '/5'].map(path => write(path))
  await answer()
  await answer()
  const end = new Error('The line broke.')
  on.pending.fail(end)
  const outcomes = await Promise.allSettled(files)
  expect(outcomes).toEqual(files.map(() => ({ status: 'rejected', reason: end })))
  // What ssh2 answers afterwards counts no more.
  const late = [...asked]
  for (const { done } of late) done(null, Buffer.from('handle'))
  await later()
  expect(asked).toHaveLength(late.length)
  await expect(write('/late')).rejects.toBe(end)
})

test('a server whose limit is unknown or endless is trusted with what Windows bears', () => {
  expect(new OpenFiles({ maxOpenHandles: undefined } as unknown as Handle).most).toBe(256)
  expect(new OpenFiles({ maxOpenHandles: Infinity } as unknown as Handle).most).toBe(256)
  expect(new OpenFiles({ maxOpenHandles: 3 } as unknown as Handle).most).toBe(1)
  expect(new OpenFiles({ maxOpenHandles: 100_000 } as unknown as Handle).most).toBe(1_000)
})
