import { expect, test } from '@jest/globals'
import SftpClient from 'ssh2-sftp-client'
import { parseSite, type SiteAddress } from '../../src/site/site-url'
import { parseHostKey } from '../../src/transport/host-key'
import { logIn } from '../../src/transport/sftp-login'
import { gatherRequests } from '../../src/transport/sftp-packets'
import { siteUrl } from '../support/hosting'
import { startSftpServer } from '../support/sftp-server'

const requests = 60

/** ssh2 hands over a packet in so many pieces: length, content and MAC. */
const pieces = 3

test('requests of one turn go to a server in one packet of SSH, and each is answered', async () => {
  const server = await startSftpServer()
  const client = new SftpClient('packets', { error: () => undefined, end: () => undefined, close: () => undefined })
  try {
    const pin = parseHostKey(server.hostKey ?? '')
    const login = {
      username: server.username,
      password: server.password,
      privateKey: undefined,
      passphrase: undefined,
      hostKeys: pin ? [pin] : [],
      allowAnyHostKey: false,
      tlsCa: undefined,
      allowAnyCertificate: false,
      timeoutMs: 5_000
    }
    const address = parseSite(siteUrl(server)) as SiteAddress
    const { handle, socket } = await logIn(client, address, login, () => undefined, {})
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
