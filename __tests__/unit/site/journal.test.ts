import { setImmediate as later } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { stagedName } from '../../../src/site/temporary-name'
import { encodeDocument } from '../../../src/site/document'
import type { Journal } from '../../../src/site/journal'
import type { MemoryDisk } from '../../support/memory-disk'
import { broken, killAt, MemoryTransport, type Fault } from '../../support/memory-transport'
import { deployErrorOf } from '../deploy-error'
import { entry, moves, readJournal, release, released, saysOf, stateDisk, stateFolder } from './journal-sample'

function names(disk: MemoryDisk): string[] {
  return Object.keys(disk.contents('state')).map(path => path.slice('state/'.length))
}

function place(disk: MemoryDisk, name: string, bytes: Buffer | string): void {
  disk.write(`${stateFolder}/${name}`, Buffer.from(bytes))
}

const content = { target: 'sales', releases: [], unfinished: null, files: null }

describe('what a journal says', () => {
  test('is absent where there is none', async () => {
    const journal = await readJournal(stateDisk())
    expect(saysOf(journal)).toEqual({ state: 'absent', known: [], releases: [], unfinished: null })
  })

  test('is read again as it was written, at each step', async () => {
    const disk = stateDisk()
    const journal = await readJournal(disk)
    await journal.begin(entry('r1', { offline: 'api_b' }), [])
    expect(saysOf(await readJournal(disk))).toMatchObject({
      state: 'read',
      unfinished: { id: 'r1', phase: 'staging', offline: 'api_b' }
    })
    journal.note('sales/a', 1, 'x')
    await journal.flush()
    expect((await readJournal(disk)).files).toEqual(new Map([['sales/a', { size: 1, sha256: 'x' }]]))
    await journal.saveMoves('r1', moves)
    expect(await (await readJournal(disk)).readMoves('r1')).toEqual(moves)
    await journal.advance({ phase: 'switching', backupMode: 'move' })
    expect((await readJournal(disk)).unfinished).toMatchObject({ phase: 'switching', backupMode: 'move' })
    journal.files.set('sales/b', { size: 2, sha256: 'y' })
    await journal.finish(released('r1'))
    const end = await readJournal(disk)
    expect(end.unfinished).toBeUndefined()
    expect(end.releases).toEqual([released('r1')])
    expect([...end.files.keys()]).toEqual(['sales/a', 'sales/b'])
  })

  test('can be prepared before that is recorded which it goes on from', async () => {
    const disk = stateDisk()
    await release(await readJournal(disk), 'r1', ['a', 'b'])
    const journal = await readJournal(disk)
    const begun = journal.begin(entry('r2'), ['a'])
    const record = await journal.prepare({ phase: 'switching' })
    await begun
    expect(saysOf(await readJournal(disk))).toMatchObject({ unfinished: { id: 'r2', phase: 'staging' } })
    await record()
    const found = await readJournal(disk)
    expect(found.unfinished).toMatchObject({ id: 'r2', phase: 'switching' })
    expect([...found.files.keys()]).toEqual(['b'])
    await journal.finish(released('r2'))
    await journal.sweep()
    expect(names(disk).filter(name => name.startsWith('journal-'))).toHaveLength(1)
  })

  test('can have its end prepared before the switch is recorded; recording it takes two renames', async () => {
    const disk = stateDisk()
    await release(await readJournal(disk), 'r1', ['a'])
    const transport = new MemoryTransport(disk)
    const journal = await readJournal(transport)
    await journal.begin(entry('r2'), [])
    journal.note('sales/b', 2, 'y')
    const switching = await journal.prepare({ phase: 'switching', backupMode: 'copy' })
    const standing = await journal.prepareFinish({ phase: 'released' })
    expect((await readJournal(disk)).unfinished).toMatchObject({ phase: 'staging' })
    transport.calls.length = 0
    await switching()
    expect((await readJournal(disk)).unfinished).toMatchObject({ phase: 'switching' })
    await standing()
    expect(transport.calls.map(call => call.split(' ')[0])).toEqual(['rename', 'rename'])
    const end = await readJournal(disk)
    expect(end.unfinished).toBeUndefined()
    expect(end.releases.at(-1)).toMatchObject({ id: 'r2', phase: 'released', backupMode: 'copy' })
    expect([...end.files.keys()]).toEqual(['a', 'sales/b'])
  })

  test('sweeps documents before its last one without what an undoing needs', async () => {
    const disk = stateDisk()
    for (const id of ['r1', 'r2', 'r3', 'r4']) {
      const journal = await readJournal(disk)
      await journal.begin(entry(id), [])
      await journal.saveMoves(id, moves)
      await journal.finish(released(id))
      await journal.sweepDocuments()
    }
    expect(names(disk).filter(name => /^(journal|files)-/.test(name))).toHaveLength(2)
    expect(names(disk).filter(name => name.startsWith('moves-'))).toHaveLength(4)
    await (await readJournal(disk)).sweep()
    expect(names(disk).filter(name => name.startsWith('moves-'))).toHaveLength(3)
  })

  test('whose prepared end is not recorded goes on from the switch, and leaves nothing of it behind', async () => {
    const disk = stateDisk()
    const journal = await readJournal(disk)
    await journal.begin(entry('r1'), [])
    const switching = await journal.prepare({ phase: 'switching' })
    await journal.prepareFinish({ phase: 'released' })
    await switching()
    await journal.advance({ phase: 'undoing' })
    expect((await readJournal(disk)).unfinished).toMatchObject({ id: 'r1', phase: 'undoing' })
    await journal.finish({ ...released('r1'), phase: 'rolled-back' })
    await journal.discard()
    await journal.sweep()
    const end = await readJournal(disk)
    expect(end.releases.map(({ id, phase }) => [id, phase])).toEqual([['r1', 'rolled-back']])
    expect(names(disk).filter(name => name.startsWith('journal-'))).toHaveLength(1)
    expect(names(disk).filter(name => name.startsWith('files-'))).toHaveLength(1)
  })

  test('counts the highest number, as a number', async () => {
    const disk = stateDisk()
    place(disk, 'journal-9.json', encodeDocument('journal', { ...content, releases: [released('nine')] }))
    place(disk, 'journal-10.json', encodeDocument('journal', { ...content, releases: [released('ten')] }))
    place(disk, 'journal-11.json.hot-deploy-tmp', 'half')
    place(disk, 'journal-x.json', 'else')
    expect((await readJournal(disk)).releases.map(({ id }) => id)).toEqual(['ten'])
  })

  test('is asked for together with what was on the site: the newest inventory is most likely the one it names', async () => {
    const disk = stateDisk()
    await release(await readJournal(disk), 'r1', ['a'])
    const transport = new MemoryTransport(disk)
    let open: () => void = () => undefined
    const gate = new Promise<undefined>(resolve => {
      open = () => {
        resolve(undefined)
      }
    })
    transport.meddle = call => (call.startsWith('read ') ? gate : undefined)
    const reading = readJournal(transport)
    for (let turn = 0; turn < 5; turn += 1) await later()
    const asked = transport.calls.filter(call => call.startsWith('read '))
    expect(asked.map(call => /(journal|files)-\d+\.json$/.exec(call)?.[1]).sort()).toEqual(['files', 'journal'])
    open()
    expect([...(await reading).files.keys()]).toEqual(['a'])
    expect(transport.calls.filter(call => call.startsWith('read '))).toEqual(asked)
  })

  test.each([
    ['of a run that was killed before its journal', encodeDocument('files', [['newer', 1, 'x']])],
    ['that is broken', '{'],
    ['of a newer version of the action', '{"schema":2}']
  ])('names the inventory that counts, although there is a newer one %s', async (_, newest) => {
    const disk = stateDisk()
    await release(await readJournal(disk), 'r1', ['a'])
    place(disk, 'files-900.json', newest)
    const warnings: string[] = []
    const journal = await readJournal(disk, text => warnings.push(text))
    expect([journal.state, [...journal.files.keys()], warnings]).toEqual(['read', ['a'], []])
    // Its name is not used once more.
    await journal.begin(entry('r2'), ['a'])
    expect(names(disk)).toContain('files-901.json')
    expect((await readJournal(disk)).state).toBe('read')
  })

  test('may be that nothing is known, although there is an inventory', async () => {
    const disk = stateDisk()
    place(disk, 'files-1.json', encodeDocument('files', [['a', 1, 'x']]))
    place(disk, 'journal-2.json', encodeDocument('journal', content))
    expect(saysOf(await readJournal(disk))).toEqual({ state: 'read', known: [], releases: [], unfinished: null })
  })

  test('stays beside the one after it until there is a third', async () => {
    const disk = stateDisk()
    const journals = (): string[] => names(disk).filter(name => name.startsWith('journal-'))
    const journal = await readJournal(disk)
    await journal.begin(entry(), [])
    expect(journals()).toEqual(['journal-1.json'])
    await journal.advance({ phase: 'switching' })
    expect(journals()).toEqual(['journal-1.json', 'journal-2.json'])
    await journal.advance({ phase: 'switched' })
    expect(journals()).toEqual(['journal-2.json', 'journal-3.json'])
    await journal.finish(released('r1'))
    expect(journals()).toEqual(['journal-3.json', 'journal-4.json'])
    await journal.sweep()
    expect(journals()).toEqual(['journal-4.json'])
  })

  test('keeps the last three releases, and a release once', async () => {
    const disk = stateDisk()
    for (const id of ['r1', 'r2', 'r3', 'r4']) await release(await readJournal(disk), id, [])
    const journal = await readJournal(disk)
    expect(journal.releases.map(({ id }) => id)).toEqual(['r2', 'r3', 'r4'])
    await journal.reopen({ ...entry('r4'), phase: 'undoing' })
    expect((await readJournal(disk)).unfinished).toMatchObject({ id: 'r4', phase: 'undoing' })
    await journal.finish({ ...entry('r4'), phase: 'rolled-back' })
    expect((await readJournal(disk)).releases.map(({ id, phase }) => `${id} ${phase}`)).toEqual([
      'r2 released',
      'r3 released',
      'r4 rolled-back'
    ])
  })

  test('of a release that clients never saw is what it has put there, and no release', async () => {
    const disk = stateDisk()
    const journal = await readJournal(disk)
    await journal.begin(entry(), [])
    journal.note('sales/1.05/a', 1, 'x')
    await journal.finish(undefined)
    expect(saysOf(await readJournal(disk))).toEqual({
      state: 'read',
      known: [['sales/1.05/a', { size: 1, sha256: 'x' }]],
      releases: [],
      unfinished: null
    })
  })

  test('backups lie in a folder of their release', async () => {
    const journal = await readJournal(stateDisk())
    expect(journal.backupFolder('r1')).toBe('/www/state/backup-r1')
  })

  test('moves that are not there are an error', async () => {
    await expect((await readJournal(stateDisk())).readMoves('r1')).rejects.toThrow('No such file')
  })

  test('a release that is not being made cannot advance', async () => {
    await expect((await readJournal(stateDisk())).advance({ phase: 'switched' })).rejects.toThrow('No release')
  })
})

describe('what will be written in place', () => {
  test('counts as unknown from the beginning on', async () => {
    const disk = stateDisk()
    await release(await readJournal(disk), 'r1', ['api/a.dll', 'api/b.dll'])
    const journal = await readJournal(disk)
    await journal.begin(entry('r2'), ['api/a.dll', 'api/new.dll'])
    expect([...journal.files.keys()]).toEqual(['api/b.dll'])
    expect([...(await readJournal(disk)).files.keys()]).toEqual(['api/b.dll'])
  })

  test('is known again when it is written', async () => {
    const disk = stateDisk()
    await release(await readJournal(disk), 'r1', ['api/a.dll'])
    const journal = await readJournal(disk)
    await journal.begin(entry('r2'), ['api/a.dll'])
    journal.note('api/a.dll', 7, 'new')
    await journal.flush()
    expect((await readJournal(disk)).files.get('api/a.dll')).toEqual({ size: 7, sha256: 'new' })
  })

  test('that is nothing writes no list of files anew', async () => {
    const disk = stateDisk()
    await release(await readJournal(disk), 'r1', ['api/a.dll'])
    const transport = new MemoryTransport(disk)
    await (await readJournal(transport)).begin(entry('r2'), ['api/else.dll'])
    expect(transport.calls.filter(call => call.includes('files-') && !call.startsWith('read'))).toEqual([])
  })
})

describe('what cannot be used', () => {
  const good = encodeDocument('journal', content)

  test.each([
    ['truncated', good.subarray(0, 60)],
    ['empty', ''],
    ['foreign', '{"journal":true}'],
    ['of another kind', encodeDocument('files', [])],
    ['incomplete', encodeDocument('journal', { target: 'sales' })],
    ['without content', encodeDocument('journal', null)],
    ['with a release that is none', encodeDocument('journal', { ...content, releases: [{}] })],
    ['with an unfinished release that is none', encodeDocument('journal', { ...content, unfinished: { id: '../x' } })],
    ['about another app', encodeDocument('journal', { ...content, target: 'other' })]
  ])('is a journal that is %s: it is said, and nothing is known', async (_, bytes) => {
    const disk = stateDisk()
    place(disk, 'journal-4.json', bytes)
    const warnings: string[] = []
    const journal = await readJournal(disk, text => warnings.push(text))
    expect(saysOf(journal)).toEqual({ state: 'unreadable', known: [], releases: [], unfinished: null })
    expect(warnings).toEqual([expect.stringMatching(/"\/www\/state\/journal-4\.json"|journal-4\.json/)])
    expect(warnings[0]).toContain('everything is uploaded, nothing is deleted')
  })

  test.each([
    ['truncated', encodeDocument('files', []).subarray(0, 40)],
    ['incomplete', encodeDocument('files', [['a', 1]])],
    ['one that climbs', encodeDocument('files', [['../a', 1, 'x']])]
  ])('is a list of files that is %s', async (_, bytes) => {
    const disk = stateDisk()
    await release(await readJournal(disk), 'r1', ['a'])
    const files = names(disk).filter(name => name.startsWith('files-'))
    for (const name of files) place(disk, name, bytes)
    expect((await readJournal(disk)).state).toBe('unreadable')
  })

  test('is a list of files that is gone: nothing is known, and the release goes on', async () => {
    const disk = stateDisk()
    await release(await readJournal(disk), 'r1', ['a'])
    for (const name of names(disk).filter(file => file.startsWith('files-'))) disk.remove(`${stateFolder}/${name}`)
    expect((await readJournal(disk)).state).toBe('unreadable')
  })

  test('is put aside when a release begins, and the new one counts', async () => {
    const disk = stateDisk()
    place(disk, 'journal-4.json', 'broken')
    const journal = await readJournal(disk)
    await journal.begin(entry('r2'), [])
    journal.note('a', 1, 'x')
    await journal.finish(released('r2'))
    expect(disk.contents('state')['state/journal-4.json.unreadable']).toBe('broken')
    expect(saysOf(await readJournal(disk))).toMatchObject({ state: 'read', releases: [{ id: 'r2' }] })
  })

  test('of a newer version of the action is left alone', async () => {
    const disk = stateDisk()
    place(disk, 'journal-4.json', good.toString().replace('"schema":1', '"schema":2'))
    const before = disk.contents()
    const error = await deployErrorOf(() => readJournal(disk))
    expect(error.reasonCode).toBe('journal-newer')
    expect(error.message).toContain('schema 2, this one knows 1')
    expect(disk.contents()).toEqual(before)
  })

  test('because of the connection is no broken journal', async () => {
    const disk = stateDisk()
    await release(await readJournal(disk), 'r1', ['a'])
    const transport = new MemoryTransport(disk)
    transport.meddle = call => (call.startsWith('read ') ? { done: 'nothing', error: broken() } : undefined)
    expect((await deployErrorOf(() => readJournal(transport))).reasonCode).toBe('connection-lost')
  })

  test('are moves of which one is incomplete', async () => {
    const disk = stateDisk()
    place(disk, 'moves-r1.json', encodeDocument('moves', [[{ path: 'a' }]]))
    const journal = await readJournal(disk)
    expect((await deployErrorOf(() => journal.readMoves('r1'))).reasonCode).toBe('journal-unreadable')
  })
})

describe('progress', () => {
  async function begun(): Promise<{ disk: MemoryDisk; transport: MemoryTransport; journal: Journal }> {
    const disk = stateDisk()
    const transport = new MemoryTransport(disk)
    const journal = await readJournal(transport)
    await journal.begin(entry(), [])
    return { disk, transport, journal }
  }

  const segments = (disk: MemoryDisk): string[] => names(disk).filter(name => name.startsWith('progress-'))

  test('is written down in parts, which are put together', async () => {
    const { disk, journal } = await begun()
    for (let count = 0; count < 1200; count += 1) {
      journal.note(`sales/${count}`, count, `h${count}`)
      await later()
    }
    const early = segments(disk).length
    await journal.flush()
    expect([early, segments(disk).length]).toEqual([2, 3])
    const { files } = await readJournal(disk)
    expect(files.size).toBe(1200)
    expect(files.get('sales/1199')).toEqual({ size: 1199, sha256: 'h1199' })
  })

  test('of which there is none writes nothing', async () => {
    const { transport, journal } = await begun()
    const before = transport.calls.length
    await journal.flush()
    expect(transport.calls).toHaveLength(before)
  })

  test('that could not be written down is written down by the next flush', async () => {
    const { disk, transport, journal } = await begun()
    journal.note('a', 1, 'x')
    transport.meddle = () => ({ done: 'nothing', error: broken() })
    await expect(journal.flush()).rejects.toThrow('lost')
    transport.meddle = () => undefined
    journal.note('b', 2, 'y')
    await journal.flush()
    expect([...(await readJournal(disk)).files.keys()].sort()).toEqual(['a', 'b'])
  })

  test('that could not be written down does not go before what is newer', async () => {
    const { disk, transport, journal } = await begun()
    journal.note('a', 1, 'old')
    const before = transport.calls.length
    transport.meddle = async () => {
      await later()
      return { done: 'nothing', error: broken() }
    }
    const flushed = journal.flush().catch((error: unknown) => error)
    while (transport.calls.length === before) await Promise.resolve()
    journal.note('a', 2, 'new')
    expect(await flushed).toMatchObject({ reasonCode: 'connection-lost' })
    transport.meddle = () => undefined
    await journal.flush()
    expect((await readJournal(disk)).files.get('a')).toEqual({ size: 2, sha256: 'new' })
  })

  test('of a run that was killed is known to the next one, and to the one after that', async () => {
    const { disk, journal } = await begun()
    journal.note('a', 1, 'x')
    await journal.flush()
    const next = await readJournal(disk)
    expect([...next.files.keys()]).toEqual(['a'])
    await next.finish(undefined)
    await next.begin(entry('r2'), [])
    next.note('b', 2, 'y')
    await next.flush()
    const last = await readJournal(disk)
    expect([...last.files.keys()].sort()).toEqual(['a', 'b'])
    await last.finish(released('r2'))
    expect([...(await readJournal(disk)).files.keys()].sort()).toEqual(['a', 'b'])
  })

  test('of another release does not count', async () => {
    const { disk, journal } = await begun()
    place(disk, 'progress-r0-1.json', encodeDocument('files', [['a', 1, 'x']]))
    journal.note('b', 2, 'y')
    await journal.flush()
    expect([...(await readJournal(disk)).files.keys()]).toEqual(['b'])
  })
})

describe('a run that is killed at any operation', () => {
  const steps: Readonly<Record<string, (journal: Journal) => Promise<unknown>>> = {
    begin: journal => journal.begin(entry('r2'), ['api/a.dll']),
    'begin without anything overwritten': journal => journal.begin(entry('r2'), []),
    flush: journal => {
      journal.note('sales/new', 3, 'n')
      return journal.flush()
    },
    saveMoves: journal => journal.saveMoves('r2', moves),
    advance: journal => journal.advance({ phase: 'switching' }),
    finish: journal => journal.finish(released('r2')),
    'finish of nothing': journal => journal.finish(undefined),
    reopen: journal => journal.reopen(entry('r1', { phase: 'undoing' })),
    sweep: journal => journal.sweep()
  }
  const isBegun = (step: string): boolean => !/^(?:begin|reopen)/.test(step)

  async function startOf(step: string, renameReplaces: boolean): Promise<MemoryDisk> {
    const disk = stateDisk(renameReplaces)
    await release(await readJournal(disk), 'r1', ['api/a.dll', 'sales/old'])
    if (isBegun(step)) {
      const journal = await readJournal(disk)
      await journal.begin(entry('r2'), ['api/a.dll'])
      journal.note('api/a.dll', 8, 'changed')
      await journal.flush()
    }
    return disk
  }

  const cases = Object.keys(steps).flatMap(step =>
    [true, false].flatMap(replaces =>
      (['nothing', 'half', 'all'] as const).map(done => [step, replaces, done] as const)
    )
  )

  test.each(cases)('%s (renames replace: %s, of the last operation done: %s)', async (step, replaces, done) => {
    const work = steps[step]
    if (!work) throw new Error(step)
    const start = await startOf(step, replaces)
    const before = saysOf(await readJournal(start))
    const end = start.copy()
    await work(await readJournal(end))
    const after = saysOf(await readJournal(end))
    for (let at = 1, isDead = true; isDead; at += 1) {
      const disk = start.copy()
      isDead = await dies(disk, at, done, work)
      const warnings: string[] = []
      const found = await readJournal(disk, text => warnings.push(text))
      expect(warnings).toEqual([])
      expect([before, after]).toContainEqual(saysOf(found))
      await expectUsable(disk)
    }
  })

  test('that puts an unreadable journal aside knows nothing, also where an older one was left', async () => {
    const start = stateDisk()
    await release(await readJournal(start), 'r1', ['a'])
    place(start, 'journal-90.json', 'broken')
    for (let at = 1, isDead = true; isDead; at += 1) {
      const disk = start.copy()
      isDead = await dies(disk, at, 'all', journal => journal.begin(entry('r2'), []))
      expect([...(await readJournal(disk)).files.keys()]).toEqual([])
      await expectUsable(disk)
    }
  })

  async function dies(
    disk: MemoryDisk,
    at: number,
    done: Fault['done'],
    work: (journal: Journal) => Promise<unknown>
  ): Promise<boolean> {
    const transport = new MemoryTransport(disk)
    const journal = await readJournal(transport)
    const isDead = killAt(transport, at, done)
    await work(journal).catch(() => undefined)
    return isDead()
  }

  /** The next run ends what was begun, and makes a release of its own. */
  async function expectUsable(disk: MemoryDisk): Promise<void> {
    const journal = await readJournal(disk)
    if (journal.unfinished) await journal.finish(undefined)
    await release(journal, 'r9', ['sales/nine'])
    await journal.sweep()
    const end = await readJournal(disk)
    expect(end.state).toBe('read')
    expect(end.unfinished).toBeUndefined()
    expect(end.releases.at(-1)?.id).toBe('r9')
    expect(end.files.get('sales/nine')).toEqual({ size: 10, sha256: 'hash of sales/nine' })
  }
})

describe('an operation that fails without killing the run', () => {
  test.each(['nothing', 'half', 'all'] as const)('can be made again (%s of it was done)', async done => {
    const start = stateDisk()
    await release(await readJournal(start), 'r1', ['a'])
    for (let at = 1, isHit = true; isHit; at += 1) {
      const disk = start.copy()
      const transport = new MemoryTransport(disk)
      const journal = await readJournal(transport)
      await journal.begin(entry('r2'), ['a'])
      const hit = killAt(transport, at, done)
      const ended = await journal.finish(released('r2')).then(
        () => true,
        () => false
      )
      isHit = hit()
      transport.meddle = () => undefined
      if (!ended) await journal.finish(released('r2'))
      expect((await readJournal(disk)).releases.map(({ id }) => id)).toEqual(['r1', 'r2'])
    }
  })
})

describe('sweeping', () => {
  test('removes documents before the last, progress, and what belongs to no release any more', async () => {
    const disk = stateDisk()
    for (const id of ['r1', 'r2', 'r3', 'r4']) {
      const journal = await readJournal(disk)
      disk.makeFolder(journal.backupFolder(id))
      disk.write(`${journal.backupFolder(id)}/1-index.html`, Buffer.from(id))
      await release(journal, id, [`${id}.txt`])
    }
    disk.makeFolder(`${stateFolder}/lock`)
    place(disk, 'lock/ab.12', '{}')
    place(disk, 'read-me.txt', 'by hand')
    place(disk, 'journal-1.json.unreadable', 'broken')
    place(disk, stagedName('files-99.json'), 'half')
    const journal = await readJournal(disk)
    const before = saysOf(journal)
    await journal.sweep()
    const left = names(disk).sort()
    expect(left.filter(name => name.startsWith('progress-'))).toEqual([])
    expect(left.filter(name => !/^(?:journal|files)-\d+\.json$/.test(name))).toEqual([
      'backup-r2/1-index.html',
      'backup-r3/1-index.html',
      'backup-r4/1-index.html',
      'journal-1.json.unreadable',
      'lock/ab.12',
      'moves-r2.json',
      'moves-r3.json',
      'moves-r4.json',
      'read-me.txt'
    ])
    expect(left.filter(name => /^(?:journal|files)-\d+\.json$/.test(name))).toHaveLength(2)
    expect(saysOf(await readJournal(disk))).toEqual(before)
    expect(disk.list(stateFolder).map(({ name }) => name)).not.toContain('backup-r1')
  })

  test('keeps what the release at work needs', async () => {
    const disk = stateDisk()
    const journal = await readJournal(disk)
    await journal.begin(entry('r1', { phase: 'staging' }), [])
    journal.note('a', 1, 'x')
    await journal.flush()
    await journal.saveMoves('r1', moves)
    disk.makeFolder(journal.backupFolder('r1'))
    await journal.sweep()
    const again = await readJournal(disk)
    expect([...again.files.keys()]).toEqual(['a'])
    expect(await again.readMoves('r1')).toEqual(moves)
    expect(disk.list(journal.backupFolder('r1'))).toEqual([])
  })
})
