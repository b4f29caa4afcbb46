import { parseSite, type SiteAddress } from '../../src/site/site-url'
import { parseHostKey } from '../../src/transport/host-key'
import type { Login } from '../../src/transport/login'
import { siteUrl } from './hosting'
import type { TestServer } from './test-server'

/** A test server as a transport gets it. */
export function addressOf(server: TestServer): SiteAddress {
  const address = parseSite(siteUrl(server))
  if (typeof address === 'string') throw new Error(address)
  return address
}

/** How to log in to it: its password, and its host key or certificate pinned. */
export function loginOf({ username, password, hostKey, ca }: TestServer, changes: Partial<Login> = {}): Login {
  const pin = hostKey === undefined ? undefined : parseHostKey(hostKey)
  if (hostKey !== undefined && !pin) throw new Error(`no host key: ${hostKey}`)
  return {
    username,
    password,
    privateKey: undefined,
    passphrase: undefined,
    hostKeys: pin ? [pin] : [],
    allowAnyHostKey: false,
    tlsCa: ca,
    allowAnyCertificate: false,
    timeoutMs: 10_000,
    ...changes
  }
}
