import { stagedName } from './temporary-name'

/** The names of a journal's documents in the state folder of an app. */
export function journalName(number: number): string {
  return `journal-${number}.json`
}

export function inventoryName(number: number): string {
  return `files-${number}.json`
}

export function movesName(id: string): string {
  return `moves-${id}.json`
}

export function backupsName(id: string): string {
  return `backup-${id}`
}

/** @param segment empty for what all segments of a release begin with */
export function progressName(id: string, segment: number | ''): string {
  return segment === '' ? `progress-${id}-` : `progress-${id}-${segment}.json`
}

/** The number in a journal's or an inventory's name. */
export function numberOf(name: string, kind: 'journal' | 'files'): number | undefined {
  const [, found, digits] = /^(journal|files)-(\d{1,15})\.json$/.exec(name) ?? []
  return found === kind ? Number(digits) : undefined
}

/** What is still needed of a state folder. */
export interface Needed {
  /** The documents that count. */
  readonly documents: ReadonlySet<string | null>
  /** Releases that can be undone. */
  readonly releases: ReadonlySet<string | undefined>
  /** The release at work. */
  readonly unfinished: string | undefined
  /** What people have to judge. */
  readonly left: readonly string[]
}

/** Is this name that of a journal, an inventory, or progress? */
export function isRecord(name: string): boolean {
  return /^(?:journal|files|progress)-.+\.json$/.test(name)
}

/** Is this name the journal's own, and of no use any more? */
export function isWaste(name: string, { documents, releases, unfinished, left }: Needed): boolean {
  if (name.endsWith(stagedName(''))) return true
  const [, kind, id = ''] = /^(journal|files|progress|moves|backup)-(.+?)(?:\.json)?$/.exec(name) ?? []
  if (kind === 'journal' || kind === 'files') return name.endsWith('.json') && !documents.has(name)
  if (kind === 'progress') return unfinished === undefined || !name.startsWith(progressName(unfinished, ''))
  return kind !== undefined && !releases.has(id) && !left.includes(name)
}
