import { setImmediate as nextTurn } from 'node:timers/promises'
import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Handle } from '../../../src/transport/sftp-login'
import { gatherRequests } from '../../../src/transport/sftp-packets'

const packetSize = 1_000

interface Session {
  /** What ssh2 does with a request. */
  readonly request: (bytes: Buffer) => void
  readonly close: () => void
  /** What went to SSH: packets, and `close`. */
  readonly sent: (Buffer | 'close')[]
}

function session(named = packetSize): Session {
  const sent: Session['sent'] = []
  const handle = {
    outgoing: { id: 7, packetSize: named },
    _protocol: {
      channelData: (channel: number, data: Buffer) => {
        expect(channel).toBe(7)
        // As ssh2 does.
        sent.push(Buffer.from(data))
      },
      channelClose: () => {
        sent.push('close')
      }
    }
  }
  gatherRequests(handle as unknown as Handle, new PassThrough())
  return {
    request: bytes => {
      handle._protocol.channelData(7, bytes)
    },
    close: () => {
      handle._protocol.channelClose()
    },
    sent
  }
}

test('what is asked for in one turn is one packet, at the end of it', async () => {
  const { request, sent } = session()
  for (const text of ['one', 'two', 'three']) request(Buffer.from(text))
  await Promise.resolve()
  request(Buffer.from('four'))
  expect(sent).toEqual([])
  await nextTurn()
  expect(sent).toEqual([Buffer.from('onetwothreefour')])
  request(Buffer.from('five'))
  await nextTurn()
  expect(sent.slice(1)).toEqual([Buffer.from('five')])
})

test('a session that is closed has sent all that it was asked for', () => {
  const { request, close, sent } = session()
  request(Buffer.from('last'))
  close()
  expect(sent).toEqual([Buffer.from('last'), 'close'])
})

test('whatever is asked for arrives as the same stream, in packets that no server refuses', async () => {
  const turns = fc.array(fc.array(fc.nat({ max: packetSize }), { maxLength: 20 }), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(turns, async lengths => {
      const { request, sent } = session()
      const all: Buffer[] = []
      for (const turn of lengths) {
        for (const length of turn) {
          const bytes = Buffer.alloc(length, all.length)
          all.push(bytes)
          request(bytes)
        }
        await nextTurn()
        expect(Buffer.concat(sent as Buffer[]).equals(Buffer.concat(all))).toBe(true)
      }
      for (const packet of sent) expect(packet.length).toBeLessThanOrEqual(packetSize)
      // Two packets one after the other would not have fitted into one, unless they are of two turns.
      const bytes = all.reduce((sum, { length }) => sum + length, 0)
      expect(sent.length).toBeLessThanOrEqual((2 * bytes) / packetSize + 2 * lengths.length)
    })
  )
})

test('a server that names very large packets gets none that others would refuse', async () => {
  const { request, sent } = session(2 ** 31 - 1)
  for (let count = 0; count < 200; count += 1) request(Buffer.alloc(1_000))
  await nextTurn()
  expect(sent.map(({ length }) => length)).toEqual([...Array.from({ length: 6 }, () => 32_000), 8_000])
})

test('an ssh2 that is another one is left as it is', () => {
  const handle = { _protocol: { channelData: 1 } } as unknown as Handle
  gatherRequests(handle, new PassThrough())
  expect(handle).toEqual({ _protocol: { channelData: 1 } })
})
