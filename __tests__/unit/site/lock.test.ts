import { setImmediate as later, setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { holderOf, Lock, type LockOptions, type LockOwner } from '../../../src/site/lock'
import { MemoryDisk } from '../../support/memory-disk'
import { broken, killAt, MemoryTransport } from '../../support/memory-transport'
import { deployErrorOf } from '../deploy-error'

const folder = '/www/lock'
const hourMs = 3_600_000
const held: Lock[] = []

afterEach(async () => {
  jest.restoreAllMocks()
  for (const lock of held.splice(0)) await lock.release().catch(() => undefined)
})

function owner(run = '17', attempt = 1): LockOwner {
  const name = `acme/sales, run ${run}, attempt ${attempt}`
  return { name, runUrl: `https://github.com/run/${run}`, githubRun: `acme/sales/${run}`, attempt }
}

/** Patience in milliseconds: renewals come every 50 ms, and a holder may be gone after 125 ms without one. */
function options(overrides: Partial<LockOptions> = {}): LockOptions {
  return {
    owner: owner(),
    token: 'aa',
    waitMs: 0,
    staleAfterMs: 200,
    signal: new AbortController().signal,
    say: () => undefined,
    ...overrides
  }
}

/** Takes the lock, and looks at nothing. */
async function ask(transport: MemoryTransport, overrides: Partial<LockOptions> = {}): Promise<Lock> {
  const makeLock = (): Promise<boolean> => transport.makeFolder(folder)
  const { lock } = await Lock.take(transport, folder, options(overrides), makeLock, () => Promise.resolve())
  return lock
}

async function take(transport: MemoryTransport, overrides: Partial<LockOptions> = {}): Promise<Lock> {
  const lock = await ask(transport, overrides)
  held.push(lock)
  return lock
}

function filesIn(disk: MemoryDisk): string[] {
  return disk.list('/www').some(({ name }) => name === 'lock') ? disk.list(folder).map(({ name }) => name) : ['none']
}

/** A lock that another run has left, last renewed so long ago by its own clock. */
function left(disk: MemoryDisk, agoMs: number, content: object | string = {}, token = 'dead'): string {
  disk.makeFolder(folder)
  const file = `${token}.${Date.now() - agoMs}`
  const holder = { ...owner('1'), takenAt: '2026-06-01T12:00:00.000Z', renewEveryMs: 40 }
  const text = typeof content === 'string' ? content : JSON.stringify({ ...holder, ...content })
  disk.write(`${folder}/${file}`, Buffer.from(text))
  return file
}

/** A holder that is alive: it renews its lock, with a clock that goes wrong by so much. */
function alive(disk: MemoryDisk, skewMs: number, everyMs = 40): AsyncDisposable {
  let file = left(disk, -skewMs)
  const timer = setInterval(() => {
    const next = `dead.${Date.now() + skewMs}`
    disk.rename(`${folder}/${file}`, `${folder}/${next}`)
    file = next
  }, everyMs)
  return {
    [Symbol.asyncDispose]: () => {
      clearInterval(timer)
      return Promise.resolve()
    }
  }
}

describe('a lock that nobody holds', () => {
  test('is taken, names its holder, and leaves nothing behind', async () => {
    const disk = new MemoryDisk()
    const transport = new MemoryTransport(disk)
    expect(await holderOf(transport, folder)).toBeUndefined()
    const lock = await take(transport)
    await lock.check()
    expect(await holderOf(transport, folder)).toMatch(
      /^acme\/sales, run 17, attempt 1 since \d{4}-\S+Z \(https:\/\/github\.com\/run\/17\)$/
    )
    await lock.release()
    expect(filesIn(disk)).toEqual(['none'])
    expect(await holderOf(transport, folder)).toBeUndefined()
  })

  test('is renewed while it is held, and no more after it', async () => {
    const disk = new MemoryDisk()
    const transport = new MemoryTransport(disk)
    const lock = await take(transport)
    const [first] = filesIn(disk)
    await sleep(180)
    const [second] = filesIn(disk)
    expect(second).not.toBe(first)
    await lock.check()
    await lock.release()
    const { length } = transport.calls
    await sleep(120)
    expect(transport.calls).toHaveLength(length)
    expect(filesIn(disk)).toEqual(['none'])
  })

  test('is known to be held by its file alone, and by a listing where the server does not tell of that', async () => {
    const disk = new MemoryDisk()
    const transport = new MemoryTransport(disk)
    const lock = await take(transport, { staleAfterMs: hourMs })
    transport.calls.length = 0
    await lock.check()
    const file = `${folder}/${filesIn(disk)[0] ?? ''}`
    expect(transport.calls).toEqual([`size ${file}`])
    transport.size = () => Promise.resolve(undefined)
    await lock.check()
    expect(transport.calls.slice(1)).toEqual([`list ${folder}`])
  })

  test('is released without a look: a rename tells that it is held', async () => {
    const transport = new MemoryTransport(new MemoryDisk())
    const lock = await take(transport)
    transport.calls.length = 0
    await lock.release()
    expect(transport.calls.map(call => call.split(' ')[0])).toEqual(['rename', 'removeFolder', 'remove'])
    expect(await transport.list('/www')).toEqual([])
  })

  test('is released although a renewal was done whose answer was lost', async () => {
    const disk = new MemoryDisk()
    const lock = await take(new MemoryTransport(disk))
    disk.rename(`${folder}/${filesIn(disk)[0] ?? ''}`, `${folder}/aa.1`)
    await lock.release()
    expect(filesIn(disk)).toEqual(['none'])
  })

  test('is left to a run that just tries, whose file is beside', async () => {
    const disk = new MemoryDisk()
    const lock = await take(new MemoryTransport(disk))
    disk.write(`${folder}/bb.1`, Buffer.from('{}'))
    await lock.release()
    expect(filesIn(disk)).toEqual(['bb.1'])
  })

  test('that was lost stays as it is, also the folder that its next holder has just made', async () => {
    const disk = new MemoryDisk()
    const lock = await take(new MemoryTransport(disk), { staleAfterMs: 60_000 })
    disk.remove(`${folder}/${filesIn(disk)[0] ?? ''}`)
    await lock.release()
    expect(filesIn(disk)).toEqual([])
  })

  test('can be taken again after a release', async () => {
    const disk = new MemoryDisk()
    await (await take(new MemoryTransport(disk))).release()
    await (await take(new MemoryTransport(disk), { token: 'bb' })).check()
    expect(filesIn(disk)[0]).toMatch(/^bb\./)
  })
})

describe('looking at what is locked', () => {
  test('begins as soon as the folder is made, and is not waited for to write the file', async () => {
    const transport = new MemoryTransport()
    const { lock, seen } = await Lock.take(
      transport,
      folder,
      options(),
      () => transport.makeFolder(folder),
      async () => (await transport.list('/www')).length
    )
    held.push(lock)
    expect(await seen).toBe(1)
    expect(transport.calls).toEqual([
      'makeFolder /www/lock',
      'list /www',
      expect.stringMatching(/^write \/www\/lock\/aa\.\d+$/),
      'list /www/lock'
    ])
  })

  test('counts only when the lock is this run’s own: it looks again', async () => {
    const disk = new MemoryDisk()
    disk.isLenient = true
    const other = await take(new MemoryTransport(disk), { owner: owner('1') })
    const transport = new MemoryTransport(disk)
    let looks = 0
    const asked = Lock.take(
      transport,
      folder,
      options({ token: 'bb', waitMs: 10_000 }),
      () => transport.makeFolder(folder),
      () => Promise.resolve((looks += 1))
    )
    await sleep(60)
    const before = looks
    expect(before).toBeGreaterThanOrEqual(1)
    await other.release()
    const { lock, seen } = await asked
    held.push(lock)
    expect(await seen).toBe(looks)
    expect(looks).toBeGreaterThan(before)
  })

  test('does not begin while another run holds the lock, and begins when that is taken over', async () => {
    const disk = new MemoryDisk()
    left(disk, hourMs)
    const transport = new MemoryTransport(disk)
    const files: string[][] = []
    const { lock, seen } = await Lock.take(
      transport,
      folder,
      options({ token: 'bb', waitMs: 5_000, owner: owner('18') }),
      () => transport.makeFolder(folder),
      () => Promise.resolve(files.push(filesIn(disk)))
    )
    held.push(lock)
    expect(await seen).toBe(1)
    expect(files).toEqual([[expect.stringMatching(/^bb\./)]])
  })

  test('that fails does not keep the lock from being taken; whoever needs what it saw hears of it', async () => {
    const disk = new MemoryDisk()
    const transport = new MemoryTransport(disk)
    const { lock, seen } = await Lock.take(
      transport,
      folder,
      options(),
      () => transport.makeFolder(folder),
      () => Promise.reject(new Error('unseen'))
    )
    held.push(lock)
    await lock.check()
    await expect(seen).rejects.toThrow('unseen')
    expect(filesIn(disk)).toEqual([expect.stringMatching(/^aa\./)])
  })

  test('comes to its end before a lock that cannot be written is given up', async () => {
    const transport = new MemoryTransport()
    transport.meddle = call => (call.startsWith('write') ? { done: 'nothing', error: broken() } : undefined)
    const ended: string[] = []
    const asked = Lock.take(
      transport,
      folder,
      options(),
      () => transport.makeFolder(folder),
      async () => {
        await sleep(30)
        ended.push('look')
      }
    )
    expect((await deployErrorOf(() => asked)).reasonCode).toBe('connection-lost')
    expect(ended).toEqual(['look'])
  })
})

describe('of two that ask at once', () => {
  // Whatever comes first at the server: each operation waits until it is let through.
  test.each([false, true])('exactly one gets the lock (a folder can be made twice: %s)', async isLenient => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 3 }), async (scheduler, count) => {
        const disk = new MemoryDisk()
        disk.isLenient = isLenient
        const transports = Array.from({ length: count }, () => new MemoryTransport(disk))
        const asked = transports.map((transport, index) => {
          transport.meddle = call => scheduler.schedule(Promise.resolve(undefined), `${index} ${call}`)
          const mine = { token: `a${index}`, owner: owner(String(index)), staleAfterMs: hourMs }
          return ask(transport, mine).catch((error: unknown) => error)
        })
        const ends = await scheduler.waitFor(Promise.all(asked))
        for (const transport of transports) transport.meddle = () => undefined
        const locks = ends.filter(end => end instanceof Lock)
        expect(locks.length).toBeLessThanOrEqual(1)
        if (!isLenient) expect(locks).toHaveLength(1)
        const refused = ends.filter(end => !(end instanceof Lock))
        expect(refused.map(error => (error as { reasonCode?: string }).reasonCode)).toEqual(refused.map(() => 'locked'))
        if (locks[0]) expect(filesIn(disk)).toEqual([expect.stringMatching(/^a\d\.\d+$/)])
        await locks[0]?.release()
      }),
      { numRuns: 150 }
    )
  })

  test('the other gets it after the first has let go', async () => {
    const disk = new MemoryDisk()
    const said: string[] = []
    const first = await take(new MemoryTransport(disk))
    const second = take(new MemoryTransport(disk), {
      token: 'bb',
      waitMs: 10_000,
      say: text => said.push(text)
    })
    await sleep(150)
    await first.release()
    await (await second).check()
    expect(said).toEqual([expect.stringMatching(/^Waiting for acme\/sales, run 17, attempt 1 since/)])
  })

  test('many that wait get it one after the other, never two at once', async () => {
    const disk = new MemoryDisk()
    disk.isLenient = true
    let holders = 0
    let most = 0
    const run = async (token: string): Promise<void> => {
      const lock = await take(new MemoryTransport(disk), { token, waitMs: 30_000, owner: owner(token) })
      holders += 1
      most = Math.max(most, holders)
      await sleep(20)
      holders -= 1
      await lock.release()
    }
    await Promise.all(['a1', 'a2', 'a3', 'a4'].map(run))
    expect(most).toBe(1)
    expect(filesIn(disk)).toEqual(['none'])
  })
})

describe('a lock that another run holds', () => {
  test('is refused at once where waiting is not wanted, and names the run', async () => {
    const disk = new MemoryDisk()
    await take(new MemoryTransport(disk))
    const before = filesIn(disk)
    const transport = new MemoryTransport(disk)
    const error = await deployErrorOf(() => take(transport, { token: 'bb', owner: owner('18') }))
    expect(error.reasonCode).toBe('locked')
    expect(error.message).toMatch(
      /^The app is locked on sftp:\/\/web\.example\.com:22 \(memory\) by acme\/sales, run 17, attempt 1 since .*\/run\/17\), and was still after 0 s\.$/
    )
    expect(error.advice).toContain('delete the folder "/www/lock"')
    expect(filesIn(disk)).toEqual(before)
  })

  test('whose holder is just about to say who he is is looked at again soon', async () => {
    const disk = new MemoryDisk()
    disk.makeFolder(folder)
    const said: string[] = []
    const controller = new AbortController()
    const waiting = ask(new MemoryTransport(disk), {
      waitMs: hourMs,
      staleAfterMs: hourMs,
      signal: controller.signal,
      say: text => said.push(text)
    })
    await sleep(20)
    disk.removeFolder(folder)
    left(disk, 0)
    await sleep(600)
    expect(said).toEqual([expect.stringContaining('Waiting for acme/sales, run 1, attempt 1')])
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow()
  })

  test('is refused when waiting has had no end', async () => {
    const disk = new MemoryDisk()
    await using holder = alive(disk, 0)
    expect(holder).toBeDefined()
    const started = Date.now()
    const error = await deployErrorOf(() => take(new MemoryTransport(disk), { waitMs: 300 }))
    expect(error.reasonCode).toBe('locked')
    expect(Date.now() - started).toBeGreaterThanOrEqual(290)
  })

  test('is waited for no longer when the job is cancelled', async () => {
    const disk = new MemoryDisk()
    left(disk, 0)
    const controller = new AbortController()
    const asked = take(new MemoryTransport(disk), { waitMs: hourMs, signal: controller.signal, staleAfterMs: hourMs })
    await sleep(50)
    const before = filesIn(disk)
    controller.abort(new Error('cancelled'))
    await expect(asked).rejects.toMatchObject({
      name: 'AbortError',
      cause: expect.objectContaining({ message: 'cancelled' }) as unknown
    })
    expect(filesIn(disk)).toEqual(before)
  })

  test('is not asked for when the job is cancelled already', async () => {
    const transport = new MemoryTransport()
    const signal = AbortSignal.abort(new Error('cancelled'))
    await expect(take(transport, { signal })).rejects.toThrow('cancelled')
    expect(transport.calls).toEqual([])
  })

  test('without a connection is no lock that is held', async () => {
    const transport = new MemoryTransport()
    killAt(transport, 1, 'all')
    expect((await deployErrorOf(() => take(transport))).reasonCode).toBe('connection-lost')
  })
})

describe('a lock whose run is dead', () => {
  const waiting = { waitMs: 5_000, token: 'bb', owner: owner('18') }

  test.each([
    ['long ago', hourMs],
    ['just now', 0],
    ['in the future, by its clock', -5 * hourMs]
  ])('is taken over when it was renewed %s, after renewals were missed before our eyes', async (_, agoMs) => {
    const disk = new MemoryDisk()
    left(disk, agoMs)
    const said: string[] = []
    const started = Date.now()
    const lock = await take(new MemoryTransport(disk), { ...waiting, say: text => said.push(text) })
    await lock.check()
    // 2.5 renewals of 40 ms each, whatever its age.
    expect(Date.now() - started).toBeGreaterThanOrEqual(95)
    expect(said.at(-1)).toMatch(/^Took over the lock of acme\/sales, run 1, attempt 1 since/)
    expect(filesIn(disk)).toEqual([expect.stringMatching(/^bb\./)])
    expect(await holderOf(new MemoryTransport(disk), folder)).toContain('run 18')
  })

  test('is not taken over sooner than lock-stale-after when it was renewed just now', async () => {
    const disk = new MemoryDisk()
    left(disk, 0)
    const error = await deployErrorOf(() =>
      take(new MemoryTransport(disk), { ...waiting, waitMs: 300, staleAfterMs: 5_000 })
    )
    expect(error.reasonCode).toBe('locked')
  })

  test('is taken over sooner when it is an older attempt of this run, which GitHub has ended', async () => {
    const disk = new MemoryDisk()
    left(disk, 0, owner('18', 1))
    const lock = await take(new MemoryTransport(disk), { ...waiting, staleAfterMs: 10_000, owner: owner('18', 2) })
    await lock.check()
    expect(filesIn(disk)).toEqual([expect.stringMatching(/^bb\./)])
  })

  test.each([
    ['another run', owner('19', 1), owner('18', 2)],
    ['the same attempt', owner('18', 2), owner('18', 2)],
    ['a later attempt', owner('18', 3), owner('18', 2)],
    ['a run that is none of GitHub', { ...owner(), githubRun: undefined }, { ...owner(), githubRun: undefined }]
  ])('of %s is not taken over sooner', async (_, holder, us) => {
    const disk = new MemoryDisk()
    left(disk, 0, holder)
    const asked = take(new MemoryTransport(disk), { ...waiting, waitMs: 400, staleAfterMs: 10_000, owner: us })
    expect((await deployErrorOf(() => asked)).reasonCode).toBe('locked')
  })

  test('is taken over by one of several that wait', async () => {
    const disk = new MemoryDisk()
    left(disk, hourMs)
    const asked = ['b1', 'b2', 'b3'].map(token =>
      take(new MemoryTransport(disk), { ...waiting, token, waitMs: 600, owner: owner(token) }).catch(() => undefined)
    )
    const locks = (await Promise.all(asked)).filter(lock => lock !== undefined)
    expect(locks).toHaveLength(1)
    await locks[0]?.check()
  })

  test.each([
    ['empty', undefined],
    ['with half of what it says', '{"name":"acme'],
    ['with something else in it', '[]']
  ])('is taken over when it is %s', async (_, content) => {
    const disk = new MemoryDisk()
    if (content === undefined) disk.makeFolder(folder)
    else left(disk, 0, content)
    const lock = await take(new MemoryTransport(disk), { ...waiting, staleAfterMs: 100 })
    await lock.check()
    await lock.release()
    expect(filesIn(disk)).toEqual(['none'])
  })

  test('of which only the folder is there is not taken over at once', async () => {
    const disk = new MemoryDisk()
    disk.makeFolder(folder)
    const error = await deployErrorOf(() =>
      take(new MemoryTransport(disk), { ...waiting, waitMs: 200, staleAfterMs: hourMs })
    )
    expect(error.message).toContain('by another run')
    expect(filesIn(disk)).toEqual([])
  })

  test('with other things in its folder is known by its own file', async () => {
    const disk = new MemoryDisk()
    const file = left(disk, 0)
    disk.write(`${folder}/read-me.txt`, Buffer.from('by hand'))
    const error = await deployErrorOf(() => take(new MemoryTransport(disk), { token: 'bb' }))
    expect(error.message).toContain('run 1, attempt 1')
    expect(filesIn(disk).sort()).toEqual([file, 'read-me.txt'].sort())
  })
})

describe('a lock whose run is alive', () => {
  test.each([
    ['right', 0],
    ['five hours slow', -5 * hourMs],
    ['five hours fast', 5 * hourMs]
  ])('is never taken over while it is renewed, with a clock that is %s', async (_, skewMs) => {
    const disk = new MemoryDisk()
    await using holder = alive(disk, skewMs, 250)
    expect(holder).toBeDefined()
    disk.write(
      `${folder}/${filesIn(disk)[0] ?? ''}`,
      Buffer.from(JSON.stringify({ ...owner('1'), takenAt: 'now', renewEveryMs: 250 }))
    )
    const asked = take(new MemoryTransport(disk), {
      token: 'bb',
      waitMs: 2_000,
      staleAfterMs: 1_000,
      owner: owner('1', 2)
    })
    expect((await deployErrorOf(() => asked)).reasonCode).toBe('locked')
  })

  test('is not taken over by a run whose lock-stale-after is shorter than the time between its renewals', async () => {
    const disk = new MemoryDisk()
    await using holder = alive(disk, 0, 800)
    expect(holder).toBeDefined()
    disk.write(
      `${folder}/${filesIn(disk)[0] ?? ''}`,
      Buffer.from(JSON.stringify({ ...owner('1'), takenAt: 'now', renewEveryMs: 800 }))
    )
    const asked = take(new MemoryTransport(disk), { token: 'bb', waitMs: 1_500, staleAfterMs: 200, owner: owner('2') })
    expect((await deployErrorOf(() => asked)).reasonCode).toBe('locked')
  })

  test('holds when it is asked for while a renewal is under way', async () => {
    const disk = new MemoryDisk()
    const transport = new MemoryTransport(disk)
    const lock = await take(transport, { staleAfterMs: 200 })
    // A listing takes several round trips, and a renewal comes in between.
    transport.meddle = async call => {
      if (call.startsWith('list ')) await sleep(70)
      return undefined
    }
    for (let times = 0; times < 6; times += 1) await lock.check()
    const listed = transport.calls.length
    expect(listed).toBeGreaterThan(6)
  })

  test('holds when it is asked for after a renewal was made whose answer is still under way', async () => {
    const disk = new MemoryDisk()
    const transport = new MemoryTransport(disk)
    const lock = await take(transport, { staleAfterMs: 400 })
    const rename = transport.rename.bind(transport)
    transport.rename = async (from, to) => {
      await rename(from, to)
      await sleep(40)
    }
    const list = transport.list.bind(transport)
    transport.list = async path => {
      await sleep(30)
      return list(path)
    }
    for (let times = 0; times < 20; times += 1) await lock.check()
    expect(transport.calls.length).toBeGreaterThan(20)
  })

  test('holds on a server that makes a folder twice while another run asks for it', async () => {
    const disk = new MemoryDisk()
    disk.isLenient = true
    const lock = await take(new MemoryTransport(disk))
    const slow = new MemoryTransport(disk)
    slow.meddle = async () => {
      await sleep(20)
      return undefined
    }
    const asked = take(slow, { token: 'bb', waitMs: 400, owner: owner('2') }).catch(() => undefined)
    for (let times = 0; times < 40; times += 1) {
      await lock.check()
      await sleep(5)
    }
    expect(await asked).toBeUndefined()
  })

  test('stays as it was when its renewals fail, and shows at the next check when it is lost', async () => {
    const disk = new MemoryDisk()
    const transport = new MemoryTransport(disk)
    const lock = await take(transport)
    transport.meddle = call => (call.startsWith('rename ') ? { done: 'nothing', error: broken() } : undefined)
    await sleep(150)
    await lock.check()
    transport.meddle = () => undefined
    const [before] = filesIn(disk)
    await sleep(150)
    await lock.check()
    expect(filesIn(disk)[0]).not.toBe(before)
  })
})

describe('a lock that was lost', () => {
  async function lost(): Promise<{ disk: MemoryDisk; lock: Lock; other: Lock }> {
    const disk = new MemoryDisk()
    const transport = new MemoryTransport(disk)
    const lock = await take(transport)
    // The runner sleeps, and with it the renewals.
    transport.meddle = call => (call.startsWith('rename ') ? { done: 'nothing', error: broken() } : undefined)
    const other = await take(new MemoryTransport(disk), { token: 'bb', waitMs: 5_000, owner: owner('18') })
    transport.meddle = () => undefined
    return { disk, lock, other }
  }

  test('to another run is noticed, and renewed no more', async () => {
    const { disk, lock, other } = await lost()
    const error = await deployErrorOf(() => lock.check())
    expect(error.reasonCode).toBe('lock-lost')
    expect(error.message).toContain('"/www/lock"')
    await sleep(120)
    expect(filesIn(disk)).toEqual([expect.stringMatching(/^bb\./)])
    await other.check()
  })

  test('to another run is left to it', async () => {
    const { disk, lock, other } = await lost()
    await lock.release()
    await other.check()
    expect(filesIn(disk)).toEqual([expect.stringMatching(/^bb\./)])
    await other.release()
    expect(filesIn(disk)).toEqual(['none'])
  })

  test('because somebody has removed it is noticed, and letting it go is no error', async () => {
    const disk = new MemoryDisk()
    const lock = await take(new MemoryTransport(disk), { staleAfterMs: hourMs })
    for (const name of filesIn(disk)) disk.remove(`${folder}/${name}`)
    disk.removeFolder(folder)
    expect((await deployErrorOf(() => lock.check())).reasonCode).toBe('lock-lost')
    await lock.release()
  })

  test('leaves the folder to a run that has just made it', async () => {
    const disk = new MemoryDisk()
    const lock = await take(new MemoryTransport(disk), { staleAfterMs: hourMs })
    for (const name of filesIn(disk)) disk.remove(`${folder}/${name}`)
    disk.removeFolder(folder)
    disk.makeFolder(folder)
    await lock.release().catch(() => undefined)
    expect(filesIn(disk)).toEqual([])
  })
})

describe('a lock that another process of this run has left', () => {
  test('is taken up, renewed and let go', async () => {
    const disk = new MemoryDisk()
    left(disk, 1_000, {}, 'aa')
    const lock = await Lock.adopt(new MemoryTransport(disk), folder, 'aa')
    await lock?.check()
    await lock?.release()
    expect(lock).toBeDefined()
    expect(filesIn(disk)).toEqual(['none'])
  })

  test.each([
    ['gone', undefined],
    ['taken over by another run', 'bb']
  ])('and that is %s is none', async (_, token) => {
    const disk = new MemoryDisk()
    if (token !== undefined) left(disk, 0, {}, token)
    const before = filesIn(disk)
    expect(await Lock.adopt(new MemoryTransport(disk), folder, 'aa')).toBeUndefined()
    expect(filesIn(disk)).toEqual(before)
  })
})

test('a run that is killed while it takes the lock leaves one that the next run gets', async () => {
  // It makes the folder, and writes its file.
  for (const at of [1, 2]) {
    const disk = new MemoryDisk()
    const transport = new MemoryTransport(disk)
    const isDead = killAt(transport, at, 'all')
    await take(transport).catch(() => undefined)
    expect(isDead()).toBe(true)
    for (const lock of held.splice(0)) await lock.release().catch(() => undefined)
    await later()
    const next = await take(new MemoryTransport(disk), {
      token: 'bb',
      waitMs: 5_000,
      staleAfterMs: 100,
      owner: owner('18')
    })
    await next.check()
    await next.release()
    expect(filesIn(disk)).toEqual(['none'])
  }
})
