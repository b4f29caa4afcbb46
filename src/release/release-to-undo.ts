import { DeployError } from '../errors'
import { slotOf } from '../plan/slots'
import type { Journal } from '../site/journal'
import type { ReleaseEntry } from '../site/release-entry'
import { newRecord, type ReleaseRecord } from './record'
import type { Run } from './run'
import type { Site } from './sites'

/** A web server, and what its journal says. */
export interface SiteJournal {
  readonly site: Site
  readonly journal: Journal
}

/** What is to be undone at a web server. */
export type Chosen<T> = T & { readonly entry: ReleaseEntry }

/**
 * The release to undo, on all web servers on which it is live.
 *
 * @returns none where it is undone already on all of them; that is noted
 * @throws DeployError `nothing-to-roll-back`, `release-not-live`, `farm-differs`
 */
export function chosenOnAll<T extends SiteJournal>(sites: readonly T[], run: Run): Chosen<T>[] {
  const [first, ...more] = sites
  if (!first) return []
  const entry = chosen(first.journal, run.settings.releaseId)
  const entryAt = ({ site, journal }: T): ReleaseEntry => {
    if (!journal.releases.some(({ id }) => id === entry.id)) {
      throw differs(`${first.site.name} has the release ${entry.id}, and ${site.name} has not.`)
    }
    return chosen(journal, entry.id)
  }
  const all = [{ ...first, entry }, ...more.map(site => ({ ...site, entry: entryAt(site) }))]
  const live = all.filter(({ entry: { phase } }) => phase !== 'rolled-back')
  note(run, entry)
  if (more.length > 0) {
    run.record.members = all.map(each => ({ name: each.site.name, record: recordOf(each.entry, run) }))
  }
  if (live.length === 0) settleAlready(run, entry)
  const had = live.map(each => ({ name: each.site.name, version: each.entry.previousVersion }))
  const nothing = had.find(({ version }) => version === undefined)
  const something = had.find(({ version }) => version !== undefined)
  if (!nothing || !something) return live
  throw differs(
    `Before release ${entry.id} ${nothing.name} had nothing, and ${something.name} had ${something.version}.`
  )
}

function differs(what: string): DeployError {
  return new DeployError(
    'farm-differs',
    `${what} So the web servers of the farm cannot go back to the same.`,
    'Take those that were added or away since out of the load balancer and out of site, and run the rollback again.'
  )
}

/** The release to undo: the one that is named, or the last. */
function chosen(journal: Journal, id: string | undefined): ReleaseEntry {
  const { releases } = journal
  const known = releases.map(entry => `${entry.id} (${entry.version}, ${entry.phase})`).join(', ')
  const entry = id === undefined ? releases.at(-1) : releases.find(candidate => candidate.id === id)
  if (!entry) {
    if (journal.state === 'unreadable') {
      throw new DeployError(
        'journal-unreadable',
        'The journal on the site cannot be read, so it is not to be known what to undo.',
        'Put the journal back from a backup of the server, or release the version before again under a higher version.'
      )
    }
    throw new DeployError(
      'nothing-to-roll-back',
      id === undefined
        ? 'The journal on the site has no release.'
        : `The journal on the site has no release "${id}"${known === '' ? '' : `; it has ${known}`}.`,
      'Only what this action has released can be undone, and only the last three releases. Check cloud-app-target, state-path and release-id.'
    )
  }
  const later = releases.slice(releases.indexOf(entry) + 1).find(({ phase }) => phase === 'released')
  if (entry.phase === 'released' && later) {
    throw new DeployError(
      'release-not-live',
      `Release ${entry.id} (${entry.version}) is not live: ${later.id} (${later.version}) came after it.`,
      `Roll ${later.id} back first.`
    )
  }
  return entry
}

/** What the report says of a web server of a farm. */
function recordOf({ phase, version }: ReleaseEntry, { record }: Run): ReleaseRecord {
  const own = newRecord(record.startedAt)
  return { ...own, previousVersion: version, status: phase === 'rolled-back' ? 'unchanged' : undefined }
}

function note({ record, settings }: Run, entry: ReleaseEntry): void {
  record.releaseId = entry.id
  record.app = entry.app
  record.strategy = entry.strategy
  record.version = entry.previousVersion
  record.previousVersion = entry.version
  record.webApiUrl = entry.previousWebApiUrl
  record.previousWebApiUrl = entry.webApiUrl
  record.slot = slotOf(settings.slots ?? [], entry.previousWebApiUrl)?.name
  record.previousSlot = slotOf(settings.slots ?? [], entry.webApiUrl)?.name
  record.switchGuarantee = entry.guarantee
}

function settleAlready({ record, log }: Run, entry: ReleaseEntry): void {
  log.info(`Release ${entry.id} is rolled back already; nothing to do.`)
  record.status = 'unchanged'
  record.reasonCode = 'already-rolled-back'
}
