import { labelled } from './log'
import { newRecord, type ReleaseRecord } from './record'
import type { Run } from './run'
import { pairsOf, type Site, type SitePair, type Sites } from './sites'

/** A pair of sites of a run, and what becomes of it. Without a farm there is one, and its record is that of the run. */
export interface Member {
  readonly sites: SitePair
  /** What is released here. Where there are fewer sites of one kind, another member releases to the one that they share. */
  readonly owns: { readonly app: boolean; readonly webApi: boolean }
  readonly record: ReleaseRecord
}

/** At how many sites of a farm something is done side by side: more would but share the line. */
export const sitesAtOnce = 8

export function membersOf(sites: Pick<Sites, 'apps' | 'webApis'>, run: Run): readonly [Member, ...Member[]] {
  const [first, ...more] = pairsOf(sites)
  const isFarm = more.length > 0
  const member = (pair: SitePair, index: number): Member => ({
    sites: pair,
    owns: { app: index < sites.apps.length, webApi: index < sites.webApis.length },
    record: isFarm ? newRecord(run.record.startedAt) : run.record
  })
  const members: readonly [Member, ...Member[]] = [
    member(first, 0),
    ...more.map((pair, index) => member(pair, index + 1))
  ]
  if (isFarm) run.record.members = members.map(each => ({ name: nameOf(each), record: each.record }))
  return members
}

/** The site that a member is named after. */
function nameOf({ sites, owns }: Member): string {
  return (owns.app ? sites.app : sites.webApi).name
}

/** The run, as it is told of at one site of a member. */
export function runAt(run: Run, { record }: Member, { name }: Site): Run {
  return { ...run, record, log: labelled(run.log, name) }
}
