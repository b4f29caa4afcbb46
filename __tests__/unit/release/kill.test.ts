import { describe, expect, test } from '@jest/globals'
import type { MemoryDisk } from '../../support/memory-disk'
import { broken, isChange, killAt, MemoryTransport } from '../../support/memory-transport'
import type { Ended } from './run'
import { appOf, leftOn, mendOn, runOn } from './runs'
import { releases, type Releases, type Strategy } from './releases'

const combinations = (['versioning', 'replacement'] as const).flatMap(strategy =>
  [true, false].map(replaces => [strategy, replaces] as const)
)
const all = ['nothing', 'half', 'all'] as const
/** How many operations lie between two kills; 1 kills at each of them. */
const stride = Number(process.env.KILL_STRIDE ?? 4)

async function changesOf({ disk, second }: Releases): Promise<{ total: number; after: Record<string, string> }> {
  const whole = disk.copy()
  const transport = new MemoryTransport(whole)
  expect(await runOn(transport, second)).toMatchObject({ error: undefined, record: { status: 'deployed' } })
  expect(leftOn(whole)).toEqual([])
  return { total: transport.calls.filter(isChange).length, after: appOf(whole) }
}

/** As an operator does, who knows that the run is over. */
function removeLock(disk: MemoryDisk): void {
  const folder = '/www/App_Data/hot-deploy/sales/lock'
  for (const path of Object.keys(disk.contents())) if (path.includes('/lock/')) disk.remove(`/www/${path}`)
  if (disk.list('/www/App_Data/hot-deploy/sales').some(({ name }) => name === 'lock')) disk.removeFolder(folder)
}

/** A run that changes nothing of its own, and so does no more than bring the site to a whole state. */
async function repairOn(disk: MemoryDisk): Promise<Ended> {
  removeLock(disk)
  const ended = await runOn(new MemoryTransport(disk), { command: 'rollback', releaseId: 'none' })
  expect(ended.error).toMatchObject({ reasonCode: 'nothing-to-roll-back' })
  return { ...ended, error: undefined }
}

describe.each(combinations)('%s, on a server where renames replace: %s', (strategy: Strategy, replaces) => {
  const offset = combinations.findIndex(([one, other]) => one === strategy && other === replaces)

  test('a deploy that is killed leaves a site that is made whole, released to, and rolled back', async () => {
    await using site = await releases(strategy, replaces)
    const { disk, second, unseen } = site
    const before = appOf(disk, unseen)
    const { total, after } = await changesOf(site)
    for (let at = 1 + (offset % stride); at <= total; at += stride) {
      for (const done of stride === 1 ? all : [all[at % 3] ?? 'all']) {
        const half = disk.copy()
        const dying = new MemoryTransport(half)
        const isDead = killAt(dying, at, done)
        const { claim } = await runOn(dying, second)
        const where = `${at} of ${total}, ${done} done: ${dying.calls.filter(isChange)[at - 1] ?? ''}`
        expect([where, isDead()]).toEqual([where, true])
        const isPost = (at + done.length) % 2 === 0 && claim !== undefined
        const mended = isPost ? await mendOn(new MemoryTransport(half), claim, second) : await repairOn(half)
        expect([where, mended.error]).toEqual([where, undefined])
        const found = appOf(half)
        const isWhole = [
          JSON.stringify(found) === JSON.stringify(after),
          JSON.stringify(appOf(half, unseen)) === JSON.stringify(before)
        ]
        expect([where, isWhole]).toEqual([where, expect.arrayContaining([true])])
        if (isPost) expect([where, leftOn(half)]).toEqual([where, []])
        const again = await runOn(new MemoryTransport(half), second)
        expect([where, again.error, appOf(half), leftOn(half)]).toEqual([where, undefined, after, []])
        const back = await runOn(new MemoryTransport(half), { command: 'rollback' })
        expect([where, back.error, appOf(half, unseen), leftOn(half)]).toEqual([where, undefined, before, []])
      }
    }
  }, 600_000)

  test('a rollback that is killed is brought to its end', async () => {
    await using site = await releases(strategy, replaces)
    const { disk, second, unseen } = site
    const before = appOf(disk, unseen)
    await runOn(new MemoryTransport(disk), second)
    const after = appOf(disk)
    for (let at = 1, isDead = true; isDead; at += 1) {
      const half = disk.copy()
      const dying = new MemoryTransport(half)
      const kill = killAt(dying, at, at % 2 === 0 ? 'all' : 'nothing')
      await runOn(dying, { command: 'rollback' })
      isDead = kill()
      const where = `${at}: ${dying.calls.filter(isChange)[at - 1] ?? ''}`
      const repaired = await repairOn(half)
      expect([where, repaired.error]).toEqual([where, undefined])
      expect([before, after]).toContainEqual(
        appOf(half, unseen === undefined ? undefined : isSame(half, after) ? undefined : unseen)
      )
      const again = await runOn(new MemoryTransport(half), { command: 'rollback' })
      expect([where, again.error, appOf(half, unseen)]).toEqual([where, undefined, before])
      expect(['rolled-back', 'unchanged']).toContain(again.record.status)
    }
  }, 600_000)

  test('at every instant each name that clients ask for has old or new content, and pointers are not missing', async () => {
    await using site = await releases(strategy, replaces)
    const { disk, second } = site
    const before = appOf(disk)
    const { after } = await changesOf(site)
    const missing = new Map<string, number>()
    const wrong: string[] = []
    const transport = new MemoryTransport(disk)
    transport.meddle = call => {
      const now = appOf(disk)
      for (const path of Object.keys(before)) {
        if (now[path] === undefined && after[path] !== undefined) missing.set(path, (missing.get(path) ?? 0) + 1)
        if (now[path] !== undefined && ![before[path], after[path]].includes(now[path])) wrong.push(`${call}: ${path}`)
      }
      // The list offers the new version when that is whole, and not before.
      const isOffered = now['sales/deploylist.ini.zip'] === after['sales/deploylist.ini.zip']
      if (isOffered && site.unseen !== undefined) {
        const lacking = Object.keys(after).filter(path => now[path] !== after[path])
        if (lacking.length > 0) wrong.push(`${call}: ${lacking.join(', ')}`)
      }
      return undefined
    }
    expect((await runOn(transport, second)).error).toBeUndefined()
    expect(wrong).toEqual([])
    if (replaces) expect([...missing]).toEqual([])
    for (const pointer of ['sales/apprun.json', 'sales/deploylist.ini.zip']) {
      expect(missing.get(pointer) ?? 0).toBeLessThanOrEqual(1)
    }
  })
})

function isSame(disk: MemoryDisk, app: Record<string, string>): boolean {
  return JSON.stringify(appOf(disk)) === JSON.stringify(app)
}

describe('the post step', () => {
  test('leaves no lock where the main step was killed between the two acts of letting it go', async () => {
    await using site = await releases('versioning', true)
    const { disk, second } = site
    const dying = new MemoryTransport(disk)
    dying.meddle = call => (/^removeFolder \S+\/lock$/.test(call) ? { done: 'nothing', error: broken() } : undefined)
    const { claim } = await runOn(dying, second)
    if (!claim) throw new Error('no claim')
    const mended = await mendOn(new MemoryTransport(disk), claim, second)
    expect(mended.error).toBeUndefined()
    expect(disk.list('/www/App_Data/hot-deploy/sales').map(({ name }) => name)).not.toContain('lock')
  })
})
