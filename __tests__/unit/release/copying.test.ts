import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { PlannedFile } from '../../../src/plan/plan'
import { Copying } from '../../../src/release/copying'
import { broken, MemoryTransport } from '../../support/memory-transport'

beforeEach(() => {
  jest.useFakeTimers()
})

afterEach(() => {
  jest.useRealTimers()
})

/** A file of version 1.05 that version 1.04 has too. */
function file(size: number, name = 'a'): PlannedFile {
  const content = { localPath: `/build/${name}`, size }
  const copyOf = { path: `sales/1.04/${name}`, sha256: `hash of ${name}` }
  return { path: `sales/1.05/${name}`, content, size, sizeOnSite: undefined, copyOf }
}

/** A site with such a file; and a line to it that has carried so many bytes a millisecond, if that is known. */
function site(rate?: number): { readonly transport: MemoryTransport; readonly copying: Copying } {
  const transport = new MemoryTransport({ 'sales/1.04/a': 'content', 'sales/1.05': null })
  const copying = new Copying(transport)
  if (rate !== undefined) send(copying, rate, 200)
  return { transport, copying }
}

/** Has a line carry so many bytes a millisecond for a while. */
function send(copying: Copying, rate: number, milliseconds: number): void {
  for (let left = milliseconds; left > 0; left -= 20) {
    jest.advanceTimersByTime(20)
    copying.noteSent(rate * 20)
  }
}

async function isCopied(copying: Copying, size: number): Promise<boolean> {
  return (await copying.copied(file(size))) !== undefined
}

describe('a file that the server can copy', () => {
  test('is copied beside what it is a copy of, and told by its hash', async () => {
    const { transport, copying } = site()
    expect(await copying.copied(file(1_000_000))).toBe('hash of a')
    expect(transport.calls).toEqual(['copy /www/sales/1.04/a /www/sales/1.05/a'])
    expect(transport.disk.contents('sales/1.05')).toEqual({ 'sales/1.05/a': 'content' })
    expect(copying.count).toBe(1)
  })

  test('is sent where there is nothing to copy', async () => {
    const { transport, copying } = site()
    const { path, content, size, sizeOnSite } = file(1_000_000)
    expect(await copying.copied({ path, content, size, sizeOnSite })).toBeUndefined()
    expect([transport.calls, copying.count]).toEqual([[], 0])
  })

  test.each([
    ['not measured yet', undefined, 50_000],
    ['of 1 MB a second', 1_000, 500],
    ['of 10 MB a second', 10_000, 5_000],
    ['of 1 GB a second', 1_000_000, 500_000]
  ])('is copied when that is faster than sending it, on a line %s (%s) above %d bytes', async (_, rate, limit) => {
    const { copying } = site(rate)
    expect([await isCopied(copying, limit), await isCopied(copying, limit + 1)]).toEqual([false, true])
  })

  test('is copied whatever its size where each file that is sent takes a connection of its own', async () => {
    const { transport, copying } = site(1_000_000)
    transport.sendsByConnection = true
    expect([await isCopied(copying, 0), await isCopied(copying, 1)]).toEqual([true, true])
  })
})

describe('the line', () => {
  test('carries what it carried when there was most to send', async () => {
    const { copying } = site()
    send(copying, 100, 200)
    send(copying, 10_000, 200)
    send(copying, 100, 2_000)
    expect([await isCopied(copying, 5_000), await isCopied(copying, 5_001)]).toEqual([false, true])
  })

  test('is not judged by the first moments', async () => {
    const { copying } = site()
    send(copying, 10, 180)
    expect(await isCopied(copying, 50_000)).toBe(false)
    send(copying, 10, 20)
    expect(await isCopied(copying, 50_000)).toBe(true)
  })

  test('is not thought to be faster by a try whose bytes are taken back', async () => {
    const { copying } = site()
    jest.advanceTimersByTime(100)
    copying.noteSent(100_000_000)
    copying.noteSent(-100_000_000)
    send(copying, 10, 200)
    expect(await isCopied(copying, 1_000)).toBe(true)
  })
})

describe('a server that cannot copy', () => {
  test('is asked once, and then no more', async () => {
    const { transport, copying } = site()
    let asked = 0
    transport.copy = () => Promise.resolve((asked += 1) < 0)
    for (let times = 0; times < 5; times += 1) expect(await isCopied(copying, 1_000_000)).toBe(false)
    expect([asked, copying.count]).toEqual([1, 0])
  })

  test('is asked by those that ask side by side, and by no one that comes later', async () => {
    const { transport, copying } = site()
    let asked = 0
    transport.copy = () => Promise.resolve((asked += 1) < 0)
    expect(await Promise.all([1, 2, 3].map(() => isCopied(copying, 1_000_000)))).toEqual([false, false, false])
    expect(await isCopied(copying, 1_000_000)).toBe(false)
    expect([asked, copying.count]).toEqual([3, 0])
  })

  test('is told from a line that breaks', async () => {
    const { transport, copying } = site()
    transport.meddle = () => ({ done: 'nothing', error: broken() })
    await expect(isCopied(copying, 1_000_000)).rejects.toThrow('lost')
    transport.meddle = () => undefined
    expect(await isCopied(copying, 1_000_000)).toBe(true)
  })
})
