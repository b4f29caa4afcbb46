import { describe, expect, test } from '@jest/globals'
import { DeployError } from '../../../src/errors'
import type { MemoryDisk } from '../../support/memory-disk'
import { broken, isChange, MemoryTransport } from '../../support/memory-transport'
import { releases, type Strategy } from './releases'
import { appOf, leftOn, runOn } from './runs'

const combinations = (['versioning', 'replacement'] as const).flatMap(strategy =>
  [true, false].map(replaces => [strategy, replaces] as const)
)
/** How many operations lie between two mishaps; 1 has one at each of them. */
const stride = Number(process.env.KILL_STRIDE ?? 9)
const stateFolder = '/www/App_Data/hot-deploy/sales'

function refused(): DeployError {
  return new DeployError('permission-denied', 'refused', 'Look.')
}

function full(): DeployError {
  return new DeployError('disk-full', 'full', 'Make room.')
}

function isLocked(disk: MemoryDisk): boolean {
  return disk.list(stateFolder).some(({ name }) => name === 'lock')
}

/** As an operator does, who knows that the run is over. */
function removeLock(disk: MemoryDisk): void {
  for (const path of Object.keys(disk.contents())) if (path.includes('/lock/')) disk.remove(`/www/${path}`)
  if (isLocked(disk)) disk.removeFolder(`${stateFolder}/lock`)
}

function needsRoom(call: string): boolean {
  return /^(?:write|makeFolder|duplicate) /.test(call)
}

describe.each(combinations)('%s, on a server where renames replace: %s', (strategy: Strategy, replaces) => {
  const offset = combinations.findIndex(([one, other]) => one === strategy && other === replaces)

  /** Deploys once for each of its operations, with a mishap at it; what clients get must be whole. */
  async function* eachMishap(meddling: (transport: MemoryTransport, at: number, stop: () => void) => void) {
    await using site = await releases(strategy, replaces)
    const { disk, second, unseen } = site
    const before = appOf(disk, unseen)
    const whole = new MemoryTransport(disk.copy())
    await runOn(whole, second)
    const after = appOf(whole.disk)
    const changes = whole.calls.filter(isChange)
    for (let at = 1 + (offset % stride); at <= changes.length; at += stride) {
      const transport = new MemoryTransport(disk.copy())
      const controller = new AbortController()
      meddling(transport, at, () => {
        controller.abort(new DeployError('cancelled', 'cancelled', 'Again.'))
      })
      const ended = await runOn(transport, second, controller.signal)
      transport.meddle = () => undefined
      const where = `${at} of ${changes.length}: ${changes[at - 1] ?? ''}`
      const found = [JSON.stringify(appOf(transport.disk)), JSON.stringify(appOf(transport.disk, unseen))]
      expect([where, found[0] === JSON.stringify(after) || found[1] === JSON.stringify(before)]).toEqual([where, true])
      yield { where, ended, disk: transport.disk }
      removeLock(transport.disk)
      const again = await runOn(new MemoryTransport(transport.disk), second)
      expect([where, again.error, appOf(transport.disk), leftOn(transport.disk)]).toEqual([where, undefined, after, []])
    }
  }

  test('a job that is cancelled anywhere says so, and leaves a whole release and no lock', async () => {
    const sweep = eachMishap((transport, at, stop) => {
      let changes = 0
      transport.meddle = call => {
        if (isChange(call) && (changes += 1) === at) stop()
        return undefined
      }
    })
    for await (const { where, ended, disk } of sweep) {
      const code = ended.error === undefined ? ended.record.status : (ended.error as DeployError).reasonCode
      expect([where, code]).toEqual([where, expect.stringMatching(/^(?:cancelled|deployed)$/)])
      expect([where, isLocked(disk), leftOn(disk), ended.claim]).toEqual([where, false, [], undefined])
    }
  }, 600_000)

  test('an operation that is refused once leaves a whole release, and a lock only where that could not be removed', async () => {
    const sweep = eachMishap((transport, at) => {
      let changes = 0
      transport.meddle = call =>
        isChange(call) && (changes += 1) === at ? { done: 'nothing', error: refused() } : undefined
    })
    for await (const { where, ended, disk } of sweep) {
      const isUnlocking = /removeFolder \S+\/lock$/.test(where)
      expect([where, isUnlocking || !isLocked(disk)]).toEqual([where, true])
      expect([where, ended.claim !== undefined]).toEqual([where, isUnlocking])
    }
  }, 600_000)

  test('a disk that is full leaves a whole release and no lock', async () => {
    const sweep = eachMishap((transport, at) => {
      let changes = 0
      transport.meddle = call => {
        if (isChange(call)) changes += 1
        return changes >= at && needsRoom(call) ? { done: 'half', error: full() } : undefined
      }
    })
    for await (const { where, disk } of sweep) {
      const isStateThere = disk.list('/www/App_Data/hot-deploy').length > 0
      expect([where, isStateThere && isLocked(disk)]).toEqual([where, false])
    }
  }, 600_000)

  test('a switch that breaks off while the disk is full is undone all the same', async () => {
    await using site = await releases(strategy, replaces)
    const { disk, second, unseen } = site
    const before = appOf(disk, unseen)
    const transport = new MemoryTransport(disk)
    let isFull = false
    transport.meddle = call => {
      isFull ||= /^rename \S+index\.html/.test(call)
      if (isFull && needsRoom(call)) return { done: 'half', error: full() }
      return isFull && /^rename \S+hot-deploy-tmp \/www\/sales\/deploylist\.ini\.zip$/.test(call)
        ? { done: 'nothing', error: refused() }
        : undefined
    }
    const ended = await runOn(transport, second)
    expect(ended.error).toMatchObject({ reasonCode: 'switch-incomplete' })
    expect(appOf(disk, unseen)).toEqual(before)
  })

  test('a rollback is not misled by what a later deploy that was killed has staged', async () => {
    await using site = await releases(strategy, replaces)
    const { disk, second, unseen } = site
    const before = appOf(disk, unseen)
    expect((await runOn(new MemoryTransport(disk), second)).error).toBeUndefined()
    for (const path of ['index.html', 'apprun.json', 'js/jquery-3.5.1.min.js']) {
      disk.write(`/www/sales/${path}.hot-deploy-tmp`, Buffer.from('staged by a run that was killed'))
    }
    const back = await runOn(new MemoryTransport(disk), { command: 'rollback' })
    expect([back.error, back.record.status]).toEqual([undefined, 'rolled-back'])
    expect(appOf(disk, unseen)).toEqual(before)
  })

  test.each([
    ['the answer to the rename of it', /^rename \S+ \S+journal-\d+\.json$/, 'all'],
    ['the removal of the one before', /^remove \S+journal-\d+\.json$/, 'nothing']
  ] as const)(
    'a line that is lost when the journal says that the switch begins (%s) leaves the old release',
    async (_, pattern, done) => {
      await using site = await releases(strategy, replaces)
      const { disk, second, unseen } = site
      const before = appOf(disk, unseen)
      const transport = new MemoryTransport(disk)
      let isNear = false
      let lost = 0
      transport.meddle = call => {
        isNear ||= /moves-|^remove \S+journal-/.test(call)
        if (!isNear || lost > 1 || (lost === 0 && !pattern.test(call))) return undefined
        // Until it cannot be made anew either.
        if (lost === 0 || call === 'connect') lost += 1
        return { done: pattern.test(call) ? done : 'nothing', error: broken() }
      }
      expect((await runOn(transport, second)).error).toMatchObject({ reasonCode: 'connection-lost' })
      expect(appOf(disk, unseen)).toEqual(before)
      const next = await runOn(new MemoryTransport(disk), { command: 'rollback', releaseId: 'none' })
      expect(next.said.join('\n')).not.toContain('The switch was complete')
      // What the journal takes for live now decides what the next deploy sends.
      expect((await runOn(new MemoryTransport(disk), second)).error).toBeUndefined()
      const clean = await releases(strategy, replaces)
      await runOn(new MemoryTransport(clean.disk), clean.second)
      expect(appOf(disk)).toEqual(appOf(clean.disk))
      await clean[Symbol.asyncDispose]()
    }
  )
})

test('an app at the root of its site keeps launcher and runtime when it is released again', async () => {
  await using site = await releases('versioning', true, { cloudAppTarget: '' }, { without: ['web-api'] })
  const { disk, second } = site
  const publisher = Object.keys(disk.contents('CloudAppPublisher'))
  expect(publisher.length).toBeGreaterThan(0)
  expect((await runOn(new MemoryTransport(disk), second)).error).toBeUndefined()
  expect(Object.keys(disk.contents('CloudAppPublisher'))).toEqual(publisher)
})

test('a lock that cannot be written is not left behind', async () => {
  await using site = await releases('versioning', true)
  const { disk, second } = site
  const transport = new MemoryTransport(disk)
  transport.meddle = call => (/^write \S+\/lock\//.test(call) ? { done: 'half', error: full() } : undefined)
  const ended = await runOn(transport, second)
  expect(ended.error).toMatchObject({ reasonCode: 'disk-full' })
  expect(isLocked(disk)).toBe(false)
})
