import { buffer } from 'node:stream/consumers'
import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import type { Transport } from '../../../src/transport/port'
import { rehearsal } from '../../../src/transport/rehearsal'
import { MemoryTransport } from '../../support/memory-transport'

test.each<[string, (transport: Transport) => Promise<unknown>]>([
  ['write', transport => transport.write('/www/a.txt', { bytes: Buffer.from('x') })],
  ['makeFolder', transport => transport.makeFolder('/www/a')],
  ['makeFolders', transport => transport.makeFolders(['/www/a', '/www/a/b'])],
  ['removeFolder', transport => transport.removeFolder('/www/a')],
  ['rename', transport => transport.rename('/www/a.txt', '/www/b.txt')],
  ['remove', transport => transport.remove('/www/a.txt')],
  ['duplicate', transport => transport.duplicate('/www/a.txt', '/www/b.txt')],
  ['copy', transport => transport.copy('/www/a.txt', '/www/b.txt')]
])('%s is refused, and never reaches the site', async (_, write) => {
  const site = new MemoryTransport({ 'a.txt': 'a' })
  await expect(write(rehearsal(site))).rejects.toThrow(`A dry run was about to`)
  expect(site.calls).toEqual([])
})

test('reading goes on as ever', async () => {
  const site = new MemoryTransport({ 'a.txt': 'content', b: null })
  const transport = rehearsal(site)
  const sink = new PassThrough()
  const [content] = await Promise.all([buffer(sink), transport.read('/www/a.txt', () => sink)])
  expect(content.toString()).toBe('content')
  expect(await transport.list('/www')).toEqual(await site.list('/www'))
  expect([transport.root, transport.description, transport.inFlight]).toEqual([site.root, site.description, 4])
})

test('every operation of the site has its counterpart', async () => {
  const site = new MemoryTransport()
  const transport = rehearsal(site)
  const names = Reflect.ownKeys(MemoryTransport.prototype).filter(name => name !== 'constructor')
  expect(Reflect.ownKeys(transport)).toEqual(expect.arrayContaining(names))
  await transport[Symbol.asyncDispose]()
  expect(site.calls).toEqual(['close'])
})
