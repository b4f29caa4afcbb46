import type { Place, Settings } from '../inputs/settings'
import { isOneSite } from '../plan/check-plan'
import type { Load } from '../transport/width'

/** What the connections of a run will be worth having for. */
export interface Loads {
  readonly app: Load
  readonly webApi: Load
}

/** All that goes to a site: most are web server and server of Web API B in one. */
export function loadAt(
  place: Place,
  { app, webApi }: Loads,
  { sites, webApiSites }: Pick<Settings, 'sites' | 'webApiSites'>
): Load {
  const isAmong = (others: readonly Place[]): boolean => others.some(other => isOneSite(other, place))
  const parts = [...(isAmong(sites) ? [app] : []), ...(isAmong(webApiSites) ? [webApi] : [])]
  return {
    operations: parts.reduce((sum, { operations }) => sum + operations, 0),
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0)
  }
}
