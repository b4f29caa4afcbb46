import { DeployError } from '../errors'
import { isSameUrl } from '../plan/same-url'
import { liveWebApiUrl } from '../site/live'
import type { SiteState } from '../site/state'
import { forEachInFlight } from '../transport/in-flight'
import { decide, stateOf, type Decision, type Given } from './decide'
import { runAt, sitesAtOnce } from './member'
import type { Run } from './run'
import type { Site } from './sites'

/** What decisions are made on, for each member of a run. */
export type Givens = readonly [Given, ...Given[]]

/** Reads what is on the sites, each once: members that share one see the same of it. */
export async function statesOf(givens: Givens, run: Run): Promise<SiteState[]> {
  const ofApp = new Map<Site, SiteState>()
  const ofWebApi = new Map<Site, SiteState>()
  const states: SiteState[] = []
  const read = async ([index, { build, member }]: [number, Given]): Promise<void> => {
    const { app, webApi } = member.sites
    const shared = ofApp.get(app)
    const tree = ofWebApi.get(webApi)?.webApi
    const known = { ...(shared && { live: shared.live, publisher: shared.publisher }), ...(tree && { webApi: tree }) }
    const state = await stateOf(build, member.sites, run, known)
    if (!shared) ofApp.set(app, state)
    ofWebApi.set(webApi, state)
    states[index] = state
  }
  const all = [...givens.entries()]
  const isOwner = ([, { member }]: [number, Given]): boolean => member.owns.app && member.owns.webApi
  await forEachInFlight(all.filter(isOwner), sitesAtOnce, read)
  await forEachInFlight(
    all.filter(each => !isOwner(each)),
    sitesAtOnce,
    read
  )
  return states
}

/**
 * Decides what to do at each member.
 *
 * @throws DeployError `web-api-url-live` where users are on the side already whose files would be replaced; as decide
 */
export async function decideEach(givens: Givens, states: readonly SiteState[], run: Run): Promise<Decision[]> {
  const decisions: Decision[] = []
  await forEachInFlight([...givens.entries()], sitesAtOnce, async ([index, given]) => {
    const { member } = given
    const state = states[index]
    if (!state) throw new Error('The state of a site was not read.')
    const at = member.owns.app ? member.sites.app : member.sites.webApi
    decisions[index] = await decide(given, state, runAt(run, member, at))
  })
  warn(givens, decisions, run)
  refuseLiveElsewhere(givens, decisions)
  return decisions
}

/** What is the same everywhere is said once. */
function warn(givens: Givens, decisions: readonly Decision[], run: Run): void {
  const warnings = new Map<string, string[]>()
  for (const [index, { plan, isLive }] of decisions.entries()) {
    const { owns, sites } = givens[index]?.member ?? givens[0].member
    for (const text of isLive || !owns.app ? [] : plan.warnings) {
      warnings.set(text, [...(warnings.get(text) ?? []), sites.app.name])
    }
  }
  const count = givens.filter(({ member }) => member.owns.app).length
  for (const [text, names] of warnings) run.log.warning(names.length === count ? text : `${names.join(', ')}: ${text}`)
  warnOfDifferences(givens, decisions, run)
}

/** Users of one app who get different things, by the web server that they happen to meet. */
function warnOfDifferences(givens: Givens, decisions: readonly Decision[], { log }: Run): void {
  const lives = decisions.flatMap(({ live, isLive }, index) => {
    const { owns, sites } = givens[index]?.member ?? givens[0].member
    const what = `${live.version ?? 'nothing'} on ${liveWebApiUrl(live) ?? 'no Web APIs'}`
    return owns.app ? [{ name: sites.app.name, what, isLive }] : []
  })
  if (new Set(lives.map(({ what }) => what)).size < 2) return
  const list = lives.map(({ name, what, isLive }) => `${name} has ${what}${isLive ? ', which is the release' : ''}`)
  log.warning(`The web servers of the farm differ, and will be the same after a deploy: ${list.join('; ')}.`)
}

/** Where a part of the farm has the release already, users are on its Web APIs: the others may get them, and not change them. */
function refuseLiveElsewhere(givens: Givens, decisions: readonly Decision[]): void {
  for (const { live, plan } of decisions) {
    const liveUrl = liveWebApiUrl(live)
    if (liveUrl === undefined || !isSameUrl(liveUrl, plan.webApiUrl)) continue
    const changed = decisions.findIndex(other =>
      other.plan.webApi?.files.some(({ sizeOnSite }) => !other.isLive && sizeOnSite !== undefined)
    )
    const site = givens[changed]?.member.sites.webApi
    if (site === undefined) continue
    throw new DeployError(
      'web-api-url-live',
      `${plan.webApiUrl} is live already on a part of the farm, and its files on ${site.name} would be replaced. Users would lose their sessions.`,
      'Release to the other, idle Web APIs; or take the web servers that are behind out of site for this once.'
    )
  }
}
