import { expect, test } from '@jest/globals'
import type { Places } from '../../src/inputs/settings'
import type { Log } from '../../src/release/log'
import { newRecord } from '../../src/release/record'
import { Connecting } from '../../src/release/sites'
import { parseSite, type SiteAddress } from '../../src/site/site-url'
import { siteUrl } from '../support/hosting'
import { login, settings } from '../support/settings'
import { startSftpServer } from '../support/sftp-server'

const silent: Log = {
  info: () => undefined,
  warning: () => undefined,
  plan: () => undefined,
  phase: (_, work) => work(),
  remember: () => undefined,
  progress: () => ({ bytes: () => undefined, file: () => undefined, end: () => undefined })
}

test.each([
  [true, 'refuses to write'],
  [false, 'writes']
])('with dry-run: %p a connection %s, whatever the code above it does', async isDry => {
  const server = await startSftpServer()
  try {
    const { username, password } = server
    const site = parseSite(siteUrl(server)) as SiteAddress
    const given = { ...login, username, password, allowAnyHostKey: true, hostKeys: [] }
    const places: Places = [{ address: site, login: given }]
    const all = settings({ dryRun: isDry, sites: places, webApiSites: places })
    const { signal } = new AbortController()
    const record = newRecord(new Date())
    await using connecting = new Connecting({ settings: all, log: silent, record, signal, announce: () => undefined })
    const sites = await connecting.sites()
    const writing = sites.apps[0].transport.write('/x', { bytes: Buffer.from('x') })
    if (isDry) await expect(writing).rejects.toThrow('A dry run was about to write a file')
    else await writing
    expect((await server.commands()).some(line => line.startsWith('OPEN /x'))).toBe(!isDry)
  } finally {
    await server.stop()
  }
})
