import { siteName, type SiteAddress } from './site-url'

/**
 * The shortest names that tell the sites of a farm from one another: the host, else with the port, else with the root.
 *
 * @returns one for each; an empty one where there is but one site
 */
export function namesOf(sites: readonly SiteAddress[]): string[] {
  if (sites.length === 1) return ['']
  const forms: ((site: SiteAddress) => string)[] = [
    ({ host }) => host.toLowerCase(),
    ({ host, port }) => `${host.toLowerCase()}:${port}`,
    siteName,
    site => `${siteName(site)} (${site.username ?? ''})`
  ]
  const names = forms.map(form => sites.map(form))
  return (
    names.find(each => new Set(each).size === sites.length) ?? sites.map((site, index) => `${index + 1} ${site.host}`)
  )
}
