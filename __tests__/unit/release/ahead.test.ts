import { describe, expect, jest, test } from '@jest/globals'
import { Ahead } from '../../../src/release/ahead'

describe('work that may begin before its turn', () => {
  test('is done once, when it is begun or asked for', async () => {
    const work = jest.fn(() => Promise.resolve('done'))
    const ahead = new Ahead(work)
    expect([ahead.isBegun, work.mock.calls.length]).toEqual([false, 0])
    ahead.begin()
    ahead.begin()
    expect(ahead.isBegun).toBe(true)
    expect(await ahead.result()).toBe('done')
    expect(work).toHaveBeenCalledTimes(1)
    expect(await new Ahead(work).result()).toBe('done')
  })

  test('fails when it is asked for, and not before', async () => {
    const ahead = new Ahead(() => Promise.reject(new Error('failed')))
    ahead.begin()
    await ahead.settled()
    await expect(ahead.result()).rejects.toThrow('failed')
  })

  test('is not begun by whoever waits for its end', async () => {
    const work = jest.fn(() => Promise.resolve())
    await new Ahead(work).settled()
    expect(work).not.toHaveBeenCalled()
  })
})
