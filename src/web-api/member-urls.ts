import { isIP } from 'node:net'
import type { Places, ReadinessUrl } from '../inputs/settings'

/**
 * Where each server of a farm of Web APIs answers for a URL that a load balancer answers as a rule: at its own host, as the
 * site names it, with the port and path of the URL, and asked for by the host of the URL.
 *
 * @param sites the servers of the Web APIs
 * @returns the URL itself where there is but one server
 */
export function memberUrls(url: string, sites: Places): ReadinessUrl[] {
  const hosts = [...new Set(sites.map(({ address }) => address.host.toLowerCase()))]
  if (hosts.length < 2 || !URL.canParse(url)) return [{ url, host: undefined }]
  const { host, hostname } = new URL(url)
  // No certificate is asked for by address, and no site is told from another by it.
  const isName = isIP(hostname.replace(/^\[|\]$/g, '')) === 0
  return hosts.map(member => {
    const own = new URL(url)
    own.hostname = isIP(member) === 6 ? `[${member}]` : member
    return { url: own.href, host: isName && own.host !== host ? host : undefined }
  })
}
