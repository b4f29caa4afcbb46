import { unreadable } from './document'
import { parseEntry, type ReleaseEntry } from './release-entry'

/** Releases that can be undone: the backups of older ones go. */
const keptReleases = 3

/** What a journal says. */
export interface JournalContent {
  readonly target: string
  readonly releases: readonly ReleaseEntry[]
  readonly unfinished: ReleaseEntry | null
  /** Name of the document with the inventory; null where nothing is known. */
  readonly files: string | null
  /** What a journal that could not be read has left: it may hold the only copy of a file, so it is for people to judge. */
  readonly left: readonly string[]
}

/** Of a site on which nothing was released. */
export function emptyContent(target: string): JournalContent {
  return { target, releases: [], unfinished: null, files: null, left: [] }
}

/** @throws DeployError `journal-unreadable`, also for the journal of another target */
export function parseContent(value: unknown, target: string, name: string): JournalContent {
  const content = value as Partial<JournalContent> | null
  const isContent = Array.isArray(content?.releases) && (content.files === null || typeof content.files === 'string')
  if (!isContent) throw unreadable(name, 'it is incomplete')
  if (content.target !== target) throw unreadable(name, `it is about "${String(content.target)}" and not "${target}"`)
  return {
    target,
    releases: (content.releases as unknown[]).map(entry => parseEntry(entry, name)),
    unfinished: content.unfinished ? parseEntry(content.unfinished, name) : null,
    files: content.files ?? null,
    left: Array.isArray(content.left) ? content.left : []
  }
}

/** The release that is being made, after a change. */
export function changed({ unfinished }: JournalContent, change: Partial<ReleaseEntry>): ReleaseEntry {
  if (!unfinished) throw new Error('No release is being made.')
  return { ...unfinished, ...change }
}

/**
 * What it says when the release that is being made is over.
 *
 * @param outcome how it ended; undefined for one of which nothing is kept
 */
export function ended(content: JournalContent, outcome: ReleaseEntry | undefined): JournalContent {
  const others = content.releases.filter(({ id }) => id !== outcome?.id)
  return { ...content, releases: outcome ? newest([...others, outcome]) : others, unfinished: null }
}

/** The last ones that stand, and what was rolled back since; in the order in which they were begun. */
function newest(releases: readonly ReleaseEntry[]): ReleaseEntry[] {
  const inOrder = [...releases].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
  const oldest = inOrder.filter(({ phase }) => phase === 'released').slice(-keptReleases)[0]
  const since = inOrder.filter(({ startedAt }) => startedAt >= (oldest?.startedAt ?? ''))
  return since.filter(({ phase }, n) => phase === 'released' || n >= since.length - keptReleases)
}
