import { expect, test } from '@jest/globals'
import SftpClient from 'ssh2-sftp-client'
import { logIn } from '../../src/transport/sftp-login'
import { gatherRequests } from '../../src/transport/sftp-packets'
import { addressOf, loginOf } from '../support/login'
import { startSftpServer } from '../support/sftp-server'

const requests = 60

/** ssh2 hands over a packet in so many pieces: length, content and MAC. */
const pieces = 3

test('requests of one turn go to a server in one packet of SSH, and each is answered', async () => {
  const server = await startSftpServer()
  const client = new SftpClient('packets', { error: () => undefined, end: () => undefined, close: () => undefined })
  try {
    const { handle, socket } = await logIn(client, addressOf(server), loginOf(server), () => undefined, {})
    // A later ssh2 may be another one, and requests would go out one by one again: slower, and unnoticed.
    gatherRequests(handle, socket)
    let written = 0
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean
    socket.write = (...args: unknown[]) => {
      written += 1
      return write(...args)
    }
    const answers = Array.from(
      { length: requests },
      (_, index) =>
        new Promise<string>(resolve => {
          handle.realpath(`/folder ${index}`, (error, path) => {
            resolve(error ? String(error) : path)
          })
        })
    )
    expect(await Promise.all(answers)).toEqual(Array.from({ length: requests }, (_, index) => `/folder ${index}`))
    expect(written).toBe(pieces)
  } finally {
    await client.end()
    await server.stop()
  }
})
