import { parseSite, siteName, type SiteAddress } from '../site/site-url'
import { nowhere, readLogin, userOf } from './read-login'
import type { RawInputs } from './raw-inputs'
import type { Place, Places } from './settings'

/** The sites of a run. */
export interface ReadSites {
  readonly sites: Places
  readonly webApiSites: Places
}

type SiteInput = 'site' | 'web-api-site'
type Addresses = readonly [SiteAddress, ...SiteAddress[]]

/**
 * Reads the web servers and the servers of Web API B: a site a line, the same login for all but for users that URLs name.
 *
 * @param isBuildOnly no site will be connected to, so none needs to be given
 */
export function readSites(raw: RawInputs, isBuildOnly: boolean): ReadSites {
  const addresses: Addresses = isBuildOnly ? [nowhere] : readAddresses(raw, 'site')
  const hasOwn = !isBuildOnly && raw.text('web-api-site') !== undefined
  const webApiAddresses = hasOwn ? readAddresses(raw, 'web-api-site') : addresses
  const login = readLogin(raw, [...addresses, ...webApiAddresses])
  const placesOf = (name: SiteInput, [first, ...more]: Addresses): Places => {
    const placeOf = (address: SiteAddress): Place => ({
      address,
      login: { ...login, username: userOf(raw, name, address) }
    })
    return [placeOf(first), ...more.map(placeOf)]
  }
  const sites = placesOf('site', addresses)
  const webApiSites = hasOwn ? placesOf('web-api-site', webApiAddresses) : sites
  refuseRepeats(raw, 'site', sites)
  if (hasOwn) refuseRepeats(raw, 'web-api-site', webApiSites)
  return { sites, webApiSites }
}

function readAddresses(raw: RawInputs, name: SiteInput): Addresses {
  const [first, ...more] = raw.lines(name)
  if (first !== undefined) return [readAddress(raw, name, first), ...more.map(line => readAddress(raw, name, line))]
  raw.problem(name, 'is missing; such as sftp://user@host:22/C:/inetpub/wwwroot is expected')
  return [nowhere]
}

function readAddress(raw: RawInputs, name: SiteInput, line: string): SiteAddress {
  const site = parseSite(line)
  if (typeof site === 'string') {
    // What stands before the host may be a password.
    raw.problem(name, `is "${line.replace(/\/\/.*@/, '//…@')}", which ${site}`)
    return nowhere
  }
  if (site.protocol === 'ftp' && !raw.flag('allow-plain-ftp')) {
    raw.problem(name, 'is ftp://, which sends the password in clear; use ftps:// or sftp://, or set allow-plain-ftp')
  }
  return site
}

/** A site that is named twice would be locked twice, and wait for itself. */
function refuseRepeats(raw: RawInputs, name: SiteInput, places: readonly Place[]): void {
  const names = places.filter(({ address }) => address !== nowhere).map(({ address }) => siteName(address))
  const repeated = names.find((each, index) => names.indexOf(each) !== index)
  if (repeated !== undefined) raw.problem(name, `names ${repeated} twice`)
}
