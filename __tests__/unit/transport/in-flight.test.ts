import { setImmediate as later } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { forEachInFlight, together } from '../../../src/transport/in-flight'

const numbers = Array.from({ length: 20 }, (_, n) => n)

test.each([1, 3, 8, 50])(
  'at most %d are under way, as many as there may be, and each item has its turn',
  async limit => {
    let running = 0
    let most = 0
    const seen: number[] = []
    await forEachInFlight(numbers, limit, async n => {
      running += 1
      most = Math.max(most, running)
      seen.push(n)
      await later()
      running -= 1
    })
    expect(most).toBe(Math.min(limit, numbers.length))
    expect(seen).toEqual(numbers)
  }
)

test('after the first failure nothing is started, and what is under way is awaited', async () => {
  const started: number[] = []
  const ended: number[] = []
  const work = forEachInFlight(numbers, 3, async n => {
    started.push(n)
    if (n === 1) throw new Error('one')
    for (let turn = 0; turn < 5; turn += 1) await later()
    ended.push(n)
  })
  await expect(work).rejects.toThrow('one')
  expect(started).toEqual([0, 1, 2])
  expect(ended).toEqual([0, 2])
})

test('of several failures the first one is thrown', async () => {
  const work = forEachInFlight(numbers, 3, async n => {
    for (let turn = 3; turn > n; turn -= 1) await later()
    throw new Error(`number ${n}`)
  })
  await expect(work).rejects.toThrow('number 2')
})

test('an action that throws nothing at all has failed too', async () => {
  const nothing: unknown = undefined
  await expect(forEachInFlight([1], 1, () => Promise.reject(nothing as Error))).rejects.toBeUndefined()
})

test('of nothing nothing is done', async () => {
  let calls = 0
  await forEachInFlight([], 4, () => {
    calls += 1
    return Promise.resolve()
  })
  expect(calls).toBe(0)
})

test('items are taken one by one, as they are needed', async () => {
  let taken = 0
  function* many(): Generator<number> {
    while (taken < 1000) yield (taken += 1)
  }
  const work = forEachInFlight(many(), 2, n => (n === 5 ? Promise.reject(new Error('enough')) : later()))
  await expect(work).rejects.toThrow('enough')
  expect(taken).toBeLessThan(10)
})

describe('things that are under way together', () => {
  async function after<T>(turns: number, result: T): Promise<T> {
    for (let turn = 0; turn < turns; turn += 1) await later()
    if (result instanceof Error) throw result
    return result
  }

  test('are awaited, and give what each has given, in their order', async () => {
    expect(await together([after(3, 'slow'), after(1, 2), after(2, undefined)])).toEqual(['slow', 2, undefined])
    expect(await together([])).toEqual([])
  })

  test('fail with the failure that came first, whichever of them that was', async () => {
    const works = [after(4, new Error('late')), after(1, new Error('first')), after(2, new Error('second'))]
    await expect(together(works)).rejects.toThrow('first')
  })

  test('are all awaited to their end, although one has failed', async () => {
    const ended: string[] = []
    const slow = async (): Promise<void> => {
      await after(5, undefined)
      ended.push('slow')
    }
    await expect(together([slow(), after(1, new Error('soon'))])).rejects.toThrow('soon')
    expect(ended).toEqual(['slow'])
  })

  test('may have failed already', async () => {
    await expect(together([after(1, 1), Promise.reject(new Error('before'))])).rejects.toThrow('before')
  })

  test('have failed too when what was thrown is nothing at all', async () => {
    const nothing: unknown = undefined
    await expect(together([after(1, 1), Promise.reject(nothing as Error)])).rejects.toBeUndefined()
  })
})
