import { randomBytes } from 'node:crypto'
import type { Plan, PlannedFile } from '../plan/plan'
import type { ReleaseEntry } from '../site/release-entry'
import { siteName } from '../site/site-url'
import { together } from '../transport/in-flight'
import { eachOf, type Claim } from './claim'
import type { Part } from './part'
import type { Run } from './run'
import { thisRun } from './this-run'

export function newEntry(plan: Plan, { record }: Run): ReleaseEntry {
  const started = record.startedAt.toISOString()
  return {
    // Sorts by time, tells the version, and differs for two runs in one second.
    id: `${started.slice(0, 19).replace(/[-:]/g, '')}-${plan.version}-${randomBytes(3).toString('hex')}`,
    phase: 'staging',
    app: plan.app,
    strategy: plan.strategy,
    version: plan.version,
    minimum: plan.minimum,
    webApiUrl: plan.webApiUrl,
    startedAt: started,
    run: thisRun(process.env).name
  }
}

/** The entry of a release, as the journal of one site has it: what was there before may differ in a farm. */
export function entryAt(entry: ReleaseEntry, { plan, claims }: Part, claim: Claim): ReleaseEntry {
  const { webApi } = plan
  return {
    ...entry,
    previousVersion: plan.previousVersion,
    previousWebApiUrl: plan.previousWebApiUrl,
    offline: claim === claims.webApi && webApi?.offline === true ? webApi.folder : undefined,
    webApiFolder: webApi?.folder,
    webApiSite: webApi && siteName(claims.webApi.site.place.address)
  }
}

/** What will be written in place counts as unknown from here on, in whatever state it is left. */
export async function begin(parts: readonly Part[], entry: ReleaseEntry): Promise<void> {
  const overwritten = (files: readonly PlannedFile[], { journal }: Claim): string[] =>
    files.flatMap(({ path, sizeOnSite }) => (sizeOnSite !== undefined || journal.files.has(path) ? [path] : []))
  const works = eachOf(parts.map(({ claims }) => claims)).map(claim => {
    const ofApp = parts.find(part => part.owns.app && part.claims.app === claim)
    const ofWebApi = parts.find(part => part.owns.webApi && part.claims.webApi === claim)
    const part = ofApp ?? ofWebApi
    // A site that another member releases to, which has the release already.
    if (!part) return Promise.resolve()
    return claim.journal.begin(entryAt(entry, part, claim), [
      ...overwritten(ofWebApi?.plan.webApi?.files ?? [], claim),
      ...overwritten(ofApp?.plan.unseen ?? [], claim)
    ])
  })
  // Side by side, so that all forget before anything new is noted.
  await together(works)
}
