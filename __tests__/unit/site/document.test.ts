import { setImmediate as later } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { DeployError } from '../../../src/errors'
import { decodeDocument, draftDocuments, encodeDocument, nameDrafts, readDocument } from '../../../src/site/document'
import { MemoryDisk } from '../../support/memory-disk'
import { killAt, MemoryTransport } from '../../support/memory-transport'
import { deployErrorOf } from '../deploy-error'

const content = { target: 'sales', größe: 'ü', list: [1, 'two', null, { three: true }] }
const bytes = encodeDocument('journal', content)

function decode(from: Buffer, kind = 'journal'): unknown {
  return decodeDocument(from, kind, '/www/state/journal-1.json')
}

/** What becomes of bytes: their content, or the reason code. */
function endOf(from: Buffer): unknown {
  try {
    return { content: decode(from) }
  } catch (error) {
    if (error instanceof DeployError) return error.reasonCode
    throw error
  }
}

test('what is encoded is decoded', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), value => {
      // JSON has no -0.
      const expected: unknown = JSON.parse(JSON.stringify(value))
      expect(decode(encodeDocument('journal', value))).toEqual(expected)
    })
  )
})

test.each([0, 1, 499, 500, 501, 1_000, 1_234])(
  'a list of %d is the same JSON as if it were written at once',
  length => {
    const list = Array.from({ length }, (_, index) => [`größe ${index}`, index])
    const given = {
      *[Symbol.iterator]() {
        yield* list
      }
    }
    const text = encodeDocument('files', given).toString()
    expect(text).toBe(encodeDocument('files', list).toString())
    expect(text.slice(text.indexOf('"content":'))).toBe(`"content":${JSON.stringify(list)}}\n`)
    expect(decode(Buffer.from(text), 'files')).toEqual(list)
  }
)

test('a document is one line of JSON, which names its schema and kind', () => {
  expect(bytes.toString()).toMatch(/^\{"schema":1,"kind":"journal","sha256":"[0-9a-f]{64}","content":\{.*\}\}\n$/)
})

async function writeDocuments(...given: Parameters<typeof draftDocuments>): Promise<void> {
  await draftDocuments(...given)
  await nameDrafts(...given)
}

describe('a document that is broken', () => {
  test('by its end is unreadable, wherever it ends', () => {
    const ends = Array.from({ length: bytes.length - 1 }, (_, length) => endOf(bytes.subarray(0, length)))
    expect(ends).toEqual(ends.map(() => 'journal-unreadable'))
    // The line end at its end is no part of it.
    expect(endOf(bytes.subarray(0, -1))).toEqual({ content })
  })

  test('by one byte never passes for another content', () => {
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] ?? 0) ^ change
        const end = endOf(flipped)
        if (typeof end === 'object') expect(end).toEqual({ content })
        else expect(end).toMatch(/^journal-(?:unreadable|newer)$/)
      }),
      { numRuns: 3000 }
    )
  })

  test('by a byte of its content or checksum is always unreadable', () => {
    const from = bytes.indexOf('"sha256"')
    for (let at = from; at < bytes.length - 2; at += 1) {
      const flipped = Buffer.from(bytes)
      flipped[at] = (flipped[at] ?? 0) ^ 1
      expect([at, endOf(flipped)]).toEqual([at, 'journal-unreadable'])
    }
  })

  test('by zeros, as a disk leaves them after a crash, is unreadable', () => {
    expect(endOf(Buffer.alloc(bytes.length))).toBe('journal-unreadable')
    expect(endOf(Buffer.concat([bytes.subarray(0, 40), Buffer.alloc(bytes.length - 40)]))).toBe('journal-unreadable')
  })

  test('is named, with what is wrong and what will be done', async () => {
    const error = await deployErrorOf(() => decode(bytes.subarray(0, 50)))
    expect(error.message).toContain('"/www/state/journal-1.json" cannot be read: ')
    expect(error.advice).toContain('uploads everything and deletes nothing')
  })
})

describe('what is no such document', () => {
  test.each([
    'null',
    '[]',
    '"journal"',
    '1',
    '{}',
    '{"schema":1}',
    '{"schema":"2","kind":"journal","content":{}}',
    '{"schema":0,"kind":"journal","content":{}}',
    '{"schema":1,"kind":"journal","sha256":"x"}',
    '<html>',
    '\u0000'
  ])('%j is unreadable', text => {
    expect(endOf(Buffer.from(text))).toBe('journal-unreadable')
  })

  test('is one of another kind', () => {
    expect(endOf(encodeDocument('files', content))).toBe('journal-unreadable')
  })

  test.each([2, 3, 1000])('of schema %d is from a newer version, whatever else it has', schema => {
    expect(endOf(Buffer.from(JSON.stringify({ schema })))).toBe('journal-newer')
    expect(endOf(Buffer.from(bytes.toString().replace('"schema":1', `"schema":${schema}`)))).toBe('journal-newer')
  })
})

describe('on a site', () => {
  test('a document is written beside its name and renamed, and read again', async () => {
    const transport = new MemoryTransport({ state: null })
    await writeDocuments(transport, '/www/state', [{ name: 'journal-1.json', kind: 'journal', content }])
    expect(transport.calls).toEqual([
      'write /www/state/journal-1.json.hot-deploy-tmp',
      'rename /www/state/journal-1.json.hot-deploy-tmp /www/state/journal-1.json'
    ])
    expect(await readDocument(transport, '/www/state', 'journal-1.json', 'journal')).toEqual(content)
    await expect(readDocument(transport, '/www/state', 'journal-1.json', 'files')).rejects.toThrow('something else')
  })

  test('several are written side by side, and then renamed in their order', async () => {
    const transport = new MemoryTransport({ state: null })
    const names = ['files-1.json', 'journal-1.json', 'a.json']
    const documents = names.map(name => ({ name, kind: 'journal', content: { name } }))
    transport.meddle = async call => {
      // The first one takes the longest, and the renames wait for it.
      for (let turn = 0; turn < (call.includes('write') && call.includes('files') ? 10 : 1); turn += 1) await later()
      return undefined
    }
    await writeDocuments(transport, '/www/state', documents)
    expect(transport.calls).toEqual([
      ...names.map(name => `write /www/state/${name}.hot-deploy-tmp`),
      ...names.map(name => `rename /www/state/${name}.hot-deploy-tmp /www/state/${name}`)
    ])
    for (const { name, content: expected } of documents) {
      expect(await readDocument(transport, '/www/state', name, 'journal')).toEqual(expected)
    }
  })

  test('of several there is none before the one that it follows, whenever the run dies', async () => {
    const found = new Set<number>()
    for (let at = 1, isDead = true; isDead; at += 1) {
      const disk = new MemoryDisk({ state: null })
      const transport = new MemoryTransport(disk)
      const kill = killAt(transport, at, 'all')
      const documents = ['1', '2', '3'].map(name => ({ name, kind: 'journal', content }))
      await writeDocuments(transport, '/www/state', documents).catch(() => undefined)
      isDead = kill()
      const there = Object.keys(disk.contents('state')).filter(path => !path.endsWith('-tmp'))
      expect(there).toEqual(['state/1', 'state/2', 'state/3'].slice(0, there.length))
      found.add(there.length)
    }
    expect([...found]).toEqual([0, 1, 2, 3])
  })

  test.each(['nothing', 'half', 'all'] as const)(
    'there is none of it or all, whenever the run dies (%s done)',
    async done => {
      for (const at of [1, 2]) {
        const disk = new MemoryDisk({ state: null })
        const transport = new MemoryTransport(disk)
        killAt(transport, at, done)
        await writeDocuments(transport, '/www/state', [{ name: 'a.json', kind: 'journal', content }]).catch(
          () => undefined
        )
        const found = disk.contents('state')['state/a.json']
        expect([undefined, bytes.toString('latin1')]).toContain(found)
      }
    }
  )
})
