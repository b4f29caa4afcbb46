import { expect, test } from '@jest/globals'
import { DeployError } from '../../../src/errors'
import { MemoryDisk } from '../../support/memory-disk'
import { MemoryTransport } from '../../support/memory-transport'
import { releases } from './releases'
import { runOn } from './runs'

const refused = new DeployError('permission-denied', 'No room for another file.', 'Look.')

/** Nothing is on the site yet, and the release has a cloud app alone. */
test.each([
  ['the journal under its temporary name', /^write \S+\/journal-\d+\.json\.hot-deploy-tmp$/],
  ['the name of the journal', /^rename \S+ \S+\/journal-\d+\.json$/]
])('a first release whose beginning cannot be recorded leaves no file behind: %s', async (_, pattern) => {
  await using site = await releases('versioning', true, {}, { without: ['web-api'] })
  const disk = new MemoryDisk()
  const transport = new MemoryTransport(disk)
  // Long enough for others to be written meanwhile.
  let struck = 0
  transport.meddle = async call => {
    if (!pattern.test(call)) return undefined
    struck += 1
    for (let turn = 0; turn < 50; turn += 1) await new Promise(resolve => setImmediate(resolve))
    return { done: 'nothing', error: refused }
  }
  const ended = await runOn(transport, site.first)
  expect(struck).toBe(1)
  expect(ended.error).toMatchObject({ reasonCode: 'permission-denied' })
  expect(transport.calls.filter(call => call.startsWith('write /www/sales/')).length).toBeGreaterThan(5)
  expect(Object.keys(disk.contents()).filter(path => !path.startsWith('App_Data/'))).toEqual([])
  expect(disk.list('/www').map(({ name }) => name)).toEqual(['App_Data'])
  expect(Object.keys(disk.contents()).filter(path => /lock|journal-\d+\.json$/.test(path))).toEqual([])
  // And nothing of it is in the way of the next one.
  const next = new MemoryTransport(disk)
  expect((await runOn(next, site.first)).record).toMatchObject({ status: 'deployed' })
})
