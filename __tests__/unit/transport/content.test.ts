import { createHash, randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { hashOf, hashOfFile, sizeOf, Source, type Content } from '../../../src/transport/content'
import { temporaryFolder } from '../temporary-folder'

const bufferSize = 1000
const kinds = ['bytes', 'a file'] as const

/** What is read, part by part, and what its hash is. */
function readAll(content: Content, size = bufferSize): { parts: Buffer[]; sha256: string } {
  using source = new Source(content)
  const buffer = Buffer.alloc(size)
  const parts: Buffer[] = []
  for (let part = source.next(buffer); part.length > 0; part = source.next(buffer)) parts.push(Buffer.from(part))
  // Whoever asks once more gets nothing once more.
  expect(source.next(buffer)).toHaveLength(0)
  return { parts, sha256: source.sha256() }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url')
}

async function withContent(kind: (typeof kinds)[number], bytes: Buffer, work: (content: Content) => void) {
  await using folder = await temporaryFolder()
  await folder.write({ file: bytes })
  work(kind === 'bytes' ? { bytes } : { localPath: join(folder.path, 'file'), size: bytes.length })
}

const sizes = [0, 1, bufferSize - 1, bufferSize, bufferSize + 1, 2 * bufferSize, 7 * bufferSize + 13]

describe.each(kinds)('%s', kind => {
  test.each(sizes)('of %d bytes is read in order and whole, a buffer at a time', async size => {
    const bytes = randomBytes(size)
    await withContent(kind, bytes, content => {
      const { parts, sha256: found } = readAll(content)
      expect(Buffer.concat(parts).equals(bytes)).toBe(true)
      expect(parts.map(({ length }) => length).slice(0, -1)).toEqual(parts.slice(1).map(() => bufferSize))
      expect(found).toBe(sha256(bytes))
    })
  })

  // The buffer that hashes are made with has 256 KiB.
  test.each([...sizes, 2 ** 18 - 1, 2 ** 18, 2 ** 18 + 1, 2 ** 19, 1_000_001])(
    'of %d bytes has its hash',
    async size => {
      const bytes = randomBytes(size)
      await withContent(kind, bytes, content => {
        expect(hashOf(content)).toBe(sha256(bytes))
        expect(sizeOf(content)).toBe(size)
      })
    }
  )

  test('is read from its beginning each time', async () => {
    await withContent(kind, Buffer.from('content'), content => {
      expect([hashOf(content), hashOf(content)]).toEqual([
        sha256(Buffer.from('content')),
        sha256(Buffer.from('content'))
      ])
    })
  })
})

test('the hash is that of what was read so far', () => {
  using source = new Source({ bytes: Buffer.from('half and half') })
  source.next(Buffer.alloc(4))
  expect(source.sha256()).toBe(sha256(Buffer.from('half')))
})

test('a file is hashed as it is, whatever size it is said to have', async () => {
  await using folder = await temporaryFolder()
  await folder.write({ file: 'content' })
  const localPath = join(folder.path, 'file')
  const expected = sha256(Buffer.from('content'))
  expect([hashOfFile(localPath), hashOf({ localPath, size: 3 }), hashOf({ localPath, size: 99 })]).toEqual([
    expected,
    expected,
    expected
  ])
})

test('a file that is not there is an error of who reads it, and not before', () => {
  using source = new Source({ localPath: '/nowhere/at/all', size: 1 })
  expect(() => source.next(Buffer.alloc(1))).toThrow('ENOENT')
})

test('no file stays open, whether it was read to its end, in part, or could not be read', async () => {
  await using folder = await temporaryFolder()
  await folder.write({ file: Buffer.alloc(5000) })
  const localPath = join(folder.path, 'file')
  // The next file that is opened gets the lowest number that is free.
  const free = (): number => {
    const number = openSync(localPath, 'r')
    closeSync(number)
    return number
  }
  const before = free()
  hashOfFile(localPath)
  expect(() => hashOfFile(folder.path)).toThrow('EISDIR')
  {
    using source = new Source({ localPath, size: 5000 })
    source.next(Buffer.alloc(10))
  }
  expect(free()).toBe(before)
})
