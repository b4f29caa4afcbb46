import { placeOf, type SiteAddress } from '../site/site-url'

/** Protocol, host, port and root of a site, as the journal keeps them to know it again. */
export function siteName(address: SiteAddress): string {
  return placeOf(address, '')
}
