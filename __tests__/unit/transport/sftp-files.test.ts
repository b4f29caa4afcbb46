import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import { Pending, type Callback } from '../../../src/transport/pending'
import { SftpFiles } from '../../../src/transport/sftp-files'
import type { Handle } from '../../../src/transport/sftp-login'

const KB = 1024
const chunk = 31 * KB

let pending: Pending

afterEach(() => {
  pending.fail(new Error('The test is over.'))
})

/** A server that opens files after a while, and never answers to a WRITE. */
function silentServer(answerMs: number): { files: SftpFiles; underWay: () => number } {
  let bytes = 0
  const handle = {
    open: (_path: string, _flags: string, done: Callback<Buffer>) => {
      setTimeout(() => {
        done(null, Buffer.from('h'))
      }, answerMs)
    },
    close: (_handle: Buffer, done: Callback<void>) => {
      done(null)
    },
    write: (_handle: Buffer, _bytes: Buffer, _offset: number, length: number) => {
      bytes += length
    }
  }
  pending = new Pending(60_000, () => undefined)
  return { files: new SftpFiles(handle as unknown as Handle, pending), underWay: () => bytes }
}

test.each([
  ['near', 0, 512 * KB],
  ['far', 20, 2 * KB * KB]
])('on a %s server a connection has so much under way that is not confirmed, and no more', async (_, ms, most) => {
  const { files, underWay } = silentServer(ms)
  // How far it is, the quickest answer tells; a near server's comes at once, however busy this machine is.
  for (let count = 0; count < 3; count += 1) {
    await pending.ask(done => {
      if (ms === 0) done(null)
      else
        setTimeout(() => {
          done(null)
        }, ms)
    })
  }
  for (let index = 0; index < 4; index += 1) {
    files.write(`/file ${index}`, { bytes: Buffer.alloc(KB * KB) }, () => undefined).catch(() => undefined)
  }
  await sleep(ms + 200)
  expect(underWay()).toBeGreaterThan(most - chunk)
  expect(underWay()).toBeLessThanOrEqual(most + chunk)
})
