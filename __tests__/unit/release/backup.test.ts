import { readdir } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { DeployError } from '../../../src/errors'
import { backUp, probeReplacing } from '../../../src/release/backup'
import type { MoveList } from '../../../src/release/moves'
import { broken, killAt, MemoryTransport } from '../../support/memory-transport'
import { deployErrorOf } from '../deploy-error'
import { temporaryFolder } from '../temporary-folder'

function refused(): DeployError {
  return new DeployError('permission-denied', 'refused', 'Look.')
}

describe('how a server replaces a file', () => {
  const site = (root?: string): MemoryTransport => new MemoryTransport({ app: null, backup: null }, root)
  const probe = (transport: MemoryTransport): ReturnType<typeof probeReplacing> =>
    probeReplacing(transport, `${transport.root}/app`, `${transport.root}/backup`)

  test('is found out: in one act', async () => {
    const transport = site()
    expect(await probe(transport)).toEqual({ mode: 'copy', guarantee: 'atomic' })
    expect(transport.disk.contents()).toEqual({})
    // Of the other one it is known that it is gone, and servers take long to say so.
    const removed = transport.calls.filter(call => call.startsWith('remove '))
    expect(removed).toEqual([expect.stringContaining('/app/probe-old')])
  })

  test.each(['/C:/inetpub/wwwroot', '/d:/www'])(
    'is found out: at %s a rename deletes the old file first',
    async root => {
      expect(await probe(site(root))).toEqual({ mode: 'copy', guarantee: 'replaced' })
    }
  )

  test('is found out: not at all', async () => {
    const transport = site()
    transport.disk.renameReplaces = false
    expect(await probe(transport)).toEqual({ mode: 'move', guarantee: 'replaced' })
    expect(transport.disk.contents()).toEqual({})
  })

  test('is found out: it says that it does, and does not', async () => {
    const transport = site()
    let isFirst = true
    transport.rename = (from, to) => {
      if (!isFirst) transport.disk.rename(from, to)
      isFirst = false
      return Promise.resolve()
    }
    expect(await probe(transport)).toEqual({ mode: 'move', guarantee: 'replaced' })
    expect(transport.disk.contents()).toEqual({})
  })

  test('is an error where no file can go from one folder to the other, and nothing is left', async () => {
    const transport = site()
    transport.meddle = call => (call.startsWith('rename') ? { done: 'nothing', error: refused() } : undefined)
    const error = await deployErrorOf(() => probe(transport))
    expect(error.reasonCode).toBe('state-not-writable')
    expect(error.message).toContain('from "/www/backup" to the cloud app')
    expect(error.advice).toContain('same disk')
    expect(transport.disk.contents()).toEqual({})
  })

  test('is not found out without a connection, whenever that breaks', async () => {
    for (const replaces of [true, false]) {
      for (let at = 1, isDead = true; isDead && at < 20; at += 1) {
        const transport = site()
        transport.disk.renameReplaces = replaces
        const kill = killAt(transport, at, 'all')
        const end = await probe(transport).then(
          ({ guarantee }) => guarantee as string,
          (error: unknown) => (error as DeployError).reasonCode
        )
        isDead = kill()
        expect(['connection-lost', replaces ? 'atomic' : 'replaced']).toContain(end)
      }
    }
  })

  test('is not found out when the job is cancelled, which is no fault of the server', async () => {
    const cancelled = new DeployError('cancelled', 'The job was cancelled.', 'Again.')
    for (let at = 1; at <= 5; at += 1) {
      const transport = site()
      transport.disk.renameReplaces = false
      let changes = 0
      transport.meddle = () => ((changes += 1) >= at ? { done: 'nothing', error: cancelled } : undefined)
      expect([at, (await deployErrorOf(() => probe(transport))).reasonCode]).toEqual([at, 'cancelled'])
    }
  })
})

describe('backups', () => {
  const groups: MoveList['groups'] = [
    [
      { path: 'app/a.js', kind: 'replace', backup: '1-a.js', oldSize: 5 },
      { path: 'app/new.js', kind: 'create' }
    ],
    [{ path: 'app/index.html', kind: 'replace', backup: '2-index.html', oldSize: 0 }],
    [{ path: 'app/old.js', kind: 'retire', backup: '3-old.js', oldSize: 3 }]
  ]
  const contents = { 'app/a.js': 'old a', 'app/index.html': '', 'app/old.js': 'old', backup: null }

  async function keep(transport: MemoryTransport, mode: MoveList['mode'] = 'copy'): Promise<string[]> {
    await using folder = await temporaryFolder()
    await backUp(transport, { groups, backupFolder: '/www/backup', mode }, folder.path)
    return await readdir(folder.path)
  }

  test.each([true, false])(
    'are made of what will be replaced, and of nothing else (the server copies: %s)',
    async copies => {
      const transport = new MemoryTransport(contents)
      transport.disk.copies = copies
      expect(await keep(transport)).toEqual([])
      expect(transport.disk.contents('backup')).toEqual({ 'backup/1-a.js': 'old a', 'backup/2-index.html': '' })
      expect(transport.disk.contents('app')).toEqual({ 'app/a.js': 'old a', 'app/index.html': '', 'app/old.js': 'old' })
      expect(transport.calls.some(call => call.startsWith('read '))).toBe(!copies)
    }
  )

  test('are not made where files are moved away', async () => {
    const transport = new MemoryTransport(contents)
    await keep(transport, 'move')
    expect(transport.calls).toEqual([])
  })

  test('go through the runner from the first file on that the server cannot copy', async () => {
    const transport = new MemoryTransport(contents)
    transport.inFlight = 1
    await keep(transport)
    expect(transport.calls.filter(call => call.startsWith('duplicate'))).toHaveLength(1)
  })

  test.each([
    ['shorter', '1-a.js', 'old', 'The backup of "app/a.js" has 3 bytes, and the file had 5'],
    ['longer', '2-index.html', 'x', 'The backup of "app/index.html" has 1 bytes, and the file had 0']
  ])('that are %s than their originals stop the switch', async (_, name, found, words) => {
    const transport = new MemoryTransport(contents)
    transport.disk.copies = true
    const duplicate = transport.duplicate.bind(transport)
    transport.duplicate = async (from, to) => {
      const isDone = await duplicate(from, to)
      if (to.endsWith(name)) transport.disk.write(to, Buffer.from(found))
      return isDone
    }
    const error = await deployErrorOf(() => keep(transport))
    expect(error.reasonCode).toBe('site-changed')
    expect(error.message).toContain(words)
    expect(error.message).toContain('Nothing was switched')
  })

  test('that are not there stop the switch', async () => {
    const transport = new MemoryTransport(contents)
    transport.duplicate = () => Promise.resolve(true)
    const error = await deployErrorOf(() => keep(transport))
    expect(error.reasonCode).toBe('not-verified')
    expect(error.message).toContain('The backup of "app/a.js" is missing, and the file had 5')
  })

  test('that break off are an error of the connection', async () => {
    const transport = new MemoryTransport(contents)
    transport.meddle = call => (call.startsWith('read') ? { done: 'nothing', error: broken() } : undefined)
    expect((await deployErrorOf(() => keep(transport))).reasonCode).toBe('connection-lost')
  })
})
