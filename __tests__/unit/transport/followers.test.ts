import { setImmediate as later, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { Line, type Open } from '../../../src/transport/line'
import type { LoginCourse } from '../../../src/transport/login'
import type { Session } from '../../../src/transport/port'
import { farMs, type Load, type Width } from '../../../src/transport/width'
import { MemoryTransport } from '../../support/memory-transport'
import { failure } from './server'

const much: Load = { operations: 6000, bytes: 0 }
const four: Width = ({ operations }) => (operations > 64 ? 4 : 1)

/** A connection that is on its way. */
interface Attempt {
  readonly course: LoginCourse
  readonly session: MemoryTransport
  /** `pending` until it may send its secrets, then `allowed` or `forbidden`. */
  readonly login: string
  succeed(): void
  fail(error: Error): void
}

/** A server whose connections come about as the test wants. */
class Door {
  readonly attempts: Attempt[] = []
  readonly said: string[] = []

  readonly open: Open = (_isCompressed, course = {}) =>
    new Promise<Session>((resolve, reject) => {
      const session = new MemoryTransport()
      const attempt = {
        course,
        session,
        login: 'pending',
        succeed: () => {
          resolve(session)
        },
        fail: reject
      }
      course.mayLogIn?.then(
        () => (attempt.login = 'allowed'),
        () => (attempt.login = 'forbidden')
      )
      this.attempts.push(attempt)
    })

  connect(width: Width, expected?: Promise<Load>): Promise<Line> {
    const say = (text: string): void => void this.said.push(text)
    const ahead = expected && { expected, most: 4 }
    return Line.connect(this.open, { retries: 1, pauseMs: 1, say }, undefined, width, ahead)
  }

  /** The connections, the first one aside. */
  get others(): Attempt[] {
    return this.attempts.filter(({ course }) => course.mayLogIn !== undefined)
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await later()
}

/** A first connection that has found the server far away. */
async function begun(
  width = four,
  expected = Promise.resolve(much),
  roundTripMs = farMs
): Promise<[Door, Promise<Line>]> {
  const door = new Door()
  const line = door.connect(width, expected)
  line.catch(() => undefined)
  await settled()
  door.attempts[0]?.course.onRoundTrip?.(roundTripMs)
  await settled()
  return [door, line]
}

describe('beside the first connection', () => {
  test('others are opened, which send no secret before it is let in', async () => {
    const [door, line] = await begun()
    expect(door.others.map(({ login }) => login)).toEqual(['pending', 'pending', 'pending'])
    door.attempts[0]?.course.onAdmitted?.()
    await settled()
    expect(door.others.map(({ login }) => login)).toEqual(['allowed', 'allowed', 'allowed'])
    for (const attempt of door.attempts) attempt.succeed()
    ;(await line).expect(much)
    await settled()
    expect(door.attempts).toHaveLength(4)
  })

  test.each<[string, Width, Load, number]>([
    ['one is all that may be', () => 1, much, 50],
    ['there is little to do', four, { operations: 10, bytes: 0 }, 50],
    ['the server is near', four, much, farMs - 0.1]
  ])('none is opened when %s', async (_, width, load, roundTripMs) => {
    const [door] = await begun(width, Promise.resolve(load), roundTripMs)
    expect(door.attempts).toHaveLength(1)
  })

  test('no more are opened than may be: servers count strangers', async () => {
    const [door] = await begun(() => 8)
    expect(door.others).toHaveLength(3)
  })

  test('none is opened for work that becomes known when it is there', async () => {
    let know: (load: Load) => void = () => undefined
    const [door, line] = await begun(
      four,
      new Promise(resolve => {
        know = resolve
      })
    )
    door.attempts[0]?.succeed()
    await line
    know(much)
    await settled()
    expect(door.attempts).toHaveLength(1)
  })

  test('one that is refused leaves the run with fewer connections', async () => {
    const [door, line] = await begun()
    door.attempts[0]?.course.onAdmitted?.()
    door.attempts[3]?.fail(new Error('too many'))
    for (const attempt of door.attempts.slice(0, 3)) attempt.succeed()
    ;(await line).expect(much)
    await settled()
    expect(door.attempts).toHaveLength(4)
    expect(door.said).toEqual(['Going on with 3 connections; another one failed: too many'])
  })
})

describe('when the first connection fails', () => {
  test('the others send no secret', async () => {
    const [door, line] = await begun()
    const wrong = failure('authentication-failed')
    door.attempts[0]?.fail(wrong)
    await expect(line).rejects.toBe(wrong)
    await settled()
    expect(door.others.map(({ login }) => login)).toEqual(['forbidden', 'forbidden', 'forbidden'])
  })

  test('others that are in already are closed, and the next try has its own', async () => {
    const [door, line] = await begun()
    door.attempts[0]?.course.onAdmitted?.()
    for (const other of door.others) other.succeed()
    door.attempts[0]?.fail(failure('connection-lost'))
    await sleep(20)
    expect(door.others.map(({ session }) => session.calls)).toEqual([['close'], ['close'], ['close']])
    const again = door.attempts[4]
    again?.course.onRoundTrip?.(farMs)
    await settled()
    expect(door.others).toHaveLength(6)
    again?.succeed()
    await line
    expect(door.said).toHaveLength(1)
  })
})
