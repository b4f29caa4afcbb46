import { defaultMaxListeners } from 'node:events'
import { setImmediate as later, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { DeployError } from '../../../src/errors'
import { forEachInFlight } from '../../../src/transport/in-flight'
import { Line } from '../../../src/transport/line'
import { retrying } from '../../../src/transport/retrying'
import type { Session, Transport } from '../../../src/transport/port'
import type { MemoryDisk } from '../../support/memory-disk'
import { broken } from '../../support/memory-transport'
import { deployErrorOf } from '../deploy-error'
import { busy, cut, failure, first, server, type Server, type Trouble } from './server'

const everything: readonly [string, (transport: Transport) => Promise<unknown>, (disk: MemoryDisk) => void][] = [
  ['list', transport => transport.list('/www'), () => undefined],
  [
    'read',
    async transport => {
      const { PassThrough } = await import('node:stream')
      await transport.read('/www/a', () => new PassThrough().resume())
    },
    () => undefined
  ],
  [
    'write',
    transport => transport.write('/www/new', { bytes: Buffer.from('new') }),
    disk => {
      expect(disk.contents().new).toBe('new')
    }
  ],
  [
    'makeFolder',
    transport => transport.makeFolder('/www/f'),
    disk => {
      expect(disk.list('/www/f')).toEqual([])
    }
  ],
  [
    'removeFolder',
    transport => transport.removeFolder('/www/empty'),
    disk => {
      expect(() => disk.list('/www/empty')).toThrow('No such')
    }
  ],
  [
    'rename',
    transport => transport.rename('/www/a', '/www/b'),
    disk => {
      expect(disk.contents()).toMatchObject({ b: 'a' })
      expect(disk.contents()).not.toHaveProperty('a')
    }
  ],
  [
    'remove',
    transport => transport.remove('/www/a'),
    disk => {
      expect(disk.contents()).not.toHaveProperty('a')
    }
  ],
  [
    'duplicate',
    transport => transport.duplicate('/www/a', '/www/copy'),
    disk => {
      expect(disk.contents()).toMatchObject({ a: 'a', copy: 'a' })
    }
  ]
]
const contents = { a: 'a', empty: null }

/** All that is under way has begun since. */
const longAgoMs = 60_000

async function ready(trouble: Trouble, retries?: number): Promise<Server> {
  const made = await server(contents, undefined, { retries })
  made.disk.copies = true
  made.trouble = trouble
  return made
}

describe.each(everything)('%s', (name, act, expectDone) => {
  const pattern = new RegExp(`^${name} `)

  test.each(['nothing', 'half', 'all'] as const)(
    'that breaks off is done once the line is there again (%s of it was done)',
    async done => {
      const { transport, disk, said, calls } = await ready(first(1, pattern, cut(done)))
      await act(transport)
      expectDone(disk)
      expect(calls).toContain('connect')
      expect(said).toEqual(['The connection was lost. Connecting anew.'])
    }
  )

  test.each([
    ['silence', failure('timeout')],
    ['"not now"', busy],
    ['a limit of connections', failure('too-many-connections')]
  ])('is tried again after %s', async (_, error) => {
    const { transport, disk, said } = await ready(first(2, pattern, error))
    await act(transport)
    expectDone(disk)
    expect(said).toHaveLength(2)
  })

  test.each(['permission-denied', 'disk-full', 'transfer-failed', 'not-verified', 'build-changed'] as const)(
    'is not tried again after %s',
    async code => {
      const { transport, said, calls } = await ready(first(1, pattern, failure(code)))
      expect((await deployErrorOf(() => act(transport))).reasonCode).toBe(code)
      expect(said).toEqual([])
      expect(calls).toHaveLength(1)
    }
  )

  test('is not tried again after a fault of our own', async () => {
    const { transport, calls } = await ready(first(1, pattern, new TypeError('ours')))
    await expect(act(transport)).rejects.toThrow('ours')
    expect(calls).toHaveLength(1)
  })

  test.each([0, 1, 4])('is tried %d times again, and no more', async retries => {
    const { transport, calls } = await ready(first(Infinity, pattern, busy), retries)
    await expect(act(transport)).rejects.toThrow('transfer-failed')
    expect(calls).toEqual(Array.from({ length: retries + 1 }, () => expect.stringMatching(pattern)))
  })

  test('ends when the line breaks at it each time', async () => {
    const { transport, calls } = await ready(first(Infinity, pattern, cut()))
    expect((await deployErrorOf(() => act(transport))).reasonCode).toBe('connection-lost')
    expect(calls.filter(call => pattern.test(call)).length).toBeLessThanOrEqual(4)
  })

  test('ends at once when the job is cancelled before it begins', async () => {
    const { transport, controller, calls } = await ready(() => undefined)
    controller.abort(failure('cancelled'))
    expect((await deployErrorOf(() => act(transport))).reasonCode).toBe('cancelled')
    expect(calls).toEqual([])
  })

  test('goes on after the job is cancelled where it must come to its end', async () => {
    const { steady, controller, disk } = await ready(first(1, pattern, cut()))
    controller.abort(failure('cancelled'))
    await act(steady)
    expectDone(disk)
  })
})

describe('a rename', () => {
  test('whose answer was lost is found done, and is not made again', async () => {
    const { transport, disk, calls } = await ready(first(1, /^rename/, cut('all')))
    await transport.rename('/www/a', '/www/b')
    expect(disk.contents()).toEqual({ b: 'a' })
    expect(calls.filter(call => call.startsWith('rename'))).toHaveLength(1)
  })

  test('that was not made is made again, over a file that is there too', async () => {
    const { transport, disk } = await ready(first(1, /^rename/, cut()))
    disk.write('/www/b', Buffer.from('old'))
    await transport.rename('/www/a', '/www/b')
    expect(disk.contents()).toEqual({ b: 'a' })
  })

  test('of what is not there is no success', async () => {
    const { transport } = await ready(first(1, /^rename/, cut()))
    expect((await deployErrorOf(() => transport.rename('/www/none', '/www/b'))).reasonCode).toBe('permission-denied')
  })

  test('whose looking up breaks as well is settled all the same', async () => {
    let breaks = 0
    const { transport, disk } = await ready(call => {
      if (call.startsWith('connect') || breaks >= 3) return undefined
      breaks += 1
      return cut(call.startsWith('rename') ? 'all' : 'nothing')
    })
    await transport.rename('/www/a', '/www/b')
    expect(disk.contents()).toEqual({ b: 'a' })
  })

  test('to the same name is not made, for Windows would delete the file', async () => {
    const { transport, calls } = await ready(() => undefined)
    await transport.rename('/www/a', '/www/a')
    expect(calls).toEqual([])
  })

  test('of a file that somebody reads just now is made again; nothing else is', async () => {
    const { transport, disk } = await ready(first(2, /^rename/, failure('file-in-use')))
    await transport.rename('/www/a', '/www/b')
    expect(disk.contents()).toEqual({ b: 'a' })
    for (const [name, act] of everything.filter(([other]) => other !== 'rename')) {
      const other = await ready(first(1, new RegExp(`^${name} `), failure('file-in-use')))
      expect((await deployErrorOf(() => act(other.transport))).reasonCode).toBe('file-in-use')
    }
  })
})

describe('a copy', () => {
  test('that broke off in its middle is made again', async () => {
    const { transport, disk, calls } = await ready(first(1, /^duplicate/, cut()))
    disk.write('/www/copy', Buffer.from(''))
    expect(await transport.duplicate('/www/a', '/www/copy')).toBe(true)
    expect(disk.contents().copy).toBe('a')
    expect(calls.filter(call => call.startsWith('duplicate'))).toHaveLength(2)
  })

  test('whose answer was lost is found whole', async () => {
    const { transport, calls } = await ready(first(1, /^duplicate/, cut('all')))
    expect(await transport.duplicate('/www/a', '/www/copy')).toBe(true)
    expect(calls.filter(call => call.startsWith('duplicate'))).toHaveLength(1)
  })

  test('that the server cannot make is none', async () => {
    const { transport, disk } = await ready(() => undefined)
    disk.copies = false
    expect(await transport.duplicate('/www/a', '/www/copy')).toBe(false)
  })
})

test('progress of a try that failed is taken back', async () => {
  const { transport } = await ready(first(2, /^write/, cut('half')))
  const told: number[] = []
  await transport.write('/www/new', { bytes: Buffer.from('12345678') }, bytes => told.push(bytes))
  expect(told.filter(bytes => bytes > 0)).toEqual([4, 4, 8])
  expect(told.reduce((sum, bytes) => sum + bytes, 0)).toBe(8)
})

test('a reading that begins anew gets a new sink', async () => {
  const { transport } = await ready(first(1, /^read/, cut()))
  let opened = 0
  const { PassThrough } = await import('node:stream')
  await transport.read('/www/a', () => {
    opened += 1
    return new PassThrough().resume()
  })
  expect(opened).toBeGreaterThanOrEqual(1)
})

describe('connecting', () => {
  const refused = failure('unreachable', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
  const unknown = new DeployError('unreachable', 'getaddrinfo ENOTFOUND web.example.com', 'Check the host.')

  test.each([
    ['refused', refused],
    ['lost', broken()],
    ['silent', failure('timeout')],
    ['full', failure('too-many-connections')]
  ])('is tried again when it was %s, and each try is told', async (_, error) => {
    const { said } = await server({}, first(2, /^connect$/, error))
    expect(said).toEqual([
      expect.stringMatching(/ Connecting again in \d+\.\d s\.$/),
      expect.stringMatching(/ Connecting again in \d+\.\d s\.$/)
    ])
  })

  test.each([
    ['the password', failure('authentication-failed')],
    ['the host key', failure('host-key-mismatch')],
    ['the certificate', failure('certificate-untrusted')],
    ['TLS', failure('tls-failed')],
    ['the root', failure('root-not-found')],
    ['the host', unknown]
  ])('is not tried again when %s is wrong', async (_, error) => {
    let tries = 0
    const open = (): Promise<Session> => {
      tries += 1
      return Promise.reject(error)
    }
    await expect(Line.connect(open, { retries: 3, pauseMs: 1, say: () => undefined })).rejects.toBe(error)
    expect(tries).toBe(1)
  })

  test.each([0, 3])('is tried %d times again, and no more', async retries => {
    let tries = 0
    const open = (): Promise<Session> => {
      tries += 1
      return Promise.reject(refused)
    }
    await expect(Line.connect(open, { retries, pauseMs: 1, say: () => undefined })).rejects.toBe(refused)
    expect(tries).toBe(retries + 1)
  })

  test('waits longer each time', async () => {
    const waits: number[] = []
    const say = (text: string): void => void waits.push(Number(/in (\d+\.\d) s/.exec(text)?.[1]))
    const open = (): Promise<Session> => Promise.reject(refused)
    await Line.connect(open, { retries: 3, pauseMs: 200, say }).catch(() => undefined)
    // 200, 400 and 800 ms, each between a half and one and a half of it.
    expect(waits).toHaveLength(3)
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(0.1 * 2 ** index - 0.05)
      expect(wait).toBeLessThanOrEqual(0.3 * 2 ** index + 0.05)
    }
  })

  test('ends at once when the job is cancelled, even if the server never answers', async () => {
    const controller = new AbortController()
    const silent = (): Promise<Session> => new Promise(() => undefined)
    const connecting = Line.connect(silent, { retries: 3, pauseMs: 1, say: () => undefined }, controller.signal)
    const started = Date.now()
    controller.abort(failure('cancelled'))
    expect((await deployErrorOf(() => connecting)).reasonCode).toBe('cancelled')
    expect(Date.now() - started).toBeLessThan(500)
  })

  test('anew that fails for good ends what was under way, and is tried again by what comes next', async () => {
    const made = await ready(call => {
      if (call === 'connect') return refused
      return call.startsWith('list') ? cut() : undefined
    })
    await expect(made.transport.list('/www')).rejects.toBe(refused)
    expect(made.calls.filter(call => call === 'connect')).toHaveLength(4)
    made.trouble = () => undefined
    expect(await made.transport.list('/www')).toHaveLength(2)
  })
})

describe('work side by side', () => {
  const files = Array.from({ length: 200 }, (_, n) => `/www/f${n}`)

  async function list({ transport }: Server): Promise<void> {
    await transport.list('/www')
  }

  function watched(made: Server): { most: () => number } {
    let running = 0
    let highest = 0
    const [connection] = made.connections.slice(-1)
    if (!connection) throw new Error('no connection')
    const meddle = connection.meddle
    connection.meddle = async call => {
      running += 1
      highest = Math.max(highest, running)
      await later()
      const fault = await meddle(call)
      running -= 1
      return fault
    }
    return { most: () => highest }
  }

  async function writeAll({ transport }: Server): Promise<void> {
    await forEachInFlight(files, 64, async file => {
      await transport.write(file, { bytes: Buffer.from(file) })
    })
  }

  test('that one break interrupts is all done, over one new connection', async () => {
    const made = await ready(first(1, /^write \/www\/f50$/, cut('half')))
    await writeAll(made)
    expect(Object.keys(made.disk.contents())).toHaveLength(201)
    expect(made.calls.filter(call => call === 'connect')).toHaveLength(1)
    expect(made.said).toHaveLength(1)
  })

  test('that can be stopped draws no warning of Node, for which eleven listeners are a leak', async () => {
    const made = await ready(() => undefined)
    const { signal } = new AbortController()
    let listeners = 0
    let highest = 0
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      highest = Math.max(highest, (listeners += 1))
      add(...given)
    }
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners -= 1
      remove(...given)
    }
    const transport = retrying(made.line, signal)
    await forEachInFlight(files, 64, async () => {
      await transport.list('/www')
    })
    expect(highest).toBeLessThanOrEqual(defaultMaxListeners)
    expect(listeners).toBe(0)
  })

  test('is less after each break, and more again after a while', async () => {
    const made = await ready(() => undefined)
    const before = watched(made)
    await forEachInFlight(files, 64, () => list(made))
    expect(before.most()).toBe(64)
    const limits: number[] = []
    for (let breaks = 0; breaks < 4; breaks += 1) {
      made.trouble = first(1, /^list/, cut())
      await made.transport.list('/www')
      const after = watched(made)
      await forEachInFlight(files.slice(0, 64), 64, () => list(made))
      limits.push(after.most())
    }
    expect(limits).toEqual([16, 4, 1, 1])
    for (let times = 0; times < 20; times += 1) {
      await forEachInFlight(files, 64, () => list(made))
    }
    const late = watched(made)
    await forEachInFlight(files.slice(0, 64), 64, () => list(made))
    expect(late.most()).toBe(64)
  })

  test('comes to its end on a line that breaks again and again', async () => {
    let calls = 0
    const made = await ready(call => (call !== 'connect' && (calls += 1) % 37 === 0 ? cut('all') : undefined))
    await writeAll(made)
    expect(Object.keys(made.disk.contents())).toHaveLength(201)
  })

  test('is given up on a line that always breaks after a few operations', async () => {
    let left = 5
    const made = await ready(call => {
      if (call === 'connect') {
        left = 5
        return undefined
      }
      if (call.includes('f7')) return cut()
      return (left -= 1) < 0 ? cut() : undefined
    })
    const work = writeAll(made)
    expect((await deployErrorOf(() => work)).reasonCode).toBe('connection-lost')
    // Three retries, and twenty that are forgiven, for each of those that were under way.
    const tries = made.calls.filter(call => call === 'write /www/f7').length
    expect(tries).toBeGreaterThan(0)
    expect(tries).toBeLessThanOrEqual(24)
  })

  test('forgives twenty breaks that came after others had succeeded, and three that did not', async () => {
    const made = await ready(() => undefined)
    // Each new connection lets one listing through, and breaks at the write.
    made.trouble = call => (call.startsWith('write') ? cut() : undefined)
    const others = new AbortController()
    const listing = (async () => {
      while (!others.signal.aborted) {
        await made.steady.list('/www').catch(() => undefined)
        await later()
      }
    })()
    const error = await deployErrorOf(() => made.transport.write('/www/x', { bytes: Buffer.from('x') }))
    others.abort()
    await listing
    expect(error.reasonCode).toBe('connection-lost')
    const tries = made.calls.filter(call => call.startsWith('write')).length
    expect(tries).toBeGreaterThan(4)
    expect(tries).toBeLessThanOrEqual(24)
  })
})

describe('a job that is cancelled', () => {
  const cancelled = failure('cancelled')

  test('ends while the line is being made anew', async () => {
    const made = await ready(first(1, /^list/, cut()))
    const silent = new Promise<undefined>(() => undefined)
    const opening = retryingThatNeverConnects(made, silent)
    const listing = opening.transport.list('/www')
    await sleep(20)
    opening.controller.abort(cancelled)
    expect((await deployErrorOf(() => listing)).reasonCode).toBe('cancelled')
  })

  test('ends while it waits for another try', async () => {
    const slow = await serverWithPause(60_000)
    slow.made.trouble = first(Infinity, /^list/, busy)
    const listing = slow.made.transport.list('/www')
    await sleep(20)
    const started = Date.now()
    slow.made.controller.abort(cancelled)
    await expect(listing).rejects.toMatchObject({ cause: cancelled })
    expect(Date.now() - started).toBeLessThan(1000)
  })

  test('repeats nothing that breaks after it', async () => {
    const made = await ready(() => undefined)
    made.trouble = call => {
      if (!call.startsWith('write')) return undefined
      made.controller.abort(cancelled)
      return cut()
    }
    const write = made.transport.write('/www/x', { bytes: Buffer.from('x') })
    expect((await deployErrorOf(() => write)).reasonCode).toBe('cancelled')
    expect(made.calls).toEqual(['write /www/x'])
    expect(made.said).toEqual([])
  })

  test('lets what is under way come to its end', async () => {
    const made = await ready(() => undefined)
    const write = made.transport.write('/www/x', { bytes: Buffer.from('x') })
    made.controller.abort(cancelled)
    await write.catch(() => undefined)
    await made.steady.write('/www/y', { bytes: Buffer.from('y') })
    expect(made.disk.contents()).toMatchObject({ y: 'y' })
  })

  test('drops the connection under what does not end, and what undoes goes on over another', async () => {
    const made = await ready(() => undefined)
    const [connection] = made.connections
    if (!connection) throw new Error('no connection')
    // As a server that has gone silent: what was asked of it ends with the connection.
    connection.meddle = async () => {
      while (!connection.calls.includes('close')) await later()
      return cut()
    }
    const write = made.transport.write('/www/x', { bytes: Buffer.from('x') })
    const undoing = made.steady.write('/www/undo', { bytes: Buffer.from('u') })
    await sleep(10)
    made.controller.abort(cancelled)
    made.line.dropStopped(longAgoMs)
    expect((await deployErrorOf(() => write)).reasonCode).toBe('cancelled')
    await undoing
    expect(made.disk.contents()).toMatchObject({ undo: 'u' })
    expect(made.disk.contents()).not.toHaveProperty('x')
    expect(connection.calls).toContain('close')
    expect(made.connections).toHaveLength(2)
  })

  test('drops no connection on which nothing is under way that could be stopped', async () => {
    const made = await ready(() => undefined)
    const undoing = made.steady.write('/www/undo', { bytes: Buffer.from('u') })
    made.line.dropStopped(longAgoMs)
    await undoing
    expect(made.connections).toHaveLength(1)
    expect(made.connections[0]?.calls).not.toContain('close')
  })

  async function serverWithPause(pauseMs: number): Promise<{ made: Server }> {
    const made = await ready(() => undefined)
    const controller = new AbortController()
    const [connection] = made.connections
    if (!connection) throw new Error('no connection')
    const line = await Line.connect(() => Promise.resolve(connection), { retries: 3, pauseMs, say: () => undefined })
    const patient = { line, controller, transport: retrying(line, controller.signal) }
    return { made: Object.assign(made, patient) }
  }

  function retryingThatNeverConnects(
    made: Server,
    silent: Promise<unknown>
  ): { transport: Transport; controller: AbortController } {
    made.trouble = call => {
      if (call.startsWith('list')) return cut()
      return undefined
    }
    const [connection] = made.connections
    if (!connection) throw new Error('no connection')
    const controller = new AbortController()
    let isFirst = true
    const transport: Promise<Session> = Promise.resolve(connection)
    const open = (): Promise<Session> => {
      if (!isFirst) return silent.then(() => transport)
      isFirst = false
      return transport
    }
    const view = lazily(Line.connect(open, { retries: 3, pauseMs: 1, say: () => undefined }), controller.signal)
    return { transport: view, controller }
  }

  function lazily(line: Promise<Line>, signal: AbortSignal): Transport {
    return {
      list: async (folder: string) => retrying(await line, signal).list(folder)
    } as Transport
  }
})

describe('the end of the line', () => {
  test('closes the connection, and nothing is tried again', async () => {
    const made = await ready(() => undefined)
    await made.transport[Symbol.asyncDispose]()
    expect(made.connections[0]?.calls.at(-1)).toBe('close')
    await expect(made.transport.list('/www')).rejects.toThrow('lost')
    expect(made.connections).toHaveLength(1)
    expect(made.said).toEqual([])
  })

  test('closes a connection too that comes about after it', async () => {
    const made = await ready(first(1, /^list/, cut()))
    const lost = made.trouble
    made.trouble = (call, on) => {
      if (call === 'connect') void made.line[Symbol.asyncDispose]()
      return lost(call, on)
    }
    await made.transport.list('/www').catch(() => undefined)
    await sleep(10)
    expect(made.connections).toHaveLength(2)
    expect(made.connections.map(({ calls }) => calls.includes('close'))).toEqual(made.connections.map(() => true))
  })
})
