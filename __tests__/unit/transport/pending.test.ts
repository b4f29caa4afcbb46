import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { messageOf } from '../../../src/errors'
import { Pending, type Callback } from '../../../src/transport/pending'

const never = (): void => undefined

beforeEach(() => {
  jest.useFakeTimers()
})

afterEach(() => {
  jest.useRealTimers()
})

/** Why a request fails; heard from its start on, so that no failure goes unheard. */
function reasonOf(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'none',
    (error: unknown) => messageOf(error)
  )
}

function silent(timeoutMs: number): { pending: Pending; times: () => number } {
  let times = 0
  const pending = new Pending(timeoutMs, () => {
    times += 1
    pending.fail(new Error('silence'))
  })
  return { pending, times: () => times }
}

test('an answer is handed on, and so is an error', async () => {
  const { pending } = silent(1000)
  await expect(
    pending.ask<string>(done => {
      done(null, 'here')
    })
  ).resolves.toBe('here')
  await expect(
    pending.ask(done => {
      done(new Error('no such file'))
    })
  ).rejects.toThrow('no such file')
  pending.fail(new Error('end'))
})

test('a request that throws at once has failed, and the others go on', async () => {
  const { pending } = silent(1000)
  let answer: Callback<number> = never
  const other = pending.ask<number>(done => {
    answer = done
  })
  await expect(
    pending.ask(() => {
      throw new Error('Not connected')
    })
  ).rejects.toThrow('Not connected')
  answer(null, 1)
  await expect(other).resolves.toBe(1)
  pending.fail(new Error('end'))
})

test('silence while a request waits gives the connection up', async () => {
  const { pending, times } = silent(30_000)
  const asked = reasonOf(pending.ask(never))
  jest.advanceTimersByTime(30_000)
  expect(times()).toBe(0)
  jest.advanceTimersByTime(2000)
  expect(times()).toBe(1)
  expect(await asked).toBe('silence')
})

test('silence while nothing waits is no fault, however long it is', async () => {
  const { pending, times } = silent(1000)
  await pending.ask(done => {
    done(null)
  })
  jest.advanceTimersByTime(3_600_000)
  const asked = reasonOf(pending.ask(never))
  jest.advanceTimersByTime(750)
  expect(times()).toBe(0)
  jest.advanceTimersByTime(1000)
  expect(await asked).toBe('silence')
})

test('a sign of life starts the time anew', async () => {
  const { pending, times } = silent(1000)
  const asked = reasonOf(pending.ask(never))
  for (let n = 0; n < 10; n += 1) {
    jest.advanceTimersByTime(900)
    pending.sign()
  }
  expect(times()).toBe(0)
  jest.advanceTimersByTime(1500)
  expect(await asked).toBe('silence')
})

test('the answer to one request is a sign of life for the others', async () => {
  const { pending, times } = silent(1000)
  const slow = reasonOf(pending.ask(never))
  jest.advanceTimersByTime(900)
  await pending.ask(done => {
    done(null)
  })
  jest.advanceTimersByTime(900)
  expect(times()).toBe(0)
  jest.advanceTimersByTime(600)
  expect(await slow).toBe('silence')
})

test('the end of the connection ends all requests, those to come as well, with the first reason', async () => {
  const { pending, times } = silent(1000)
  const waiting = [pending.ask(never), pending.ask(never)].map(reasonOf)
  pending.fail(new Error('reset'))
  pending.fail(new Error('closed'))
  expect(await Promise.all(waiting)).toEqual(['reset', 'reset'])
  let isSent = false
  await expect(
    pending.ask(() => {
      isSent = true
    })
  ).rejects.toThrow('reset')
  expect(isSent).toBe(false)
  jest.advanceTimersByTime(60_000)
  expect(times()).toBe(0)
})

test('an answer after the end changes nothing', async () => {
  const { pending } = silent(1000)
  let answer: Callback<number> = never
  const asked = pending.ask<number>(done => {
    answer = done
  })
  pending.fail(new Error('reset'))
  answer(null, 1)
  await expect(asked).rejects.toThrow('reset')
})

test('the shortest answer tells how far the server is; a request that failed does not', async () => {
  const { pending } = silent(60_000)
  const takes = async (ms: number, error?: Error): Promise<void> => {
    const asked = pending.ask(done => {
      setTimeout(() => {
        done(error)
      }, ms)
    })
    jest.advanceTimersByTime(ms)
    await asked.catch(() => undefined)
  }
  await takes(30)
  expect(pending.shortestMs).toBe(30)
  await takes(2, new Error('refused'))
  expect(pending.shortestMs).toBe(30)
  await takes(4)
  await takes(50)
  expect(pending.shortestMs).toBe(4)
  pending.fail(new Error('end'))
})
