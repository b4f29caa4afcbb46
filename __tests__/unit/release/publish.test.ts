import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { DeployError } from '../../../src/errors'
import { MemoryDisk } from '../../support/memory-disk'
import { MemoryTransport } from '../../support/memory-transport'
import { releases } from './releases'
import { appOf, leftOn, runOn } from './runs'

const refused = new DeployError('permission-denied', 'No room for another file.', 'Look.')

/** Nothing is on the site yet, and the release has a cloud app alone. */
test.each([
  ['the journal under its temporary name', /^write \S+\/journal-1\.json\.hot-deploy-tmp$/],
  ['the name of the journal', /^rename \S+ \S+\/journal-1\.json$/]
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

test('a file that changes on the runner between plan and upload is never switched to', async () => {
  await using site = await releases('replacement', true)
  const before = appOf(site.disk)
  const transport = new MemoryTransport(site.disk)
  const local = join(site.second.build?.package ?? '', 'salesdemo_cloud/index.html')
  const write = transport.write.bind(transport)
  transport.write = (file, content, onBytes) =>
    // As many bytes as planned, and others.
    write(
      file,
      'localPath' in content && content.localPath === local ? { bytes: Buffer.alloc(content.size, 'x') } : content,
      onBytes
    )
  const { error, record } = await runOn(transport, site.second)
  expect(error).toMatchObject({ reasonCode: 'build-changed', message: expect.stringContaining('index.html') })
  expect(record.releasedAt).toBeUndefined()
  expect(appOf(site.disk)).toEqual(before)
  expect(leftOn(site.disk)).toEqual([])
})

test('a release that is recorded while its check fails is undone, and recorded as such', async () => {
  await using site = await releases('versioning', true)
  const before = appOf(site.disk)
  const transport = new MemoryTransport(site.disk)
  let finished = 0
  transport.meddle = async call => {
    if (!/^read .*\/sales\/apprun\.json$/.test(call) || !isSwitched(transport)) return undefined
    // The answer comes when the journal has it that the release stands.
    for (let turn = 0; turn < 200; turn += 1) await new Promise(resolve => setImmediate(resolve))
    finished = transport.calls.filter(name => /^rename .*\/journal-\d+\.json$/.test(name)).length
    return { done: 'nothing', error: refused }
  }
  const { error, record } = await runOn(transport, site.second)
  expect(error).toMatchObject({ reasonCode: 'check-failed', message: expect.stringContaining('It was undone') })
  expect(record.status).toBe('rolled-back')
  // The beginning, the switch, and that it stands.
  expect(finished).toBe(3)
  expect(appOf(site.disk, '1.06')).toEqual(before)
  expect(leftOn(site.disk)).toEqual([])
  const again = await runOn(new MemoryTransport(site.disk), { ...site.second, command: 'rollback' })
  expect(again.record).toMatchObject({ status: 'unchanged', reasonCode: 'already-rolled-back' })
})

/** The version list is the last to be renamed. */
function isSwitched({ calls }: MemoryTransport): boolean {
  return calls.some(call => /^rename .*\/deploylist\.ini\.zip$/.test(call))
}
