import { setImmediate as later } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { Contents } from '../../support/memory-disk'
import { deployErrorOf } from '../deploy-error'
import { breakingAt, cut, failure, first, server, type Server, type ServerOptions, type Trouble } from './server'

/** Each after the one above it, as whoever asks for them names them. */
const tree = ['/www/a', '/www/a/b', '/www/a/b/c', '/www/a/d', '/www/e', '/www/e/f']

async function ready(contents: Contents, trouble: Trouble, options: ServerOptions): Promise<Server> {
  const made = await server(contents, undefined, options)
  made.trouble = trouble
  return made
}

function times({ calls }: Server): Record<string, number> {
  const made = calls.filter(call => call.startsWith('makeFolder '))
  return Object.fromEntries(tree.map(folder => [folder, made.filter(call => call === `makeFolder ${folder}`).length]))
}

function thereOn({ disk }: Server): string[] {
  return tree.filter(folder => {
    try {
      return disk.list(folder).length >= 0
    } catch {
      return false
    }
  })
}

/** Notes how many are asked for at once, and by how many connections. */
function watched(): { trouble: Trouble; most: () => number; connections: Set<number> } {
  let running = 0
  let most = 0
  const connections = new Set<number>()
  return {
    connections,
    most: () => most,
    trouble: async (call, on) => {
      if (call === 'connect') return undefined
      connections.add(on)
      most = Math.max(most, (running += 1))
      await later()
      running -= 1
      return undefined
    }
  }
}

const many: ServerOptions = { inFlight: 64, width: () => 4 }
const one: ServerOptions = { inFlight: 1, width: ({ operations }) => Math.min(4, operations) }

describe.each([
  ['connections that carry many operations', many],
  ['connections that carry one', one]
])('folders over %s', (_, options) => {
  test('are all made, and told', async () => {
    const made = await ready({}, () => undefined, options)
    expect(await made.transport.makeFolders(tree)).toEqual(tree)
    expect(thereOn(made)).toEqual(tree)
  })

  test('that were there are not told, and are no error', async () => {
    const made = await ready({ 'a/b': null, 'e/file': '' }, () => undefined, options)
    expect(await made.transport.makeFolders(tree)).toEqual(['/www/a/b/c', '/www/a/d', '/www/e/f'])
  })

  test('that are none cost nothing', async () => {
    const made = await ready({}, () => undefined, options)
    expect(await made.transport.makeFolders([])).toEqual([])
    expect(made.calls.filter(call => call !== 'connect')).toEqual([])
  })

  test('of which one is refused are an error, which is not tried again', async () => {
    const made = await ready({}, first(1, /^makeFolder \/www\/a\/b$/, failure('permission-denied')), options)
    expect((await deployErrorOf(() => made.transport.makeFolders(tree))).reasonCode).toBe('permission-denied')
    expect(times(made)['/www/a/b']).toBe(1)
    expect(made.said).toEqual([])
  })

  test('are told one by one as they are made, also when another one is refused', async () => {
    const made = await ready({ e: null }, first(1, /^makeFolder \/www\/e\/f$/, failure('permission-denied')), options)
    const told: string[] = []
    const work = made.transport.makeFolders(tree, folder => told.push(folder))
    expect((await deployErrorOf(() => work)).reasonCode).toBe('permission-denied')
    expect(told).toEqual(expect.arrayContaining(['/www/a', '/www/a/b', '/www/a/d']))
    expect(told).toEqual(thereOn(made).filter(folder => folder !== '/www/e'))
  })

  test('are told once each, whatever breaks meanwhile', async () => {
    const made = await ready({ e: null }, breakingAt(/^makeFolder \/www\/a\/d$/, 'all'), options)
    const told: string[] = []
    const returned = await made.transport.makeFolders(tree, folder => told.push(folder))
    expect([...told].sort()).toEqual([...returned].sort())
    expect(told).toEqual([...new Set(told)])
  })

  test.each(['nothing', 'all'] as const)(
    'are made after a break, and none twice that is known (%s was done when it broke)',
    async done => {
      const made = await ready({ e: null }, breakingAt(/^makeFolder \/www\/a\/d$/, done), options)
      const told = await made.transport.makeFolders(tree)
      expect(thereOn(made)).toEqual(tree)
      expect(told).toEqual(expect.arrayContaining(['/www/a', '/www/a/b', '/www/a/b/c', '/www/a/d', '/www/e/f']))
      // Their answers had come before the line broke.
      expect(times(made)).toMatchObject({ '/www/a': 1, '/www/a/b': 1 })
    }
  )

  test('are not begun by a job that is cancelled', async () => {
    const made = await ready({}, () => undefined, options)
    made.controller.abort(failure('cancelled'))
    expect((await deployErrorOf(() => made.transport.makeFolders(tree))).reasonCode).toBe('cancelled')
    expect(made.calls).toEqual([])
  })
})

describe('folders over connections that carry many operations', () => {
  test('go all at once over one of them, which keeps their order', async () => {
    const { trouble, most, connections } = watched()
    const made = await ready({}, trouble, many)
    await made.transport.makeFolders(tree)
    expect(made.calls.filter(call => call !== 'connect')).toEqual(tree.map(folder => `makeFolder ${folder}`))
    expect([most(), connections.size]).toEqual([tree.length, 1])
  })

  test('that were there are told as little after a break, when that was known', async () => {
    const made = await ready({ 'a/b': null }, breakingAt(/^makeFolder \/www\/e$/, 'all'), many)
    expect(await made.transport.makeFolders(tree)).toEqual(['/www/a/b/c', '/www/a/d', '/www/e', '/www/e/f'])
    expect(times(made)).toMatchObject({ '/www/a': 1, '/www/a/b': 1, '/www/a/b/c': 1, '/www/a/d': 1, '/www/e': 2 })
  })

  test('are given up when the line breaks at them each time', async () => {
    const made = await ready({}, first(Infinity, /^makeFolder \/www\/a$/, cut()), many)
    expect((await deployErrorOf(() => made.transport.makeFolders(tree))).reasonCode).toBe('connection-lost')
    expect(times(made)['/www/a']).toBeLessThanOrEqual(4)
  })
})

describe('folders over connections that carry one operation', () => {
  test('go level by level, side by side within a level', async () => {
    const { trouble, most, connections } = watched()
    const made = await ready({}, trouble, one)
    const wide = ['/www/a', ...Array.from({ length: 20 }, (_, n) => `/www/a/${n}`), '/www/a/0/x']
    expect(await made.transport.makeFolders(wide)).toEqual(wide)
    expect([most(), connections.size]).toEqual([4, 4])
    const levels = made.calls.filter(call => call !== 'connect').map(call => call.split('/').length)
    expect(levels).toEqual([...levels].sort((a, b) => a - b))
  })

  test('have the break of one repeat that one alone', async () => {
    const made = await ready({}, breakingAt(/^makeFolder \/www\/a\/d$/, 'nothing'), one)
    await made.transport.makeFolders(tree)
    expect(times(made)).toEqual({ ...Object.fromEntries(tree.map(folder => [folder, 1])), '/www/a/d': 2 })
  })
})
