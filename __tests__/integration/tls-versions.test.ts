import { expect, test } from '@jest/globals'
import { Client } from 'basic-ftp'
import { TLSSocket } from 'node:tls'
import { startRealServer, type RealServerName } from '../support/servers'
import { describeServer } from '../support/when-available'

/*
 * Data connections must reuse the TLS session of the control connection on these servers. The suites of the fleet run on
 * them all; this tells which versions of TLS they cover.
 */
const versions: readonly [RealServerName, string][] = [
  ['vsftpd-tls', 'TLSv1.3'],
  ['proftpd-tls', 'TLSv1.3'],
  ['proftpd-tls12', 'TLSv1.2'],
  ['pureftpd-tls', 'TLSv1.3']
]

for (const [name, version] of versions) {
  describeServer(name, () => {
    test(`speaks ${version}`, async () => {
      const server = await startRealServer(name)
      const client = new Client(10_000)
      try {
        const { host, port, username: user, password, ca } = server
        await client.access({ host, port, user, password, secure: true, secureOptions: { ca } })
        const { socket } = client.ftp
        expect(socket instanceof TLSSocket && socket.getProtocol()).toBe(version)
      } finally {
        client.close()
        await server.stop()
      }
    })
  })
}
