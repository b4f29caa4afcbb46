import { parseJumpHost, type Jump } from '../transport/jump'
import type { Login } from '../transport/login'
import type { RawInputs } from './raw-inputs'
import { readHostKeys } from './read-login'
import type { ReadSites } from './read-sites'
import type { Place } from './settings'

/**
 * The host in between. It gets the secrets of the site, and the user of the site unless its URL names one.
 *
 * @param login of the first site
 * @param sites those that are to be reached through it
 */
export function readJump(raw: RawInputs, login: Login, { sites, webApiSites }: ReadSites): Jump | undefined {
  const text = raw.text('jump-host')
  const hostKeys = readHostKeys(raw, 'jump-host-key')
  if (text === undefined) {
    if (raw.text('jump-host-key') !== undefined) raw.problem('jump-host-key', 'is set without jump-host')
    return undefined
  }
  const address = parseJumpHost(text)
  if (typeof address === 'string') {
    // What stands before the host may be a password.
    raw.problem('jump-host', `is "${text.replace(/\/\/.*@/, '//…@')}", which ${address}`)
    return undefined
  }
  checkProtocols(raw, 'site', sites)
  if (webApiSites !== sites) checkProtocols(raw, 'web-api-site', webApiSites)
  checkHostKey(raw, login.allowAnyHostKey)
  return { address, login: { ...login, username: address.username ?? login.username, hostKeys } }
}

function checkProtocols(raw: RawInputs, name: string, places: readonly Place[]): void {
  const others = new Set(places.map(({ address }) => address.protocol).filter(protocol => protocol !== 'sftp'))
  for (const protocol of others) {
    raw.problem('jump-host', `is for SFTP, and ${name} is ${protocol}://, which does not go through it`)
  }
}

function checkHostKey(raw: RawInputs, allowAnyHostKey: boolean): void {
  const isGiven = raw.text('jump-host-key') !== undefined
  if (allowAnyHostKey && isGiven) {
    raw.problem('allow-any-host-key', 'is set together with jump-host-key; one of them is expected')
  }
  if (!allowAnyHostKey && !isGiven) {
    raw.problem(
      'jump-host-key',
      'is missing; the fingerprint of the jump host is expected, as "ssh-keygen -lf" there prints it (allow-any-host-key goes on without, once, and prints both)'
    )
  }
}
