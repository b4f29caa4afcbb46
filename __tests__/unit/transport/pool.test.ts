import { setImmediate as later } from 'node:timers/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { forEachInFlight } from '../../../src/transport/in-flight'
import { nameOf } from '../../../src/transport/remote-path'
import type { Width } from '../../../src/transport/width'
import { deployErrorOf } from '../deploy-error'
import { cut, failure, server, type Server, type ServerOptions } from './server'

/** Two operations on each connection, and four connections at most. */
const inFlight = 2
const width: Width = ({ operations }) => Math.max(1, Math.min(4, Math.ceil(operations / inFlight)))
const several: ServerOptions = { width, inFlight }

const mib = 1024 * 1024

/** All that is under way has begun since. */
const longAgoMs = 60_000

/** Holds up what it is asked about until it is opened. */
class Gate {
  /** What came to it: the call, and the connection that it came by. */
  readonly held: { readonly call: string; readonly on: number }[] = []
  open: () => void = () => undefined
  readonly #opened: Promise<void>

  constructor() {
    this.#opened = new Promise(resolve => {
      this.open = resolve
    })
  }

  async hold(call: string, on: number): Promise<undefined> {
    this.held.push({ call, on })
    await this.#opened
  }

  /** How many it holds on each connection, by its number. */
  get spread(): Record<number, number> {
    const counts: Record<number, number> = {}
    for (const { on } of this.held) counts[on] = (counts[on] ?? 0) + 1
    return counts
  }
}

function files(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `/www/f${n}`)
}

async function writeAll({ transport }: Server, count: number): Promise<void> {
  await forEachInFlight(files(count), count, async file => {
    await transport.write(file, { bytes: Buffer.from(file) })
  })
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await later()
}

/** A server with all connections that there may be, and nothing under way. */
async function grown(options: ServerOptions = several): Promise<Server> {
  const made = await server({}, undefined, options)
  await writeAll(made, 40)
  await settled()
  made.calls.length = 0
  return made
}

function connectionsOf(made: Server): number {
  return made.connections.filter(({ calls }) => !calls.includes('close')).length
}

/** The most operations at the server at once while so many are asked for. */
async function mostOf(made: Server, count: number): Promise<number> {
  let running = 0
  let most = 0
  made.trouble = async call => {
    if (!call.startsWith('list')) return undefined
    most = Math.max(most, (running += 1))
    await later()
    running -= 1
    return undefined
  }
  await forEachInFlight(files(count), count, async () => {
    await made.transport.list('/www')
  })
  made.trouble = () => undefined
  return most
}

describe('connections', () => {
  test.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [6, 3],
    [7, 4],
    [100, 4]
  ])('for %d operations side by side are %d', async (count, expected) => {
    const made = await server({}, undefined, several)
    await writeAll(made, count)
    await settled()
    expect(connectionsOf(made)).toBe(expected)
    expect(made.calls.filter(call => call === 'connect')).toHaveLength(expected - 1)
    expect(Object.keys(made.disk.contents())).toHaveLength(count)
    expect(made.said).toEqual([])
  })

  test('are no more for operations that come one after the other', async () => {
    const made = await server({}, undefined, several)
    for (let count = 0; count < 20; count += 1) await writeAll(made, 1)
    expect(made.connections).toHaveLength(1)
  })

  test('are more for much that is to be sent, even in one operation', async () => {
    const byBytes: Width = ({ bytes }) => (bytes >= 100 ? 2 : 1)
    const made = await server({}, undefined, { width: byBytes })
    await made.transport.write('/www/small', { bytes: Buffer.alloc(99) })
    await settled()
    expect(made.connections).toHaveLength(1)
    await made.transport.write('/www/large', { bytes: Buffer.alloc(100) })
    await settled()
    expect(made.connections).toHaveLength(2)
    // What was sent does not count any more.
    for (let count = 0; count < 5; count += 1) await made.transport.write('/www/small', { bytes: Buffer.alloc(99) })
    expect(made.calls.filter(call => call === 'connect')).toHaveLength(1)
  })

  test('tell how many operations are worth starting before they are there', async () => {
    const made = await server({}, undefined, several)
    expect([made.line.inFlight, made.transport.inFlight]).toEqual([8, 8])
    expect(made.connections).toHaveLength(1)
  })

  test('share the work', async () => {
    const made = await grown()
    const gate = new Gate()
    made.trouble = (call, on) => gate.hold(call, on)
    const work = writeAll(made, 4)
    await settled()
    expect(gate.spread).toEqual({ 0: 1, 1: 1, 2: 1, 3: 1 })
    const more = writeAll(made, 50)
    await settled()
    expect(gate.spread).toEqual({ 0: 2, 1: 2, 2: 2, 3: 2 })
    gate.open()
    await Promise.all([work, more])
  })

  test('let work begin that waited, as soon as one more is there', async () => {
    const made = await server({}, undefined, several)
    const [slow, gate] = [new Gate(), new Gate()]
    made.trouble = (call, on) => (call === 'connect' ? slow.hold(call, on) : gate.hold(call, on))
    const work = writeAll(made, 4)
    await settled()
    expect(gate.spread).toEqual({ 0: 2 })
    slow.open()
    await settled()
    expect(gate.spread).toEqual({ 0: 2, 1: 2 })
    gate.open()
    await work
  })
})

describe('what is to be sent', () => {
  /** Of one connection, on which many operations could be under way. */
  const alone: ServerOptions = { inFlight: 8 }

  async function send({ transport }: Server, file: string, size: number): Promise<void> {
    await transport.write(file, { bytes: Buffer.alloc(size) })
  }

  test('goes on an idle connection, be it larger than the room that there is in bytes', async () => {
    const made = await server({}, undefined, alone)
    await send(made, '/www/large', 9 * mib)
    await Promise.all([send(made, '/www/a', 9 * mib), send(made, '/www/b', 9 * mib), send(made, '/www/c', 1)])
    expect(Object.values(made.disk.contents()).map(({ length }) => length)).toEqual([9 * mib, 9 * mib, 1, 9 * mib])
  })

  test('waits while a connection has 8 MiB to send, although it could carry more operations', async () => {
    const made = await server({}, undefined, alone)
    const gate = new Gate()
    made.trouble = (call, on) => gate.hold(call, on)
    const works = [send(made, '/www/a', 8 * mib - 1), send(made, '/www/b', 1), send(made, '/www/c', 1)]
    await settled()
    expect(gate.held.map(({ call }) => call)).toEqual(['write /www/a', 'write /www/b'])
    gate.open()
    await Promise.all(works)
    expect(gate.held.map(({ call }) => call)).toEqual(['write /www/a', 'write /www/b', 'write /www/c'])
  })

  test('has other connections than what is large already has, although both could carry it', async () => {
    const made = await grown({ width: () => 2, inFlight: 8 })
    const gate = new Gate()
    made.trouble = (call, on) => gate.hold(call, on)
    const works = [send(made, '/www/large', 4 * mib), ...files(4).map(file => send(made, file, 1))]
    await settled()
    expect(gate.held.filter(({ on }) => on === gate.held[0]?.on)).toHaveLength(1)
    gate.open()
    await Promise.all(works)
  })
})

describe('another connection that the server refuses', () => {
  const full = failure('too-many-connections')

  test.each([
    [1, 'Going on with one connection; another one failed: It was too-many-connections.'],
    [2, 'Going on with 2 connections; another one failed: It was too-many-connections.'],
    [3, 'Going on with 3 connections; another one failed: It was too-many-connections.']
  ])('where it lets in %d means so many and no failure, and is said once', async (most, sentence) => {
    const made = await server({}, undefined, several)
    made.trouble = (call, on) => (call === 'connect' && on >= most ? full : undefined)
    await writeAll(made, 100)
    await settled()
    expect(Object.keys(made.disk.contents())).toHaveLength(100)
    expect(connectionsOf(made)).toBe(most)
    expect(made.said).toEqual([sentence])
    expect(made.line.inFlight).toBe(most * inFlight)
    // It is not asked again, and who asks side by side finds as much room as there is.
    made.calls.length = 0
    expect(await mostOf(made, 100)).toBe(most * inFlight)
    expect(made.calls).not.toContain('connect')
    expect(made.said).toHaveLength(1)
  })

  test.each(['connection-lost', 'authentication-failed', 'timeout', 'unreachable'] as const)(
    'because of %s is no failure either, and is not tried again',
    async code => {
      const made = await server({}, undefined, several)
      made.trouble = call => (call === 'connect' ? failure(code) : undefined)
      await writeAll(made, 20)
      expect(made.calls.filter(call => call === 'connect')).toHaveLength(3)
      expect(made.said).toHaveLength(1)
    }
  )

  test('at once, while those that it lets in take a while, costs none of the places that there are', async () => {
    const made = await server({}, undefined, { width: () => 32, inFlight: 1 })
    let taken = 1
    made.trouble = async call => {
      if (call !== 'connect') return undefined
      if (taken === 5) return full
      taken += 1
      await sleep(20)
      return undefined
    }
    await writeAll(made, 100)
    await sleep(40)
    expect(Object.keys(made.disk.contents())).toHaveLength(100)
    expect(connectionsOf(made)).toBe(5)
    expect(made.said).toEqual(['Going on with 5 connections; another one failed: It was too-many-connections.'])
    expect(await mostOf(made, 100)).toBe(5)
    expect(made.said).toHaveLength(1)
  })

  test('is said of no run that is over', async () => {
    const made = await server({}, undefined, several)
    const slow = new Gate()
    made.trouble = async (call, on) => {
      if (call !== 'connect') return undefined
      await slow.hold(call, on)
      return full
    }
    await writeAll(made, 20)
    await made.line[Symbol.asyncDispose]()
    slow.open()
    await settled()
    expect(made.said).toEqual([])
  })
})

describe('a connection of several that breaks', () => {
  test('has only its own operations repeated, on the others, and fewer run side by side afterwards', async () => {
    const made = await grown()
    const gate = new Gate()
    let isBroken = false
    made.trouble = async (call, on) => {
      if (isBroken) return undefined
      await gate.hold(call, on)
      return on === 1 ? cut() : undefined
    }
    const work = writeAll(made, 8)
    await settled()
    expect(gate.held).toHaveLength(8)
    isBroken = true
    gate.open()
    await work
    const lost = gate.held.filter(({ on }) => on === 1).map(({ call }) => call)
    expect(lost).toHaveLength(2)
    for (const { call } of gate.held) {
      expect([call, made.calls.filter(other => other === call).length]).toEqual([call, lost.includes(call) ? 2 : 1])
    }
    expect(made.connections[1]?.calls.at(-1)).toBe('close')
    expect(connectionsOf(made)).toBe(3)
    expect(made.calls).not.toContain('connect')
    expect(made.said).toHaveLength(1)
    // A fourth of the eight that it had borne.
    expect(await mostOf(made, 60)).toBe(2)
  })

  test('is not made anew for the little that the line is trusted with, and the line recovers after a while', async () => {
    const made = await grown()
    made.trouble = (_, on) => (on === 2 ? cut() : undefined)
    await writeAll(made, 8)
    made.calls.length = 0
    expect(await mostOf(made, 60)).toBe(2)
    expect(made.calls).not.toContain('connect')
    await mostOf(made, 600)
    await mostOf(made, 600)
    expect(await mostOf(made, 60)).toBe(8)
    expect(connectionsOf(made)).toBe(4)
  })

  test('with all others: one is made anew, and all is done over it', async () => {
    const made = await grown()
    const gate = new Gate()
    made.trouble = async (call, on) => {
      if (call === 'connect' || on > 3) return undefined
      await gate.hold(call, on)
      return cut('half')
    }
    const work = writeAll(made, 8)
    await settled()
    gate.open()
    await work
    expect(made.disk.contents()).toMatchObject(Object.fromEntries(files(8).map(file => [nameOf(file), file])))
    expect(made.calls.filter(call => call === 'connect')).toHaveLength(1)
    expect(made.connections).toHaveLength(5)
    expect(connectionsOf(made)).toBe(1)
    // Once for each connection, and not for each operation.
    expect(made.said).toEqual(Array.from({ length: 4 }, () => expect.stringContaining('The connection was lost.')))
    expect(made.connections[4]?.calls).toHaveLength(8)
  })
})

describe('connections that the server has closed while they had nothing to do', () => {
  test.each([
    ['some', [1, 2, 3], 0],
    ['all', [0, 1, 2, 3], 1]
  ])('are given nothing, and cost no try: %s', async (_, closed, connects) => {
    const made = await grown({ ...several, retries: 0 })
    for (const number of closed) Object.assign(made.connections[number] ?? {}, { isOpen: false })
    made.trouble = (_call, on) => (closed.includes(on) ? cut() : undefined)
    await made.transport.list('/www')
    expect(made.said).toEqual([])
    expect(made.calls).toEqual([...Array.from({ length: connects }, () => 'connect'), 'list /www'])
    expect(connectionsOf(made)).toBe(1)
    // The line bears as much as before.
    expect(await mostOf(made, 100)).toBe(8)
  })
})

describe('work that must come to its end', () => {
  test('does not wait behind work that can be stopped', async () => {
    const made = await server({}, undefined, { inFlight: 2 })
    const gate = new Gate()
    made.trouble = (call, on) => gate.hold(call, on)
    const work = writeAll(made, 5)
    await settled()
    expect(gate.held.map(({ call }) => call)).toEqual(['write /www/f0', 'write /www/f1'])
    const unlocking = made.steady.remove('/www/lock')
    await settled()
    expect(gate.held.map(({ call }) => call)).toEqual(['write /www/f0', 'write /www/f1', 'remove /www/lock'])
    gate.open()
    await Promise.all([work, unlocking])
  })

  test('is the next where a connection does one thing after the other', async () => {
    const made = await grown({ width: load => Math.min(2, width(load, 0)), inFlight: 1 })
    const [gate, next] = [new Gate(), new Gate()]
    made.trouble = (call, on) => gate.hold(call, on)
    const work = Array.from({ length: 5 }, (_, index) =>
      made.transport.write(`/www/n${index}`, { bytes: Buffer.from('x') })
    )
    await settled()
    const undoing = ['f0', 'f1', 'f2'].map(file => made.steady.remove(`/www/${file}`))
    await settled()
    expect(gate.held).toEqual([
      { call: 'write /www/n0', on: 0 },
      { call: 'write /www/n1', on: 1 }
    ])
    made.trouble = (call, on) => next.hold(call, on)
    gate.open()
    await settled()
    expect(next.held).toEqual([
      { call: 'remove /www/f0', on: 0 },
      { call: 'remove /www/f1', on: 1 }
    ])
    next.open()
    await Promise.all([...work, ...undoing])
    expect(made.calls.filter(call => /remove|n2/.test(call)).slice(2)).toEqual(['remove /www/f2', 'write /www/n2'])
  })

  test('goes over a connection that has nothing to do, also on a line that bears little', async () => {
    const made = await grown({ width: load => Math.min(3, width(load, 0)), inFlight: 1 })
    const gate = new Gate()
    made.trouble = async (call, on) => {
      await gate.hold(call, on)
      return on === 0 ? cut() : undefined
    }
    const lost = made.transport.write('/www/n0', { bytes: Buffer.from('x') })
    await settled()
    gate.open()
    await lost
    const hung = new Gate()
    made.trouble = (call, on) => hung.hold(call, on)
    const work = [1, 2, 3].map(index => made.transport.write(`/www/n${index}`, { bytes: Buffer.from('x') }))
    await settled()
    expect(hung.held).toHaveLength(1)
    const unlocking = made.steady.remove('/www/f0')
    await settled()
    expect(hung.held.map(({ call }) => call)).toEqual(['write /www/n1', 'remove /www/f0'])
    hung.open()
    await Promise.all([...work, unlocking])
  })

  test('goes on when what can be stopped on other connections is dropped', async () => {
    const made = await grown({ width, inFlight: 1 })
    const gate = new Gate()
    made.trouble = (call, on) =>
      call.startsWith('remove') || call.startsWith('write') ? gate.hold(call, on) : undefined
    const stopped = made.transport.write('/www/x', { bytes: Buffer.from('x') })
    const undoing = made.steady.remove('/www/f0')
    await settled()
    expect(gate.held.map(({ on }) => on)).toEqual([0, 1])
    const cancelled = failure('cancelled')
    made.controller.abort(cancelled)
    made.line.dropStopped(longAgoMs)
    // At once, although the server has not answered.
    await expect(stopped).rejects.toBe(cancelled)
    expect(made.connections.map(({ calls }) => calls.includes('close'))).toEqual([true, false, false, false])
    gate.open()
    await undoing
    expect(made.disk.contents()).not.toHaveProperty('f0')
    expect(made.calls.filter(call => call.startsWith('remove'))).toHaveLength(1)
    expect(made.said).toEqual([])
  })

  test('goes on over another connection when it shares one with work that is dropped', async () => {
    const made = await grown({ width: load => Math.min(2, width(load, 0)), inFlight })
    const gate = new Gate()
    made.trouble = async (call, on) => {
      await gate.hold(call, on)
      return on === 0 ? cut() : undefined
    }
    const stopped = deployErrorOf(() => made.transport.remove('/www/f0'))
    const undoing = ['/www/f1', '/www/f2'].map(file => made.steady.remove(file))
    await settled()
    expect(gate.held).toEqual([
      { call: 'remove /www/f0', on: 0 },
      { call: 'remove /www/f1', on: 1 },
      { call: 'remove /www/f2', on: 0 }
    ])
    made.controller.abort(failure('cancelled'))
    made.line.dropStopped(longAgoMs)
    expect((await stopped).reasonCode).toBe('cancelled')
    gate.open()
    await Promise.all(undoing)
    expect(gate.held.slice(3)).toEqual([{ call: 'remove /www/f2', on: 1 }])
    expect(made.disk.contents()).not.toHaveProperty('f1')
    expect(made.disk.contents()).toHaveProperty('f0')
    expect(made.disk.contents()).not.toHaveProperty('f2')
    expect(made.calls).not.toContain('connect')
  })

  test('on a connection that has given no sign since the job was told to stop goes on over another', async () => {
    const made = await grown({ width: load => Math.min(2, width(load, 0)), inFlight })
    const gate = new Gate()
    made.trouble = async (call, on) => {
      await gate.hold(call, on)
      return on === 0 ? cut() : undefined
    }
    const undoing = made.steady.remove('/www/f0')
    await settled()
    made.line.dropStopped(longAgoMs)
    expect(connectionsOf(made)).toBe(2)
    made.line.dropStopped(0)
    expect(made.connections.map(({ calls }) => calls.includes('close'))).toEqual([true, false])
    gate.open()
    await undoing
    expect(gate.held).toEqual([
      { call: 'remove /www/f0', on: 0 },
      { call: 'remove /www/f0', on: 1 }
    ])
    expect(made.disk.contents()).not.toHaveProperty('f0')
  })

  test('is all that begins when the job is cancelled: what waits ends', async () => {
    const made = await server({}, undefined, { inFlight: 1 })
    const gate = new Gate()
    made.trouble = (call, on) => gate.hold(call, on)
    const works = files(3).map(file => deployErrorOf(() => made.transport.remove(file)))
    await settled()
    made.controller.abort(failure('cancelled'))
    made.line.dropStopped(longAgoMs)
    expect((await Promise.all(works)).map(({ reasonCode }) => reasonCode)).toEqual([
      'cancelled',
      'cancelled',
      'cancelled'
    ])
    expect(gate.held).toHaveLength(1)
    gate.open()
  })
})

describe('the end of the line', () => {
  test('closes all connections', async () => {
    const made = await grown()
    await made.line[Symbol.asyncDispose]()
    expect(made.connections).toHaveLength(4)
    expect(made.connections.map(({ calls }) => calls.at(-1))).toEqual(['close', 'close', 'close', 'close'])
  })

  test('closes a connection too that is just being opened, and nothing is done on it', async () => {
    const made = await server({}, undefined, several)
    const slow = new Gate()
    made.trouble = (call, on) => (call === 'connect' ? slow.hold(call, on) : undefined)
    await writeAll(made, 4)
    expect(slow.held).toHaveLength(1)
    await made.line[Symbol.asyncDispose]()
    slow.open()
    await settled()
    expect(made.connections.map(({ calls }) => calls.at(-1))).toEqual(['close', 'close'])
    expect(made.connections[1]?.calls).toEqual(['close'])
  })

  test('opens no more', async () => {
    const made = await server({}, undefined, { ...several, roundTripMs: 50 })
    await made.line[Symbol.asyncDispose]()
    made.line.expect({ operations: 100, bytes: 0 })
    await writeAll(made, 20).catch(() => undefined)
    expect(made.calls).not.toContain('connect')
  })
})

describe('a load that is expected', () => {
  test.each([
    [0.2, 1],
    [4.9, 1],
    [5, 4],
    [100, 4]
  ])('at a round trip of %d ms gets %d connections before it comes', async (roundTripMs, expected) => {
    const made = await server({}, undefined, { ...several, roundTripMs })
    made.line.expect({ operations: 100, bytes: 0 })
    await settled()
    expect(connectionsOf(made)).toBe(expected)
  })

  test('gets no more than it is worth, and none twice', async () => {
    const made = await server({}, undefined, { ...several, roundTripMs: 50 })
    made.line.expect({ operations: 4, bytes: 0 })
    made.line.expect({ operations: 4, bytes: 0 })
    await settled()
    made.line.expect({ operations: 3, bytes: 0 })
    await settled()
    expect(connectionsOf(made)).toBe(2)
  })

  test('finds them when it comes', async () => {
    const made = await server({}, undefined, { ...several, roundTripMs: 50 })
    made.line.expect({ operations: 100, bytes: 0 })
    await settled()
    made.calls.length = 0
    expect(await mostOf(made, 100)).toBe(8)
    expect(made.calls).not.toContain('connect')
  })
})

describe('compressing', () => {
  const sentence = 'The line is slow, and what is sent shrinks: compressing it.'
  /** Two connections that carry two operations each. */
  const shrinking: ServerOptions = { width: () => 2, inFlight: 2, wouldShrink: true }

  beforeEach(() => {
    // Of all clocks just the one that lines are measured with.
    jest.useFakeTimers({
      doNotFake: ['Date', 'hrtime', 'nextTick', 'queueMicrotask', 'setImmediate', 'setInterval', 'setTimeout']
    })
  })

  afterEach(() => {
    jest.useRealTimers()
  })

  /** Sends files of a mebibyte, each of which takes so long. */
  async function sendAll(made: Server, count: number, milliseconds: number): Promise<void> {
    const { trouble } = made
    made.trouble = async (call, on) => {
      const fault = await trouble(call, on)
      if (call.startsWith('write')) jest.advanceTimersByTime(milliseconds)
      return fault
    }
    await forEachInFlight(files(count), count, async file => {
      await made.transport.write(file, { bytes: Buffer.alloc(mib) })
    })
    made.trouble = trouble
    await settled()
  }

  function writesOf(made: Server): string[] {
    return made.calls.filter(call => call.startsWith('write'))
  }

  test('begins on a slow line when it pays: other connections take the place of those that there are', async () => {
    const made = await grown(shrinking)
    await sendAll(made, 30, 200)
    expect(made.said).toEqual([sentence])
    expect(made.connections.map(connection => made.compressed.has(connection))).toEqual([false, false, true, true])
    expect(made.connections.map(({ calls }) => calls.includes('close'))).toEqual([true, true, false, false])
    // Each once, and the later ones over the later connections.
    expect([...writesOf(made)].sort()).toEqual(
      files(30)
        .map(file => `write ${file}`)
        .sort()
    )
    expect(made.connections.slice(2).flatMap(({ calls }) => calls).length).toBeGreaterThan(10)
    expect(Object.keys(made.disk.contents())).toHaveLength(40)
  })

  test('begins once, and connections that are made later compress as well', async () => {
    const made = await grown(shrinking)
    await sendAll(made, 60, 200)
    expect(made.connections).toHaveLength(4)
    made.trouble = (_, on) => (on < 4 ? cut() : undefined)
    await writeAll(made, 1)
    await settled()
    const later = made.calls.filter(call => call.startsWith('connect')).slice(2)
    expect(later.length).toBeGreaterThan(0)
    expect(new Set(later)).toEqual(new Set(['connect compressed']))
    expect(made.said.filter(text => text === sentence)).toHaveLength(1)
  })

  test.each<[string, ServerOptions, number, number]>([
    ['what is sent does not shrink', { ...shrinking, wouldShrink: false }, 30, 200],
    ['the line is fast', shrinking, 100, 20],
    ['there is little to send', shrinking, 7, 200]
  ])('never begins where %s', async (_, options, count, milliseconds) => {
    const made = await grown(options)
    await sendAll(made, count, milliseconds)
    expect(made.said).toEqual([])
    expect(made.calls.filter(call => call.startsWith('connect'))).toEqual([])
  })

  test('lets what is under way come to its end where it began', async () => {
    const made = await grown(shrinking)
    const gate = new Gate()
    made.trouble = (call, on) => (call.startsWith('read') ? gate.hold(call, on) : undefined)
    const { PassThrough } = await import('node:stream')
    const reading = made.transport.read('/www/f0', () => new PassThrough().resume())
    await settled()
    expect(gate.held).toEqual([{ call: 'read /www/f0', on: 0 }])
    await sendAll(made, 30, 200)
    expect(made.connections.map(({ calls }) => calls.includes('close'))).toEqual([false, true, false, false])
    const before = made.connections[0]?.calls.length
    await writeAll(made, 20)
    // It gets nothing more to do.
    expect(made.connections[0]?.calls).toHaveLength(before ?? 0)
    gate.open()
    await reading
    expect(made.connections[0]?.calls.at(-1)).toBe('close')
    expect(made.calls.filter(call => call.startsWith('read'))).toHaveLength(1)
  })

  test.each(['too-many-connections', 'authentication-failed', 'connection-lost'] as const)(
    'that the server refuses by %s leaves the connections at work that there are, and is not tried again',
    async code => {
      const made = await grown(shrinking)
      made.trouble = call => (call === 'connect compressed' ? failure(code) : undefined)
      await sendAll(made, 60, 200)
      expect(made.calls.filter(call => call.startsWith('connect'))).toHaveLength(2)
      expect(made.connections).toHaveLength(2)
      expect(connectionsOf(made)).toBe(2)
      expect([...writesOf(made)].sort()).toEqual(
        files(60)
          .map(file => `write ${file}`)
          .sort()
      )
    }
  )

  test('is no worse for a connection that breaks while it retires: its work is done over another', async () => {
    const made = await grown(shrinking)
    const gate = new Gate()
    made.trouble = async (call, on) => {
      if (call !== 'remove /www/f7') return undefined
      await gate.hold(call, on)
      return on === 0 ? cut() : undefined
    }
    const removing = made.transport.remove('/www/f7')
    await settled()
    await sendAll(made, 30, 200)
    expect(made.connections.map(({ calls }) => calls.includes('close'))).toEqual([false, true, false, false])
    gate.open()
    await removing
    await settled()
    expect(gate.held.map(({ on }) => on)).toEqual([0, expect.any(Number)])
    expect(made.compressed.has(made.connections[gate.held[1]?.on ?? 0] as never)).toBe(true)
    expect(made.connections[0]?.calls.filter(call => call === 'close')).toHaveLength(1)
    expect(connectionsOf(made)).toBe(2)
    expect(made.said).toEqual([sentence, expect.stringContaining('Going on over another connection.')])
    await writeAll(made, 20)
    expect(made.calls.filter(call => call.startsWith('connect'))).toHaveLength(2)
  })

  test('leaves no connection behind that comes about after the end of the line', async () => {
    const made = await grown(shrinking)
    const slow = new Gate()
    made.trouble = (call, on) => (call === 'connect compressed' ? slow.hold(call, on) : undefined)
    await sendAll(made, 30, 200)
    expect(slow.held).toHaveLength(1)
    await made.line[Symbol.asyncDispose]()
    slow.open()
    await settled()
    expect(made.connections).toHaveLength(3)
    expect(connectionsOf(made)).toBe(0)
  })
})
