import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { makeStateFolder, stateFolder, targetOf } from '../../../src/site/state-folder'
import { normaliseTarget } from '../../../src/transport/remote-path'
import { broken, MemoryTransport } from '../../support/memory-transport'
import { deployErrorOf } from '../deploy-error'
import { DeployError } from '../../../src/errors'

/** Targets as the input allows them, and Windows can hold them. */
const targets = fc
  .array(
    fc.oneof(
      fc.constantFrom('sales', 'Sales', 'a b', 'a=b', '=', '%41', '100%', 'größe', '日本', 'a+b', "it's", 'a.b', '=2F'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    ),
    { maxLength: 3 }
  )
  .map(segments => normaliseTarget(segments.join('/').replace(/[<>:"\\|?*]/g, '-')))
  .filter(target => target !== undefined)

test.each([
  ['App_Data/hot-deploy', 'sales', 'App_Data/hot-deploy/sales'],
  ['App_Data/hot-deploy', '', 'App_Data/hot-deploy/='],
  ['state', 'apps/sales', 'state/apps=2Fsales'],
  ['state', 'my app', 'state/my=20app'],
  ['state', 'a=b', 'state/a=3Db'],
  ['state', '=', 'state/=3D'],
  ['state', '100%', 'state/100=25'],
  ['state', 'Größe', 'state/Gr=C3=B6=C3=9Fe']
])('below %s the folder of %j is %s', (statePath, target, folder) => {
  expect(stateFolder(statePath, target)).toBe(folder)
})

describe('the name of the folder', () => {
  test('tells the target', () => {
    fc.assert(
      fc.property(targets, target => {
        const folder = stateFolder('s', target)
        expect(targetOf(folder.slice('s/'.length))).toBe(target)
      }),
      { numRuns: 1000 }
    )
  })

  test('differs where targets do', () => {
    fc.assert(
      fc.property(targets, targets, (one, other) => {
        expect(stateFolder('s', one) === stateFolder('s', other)).toBe(one === other)
      }),
      { numRuns: 2000 }
    )
  })

  test('is one that Windows can hold, and one folder deep', () => {
    fc.assert(
      fc.property(targets, target => {
        const name = stateFolder('', target)
        expect(name).toMatch(/^[\w.!~'()=-]+$/)
        expect(name).not.toMatch(/[/\\%]/)
      }),
      { numRuns: 1000 }
    )
  })

  test.each(['%', 'a=2', '=zz', 'a b', 'a=2f', '=41', 'größe', '=ED=A0=80', 'a==', 'x%20'])(
    'is none that is not made so: %j',
    name => {
      expect(targetOf(name)).toBeUndefined()
    }
  )
})

describe('making it', () => {
  test('makes all above it, below the root', async () => {
    const transport = new MemoryTransport({ App_Data: null })
    expect(await makeStateFolder(transport, 'App_Data/hot-deploy/sales')).toBe(true)
    expect(transport.calls).toEqual([
      'makeFolder /www/App_Data',
      'makeFolder /www/App_Data/hot-deploy',
      'makeFolder /www/App_Data/hot-deploy/sales'
    ])
    expect(transport.disk.list('/www/App_Data/hot-deploy').map(({ name }) => name)).toEqual(['sales'])
  })

  test.each([
    ['all of it', {}, true],
    ['its last folder', { 'App_Data/hot-deploy': null }, true],
    ['what lies beside it', { 'App_Data/hot-deploy/other': null }, true],
    ['none of it', { 'App_Data/hot-deploy/sales': null }, false]
  ] as const)('tells whether it was there: it makes %s', async (_, contents, expected) => {
    const transport = new MemoryTransport(contents)
    expect(await makeStateFolder(transport, 'App_Data/hot-deploy/sales')).toBe(expected)
    expect(transport.disk.list('/www/App_Data/hot-deploy/sales')).toEqual([])
  })

  test('makes just the last, where each takes a round trip and those above are there', async () => {
    const transport = new MemoryTransport({ 'App_Data/hot-deploy': null })
    transport.sendsByConnection = true
    expect(await makeStateFolder(transport, 'App_Data/hot-deploy/sales')).toBe(true)
    expect(await makeStateFolder(transport, 'App_Data/hot-deploy/sales')).toBe(false)
    expect(transport.calls).toEqual([
      'makeFolder /www/App_Data/hot-deploy/sales',
      'makeFolder /www/App_Data/hot-deploy/sales'
    ])
  })

  test('makes all where those above are not', async () => {
    const transport = new MemoryTransport()
    transport.sendsByConnection = true
    expect(await makeStateFolder(transport, 'App_Data/hot-deploy/sales')).toBe(true)
    expect(transport.calls.slice(1)).toEqual([
      'makeFolder /www/App_Data',
      'makeFolder /www/App_Data/hot-deploy',
      'makeFolder /www/App_Data/hot-deploy/sales'
    ])
  })

  test('that is refused says which folder, and what to do', async () => {
    const transport = new MemoryTransport()
    const refusal = new DeployError('permission-denied', 'cannot make the folder "/www/App_Data/hot-deploy": no', 'x')
    transport.meddle = call => (call.endsWith('hot-deploy') ? { done: 'nothing', error: refusal } : undefined)
    const error = await deployErrorOf(() => makeStateFolder(transport, 'App_Data/hot-deploy/sales'))
    expect(error.reasonCode).toBe('state-not-writable')
    expect(error.message).toContain(
      '"/www/App_Data/hot-deploy/sales" cannot be made (cannot make the folder "/www/App_Data/hot-deploy": no)'
    )
    expect(error.advice).toContain('state-path')
  })

  test('without a connection says so', async () => {
    const transport = new MemoryTransport()
    transport.meddle = () => ({ done: 'nothing', error: broken() })
    expect((await deployErrorOf(() => makeStateFolder(transport, 'a'))).reasonCode).toBe('connection-lost')
  })
})
