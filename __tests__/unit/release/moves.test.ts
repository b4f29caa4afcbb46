import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isComplete, moveBack, moveIn, type MoveList } from '../../../src/release/moves'
import { broken, killAt, MemoryTransport, type Fault } from '../../support/memory-transport'
import { deployErrorOf } from '../deploy-error'
import { makeMoves, repair, seen, someGroups, switchSample, takeAway, type Kinds } from './switch-sample'

const modes = ['copy', 'move'] as const
const mixed: Kinds[] = [
  { 'app/js/a.js': 'replace', 'app/js/b.js': 'create', 'app/css/c.css': 'replace' },
  { 'app/index.html': 'replace' },
  { 'app/apprun.json': 'replace' },
  { 'app/list.zip': 'create' },
  { 'app/old.js': 'retire', 'app/js/old.js': 'retire' }
]
const someMode = fc.constantFrom(...modes)
/** A rename is done or not; what is lost is the answer. */
const someDone = fc.constantFrom<Fault['done']>('nothing', 'all')

/** Does work in a process that dies in it. @returns whether it came to that */
async function killed(
  transport: MemoryTransport,
  at: number,
  done: Fault['done'],
  work: () => Promise<unknown>
): Promise<boolean> {
  const isDead = killAt(transport, at, done)
  await work().catch(() => undefined)
  return isDead()
}

describe.each(modes)('with replaced files kept by a %s', mode => {
  test('a switch that is made gives clients the new release, and is complete', async () => {
    const { disk, list, before, after } = switchSample(mode, mixed)
    expect(seen(disk)).toEqual(before)
    expect(await isComplete(new MemoryTransport(disk), list)).toBe(false)
    await makeMoves(new MemoryTransport(disk), list)
    expect(seen(disk)).toEqual(after)
    expect(await isComplete(new MemoryTransport(disk), list)).toBe(true)
  })

  test('it is complete before the cleaning up, and not before its last file is moved', async () => {
    const { disk, list } = switchSample(mode, mixed)
    const moves = list.groups.flat().filter(({ kind }) => kind !== 'retire')
    const told: boolean[] = []
    for (const move of moves) {
      await moveIn(new MemoryTransport(disk), move, list)
      told.push(await isComplete(new MemoryTransport(disk), list))
    }
    expect(told).toEqual(moves.map((_, index) => index === moves.length - 1))
  })

  test('moving back counts the files that it moves, and does nothing a second time', async () => {
    const { disk, list, before } = switchSample(mode, mixed)
    await makeMoves(new MemoryTransport(disk), list)
    expect(await moveBack(new MemoryTransport(disk), list)).toBe(list.groups.flat().length)
    expect(seen(disk)).toEqual(before)
    const again = new MemoryTransport(disk)
    expect(await moveBack(again, list)).toBe(0)
    expect(again.calls.filter(call => !call.startsWith('list '))).toEqual([])
  })

  test('before anything was moved there is nothing to move back', async () => {
    const { disk, list, before } = switchSample(mode, mixed)
    expect(await moveBack(new MemoryTransport(disk), list)).toBe(0)
    expect(seen(disk)).toEqual(before)
  })

  test('what was taken away comes back first, then the pointers, then what they pointed to', async () => {
    const { disk, list } = switchSample(mode, mixed)
    await makeMoves(new MemoryTransport(disk), list)
    const transport = new MemoryTransport(disk)
    transport.inFlight = 1
    await moveBack(transport, list)
    const touched = transport.calls.flatMap(call => {
      const [what = '', from = '', to = from] = call.split(' ')
      if (what === 'list') return []
      return (to.includes('hot-deploy-tmp') ? [] : [to]).map(path => path.replace('/www/', ''))
    })
    expect(touched).toEqual([
      'app/old.js',
      'app/js/old.js',
      'app/list.zip',
      'app/apprun.json',
      'app/index.html',
      'app/js/a.js',
      'app/js/b.js',
      'app/css/c.css'
    ])
  })

  test('files of launchers and runtimes, which others may use by now, stay', async () => {
    const { disk, list, after } = switchSample(mode, [{ 'app/runtime.zip': 'create', 'app/index.html': 'replace' }])
    const shared: MoveList = {
      ...list,
      groups: list.groups.map(group => group.map(move => ({ ...move, isShared: move.kind === 'create' })))
    }
    await makeMoves(new MemoryTransport(disk), shared)
    expect(await moveBack(new MemoryTransport(disk), shared)).toBe(1)
    expect(seen(disk)).toEqual({ ...after, 'app/index.html': 'old app/index.html' })
  })

  test('a name that somebody else has taken since its file was taken away stays his', async () => {
    const { disk, list } = switchSample(mode, [{ 'app/old.js': 'retire' }])
    await makeMoves(new MemoryTransport(disk), list)
    disk.write('/www/app/old.js', Buffer.from('by hand'))
    expect(await moveBack(new MemoryTransport(disk), list)).toBe(0)
    expect(seen(disk)['app/old.js']).toBe('by hand')
  })

  test('folders that are gone have no files, and folders that cannot be listed are an error', async () => {
    const { disk, list } = switchSample(mode, [{ 'app/js/a.js': 'create' }])
    const gone: MoveList = {
      ...list,
      groups: [[{ path: 'never/there/a.js', kind: 'create' }]],
      backupFolder: '/www/none'
    }
    expect(await moveBack(new MemoryTransport(disk), gone)).toBe(0)
    expect(await isComplete(new MemoryTransport(disk), gone)).toBe(false)
    const transport = new MemoryTransport(disk)
    transport.meddle = call =>
      call === 'list /www/app/js' ? { done: 'nothing', error: new Error('What?') } : undefined
    await expect(moveBack(transport, list)).rejects.toThrow('What?')
  })
})

describe('when the new file cannot take the name that is free for it', () => {
  const sample = () => switchSample('move', [{ 'app/index.html': 'replace' }])
  const failing = (transport: MemoryTransport, error: Error, times: number): void => {
    let left = times
    transport.meddle = call => {
      const isTake = /^rename \S+hot-deploy-tmp /.test(call) || /^rename \S+backup-1\//.test(call)
      return isTake && left-- > 0 ? { done: 'nothing', error } : undefined
    }
  }

  test('the old one goes back at once', async () => {
    const { disk, list, before } = sample()
    const transport = new MemoryTransport(disk)
    failing(transport, new Error('refused'), 1)
    await expect(makeMoves(transport, list)).rejects.toThrow('refused')
    expect(seen(disk)).toEqual(before)
  })

  test('what fails here as well is left to the undoing, and the first reason is told', async () => {
    const { disk, list, before } = sample()
    const transport = new MemoryTransport(disk)
    failing(transport, new Error('refused'), 2)
    await expect(makeMoves(transport, list)).rejects.toThrow('refused')
    expect(await repair(disk, list)).toBe('back')
    expect(seen(disk)).toEqual(before)
  })

  test('without a connection nothing more is tried', async () => {
    const { disk, list } = sample()
    const transport = new MemoryTransport(disk)
    failing(transport, broken(), 1)
    expect((await deployErrorOf(() => makeMoves(transport, list))).reasonCode).toBe('connection-lost')
    expect(transport.calls).toHaveLength(2)
  })
})

describe('a switch that is interrupted anywhere', () => {
  test('goes back to the old release byte for byte, or is whole: also when moving back is interrupted anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(someGroups, someMode, someDone, someDone, async (groups, mode, done, doneBack) => {
        const { disk, list, before, after } = switchSample(mode, groups)
        for (let at = 1, isDead = true; isDead; at += 1) {
          const half = disk.copy()
          const transport = new MemoryTransport(half)
          isDead = await killed(transport, at, done, () => makeIns(transport, list))
          const isWhole = await isComplete(new MemoryTransport(half), list)
          if (isWhole) expect(seen(half)).toEqual({ ...before, ...after })
          expect(isWhole).toBe(Object.keys(after).every(path => seen(half)[path] === after[path]))
          if (!isWhole) await expectBack(half, list, before, doneBack)
        }
      }),
      { numRuns: 60 }
    )
  })

  test('goes back from its end as well, with all that was taken away', async () => {
    await fc.assert(
      fc.asyncProperty(someGroups, someMode, someDone, async (groups, mode, doneBack) => {
        const { disk, list, before, after } = switchSample(mode, groups)
        await makeMoves(new MemoryTransport(disk), list)
        expect(seen(disk)).toEqual(after)
        await expectBack(disk, list, before, doneBack)
      }),
      { numRuns: 60 }
    )
  })

  test('in the cleaning up after it goes back all the same', async () => {
    await fc.assert(
      fc.asyncProperty(someGroups, someMode, someDone, fc.nat({ max: 7 }), async (groups, mode, done, at) => {
        const { disk, list, before } = switchSample(mode, groups)
        await makeIns(new MemoryTransport(disk), list)
        const transport = new MemoryTransport(disk)
        await killed(transport, at + 1, done, () => takeAway(transport, list))
        await expectBack(disk, list, before, 'nothing')
      }),
      { numRuns: 100 }
    )
  })
})

/** The moves of a switch, without the cleaning up after it. */
async function makeIns(transport: MemoryTransport, list: MoveList): Promise<void> {
  for (const move of list.groups.flat()) if (move.kind !== 'retire') await moveIn(transport, move, list)
}

/** Moves back, is interrupted at each of its operations in turn, and moves back again. */
async function expectBack(
  disk: MemoryTransport['disk'],
  list: MoveList,
  before: Readonly<Record<string, string>>,
  done: Fault['done']
): Promise<void> {
  for (let at = 1, isDead = true; isDead; at += 1) {
    const half = disk.copy()
    const transport = new MemoryTransport(half)
    isDead = await killed(transport, at, done, () => moveBack(transport, list))
    await moveBack(new MemoryTransport(half), list)
    expect(seen(half)).toEqual(before)
    const again = new MemoryTransport(half)
    expect(await moveBack(again, list)).toBe(0)
    expect(seen(half)).toEqual(before)
  }
}
