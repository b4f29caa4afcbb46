import { Journal } from '../../../src/site/journal'
import type { Move, ReleaseEntry } from '../../../src/site/release-entry'
import { MemoryDisk } from '../../support/memory-disk'
import { MemoryTransport } from '../../support/memory-transport'

export const stateFolder = '/www/state'
export const target = 'sales'

/** A disk with an empty state folder; renames replace nothing there, as no journal may need that. */
export function stateDisk(renameReplaces = false): MemoryDisk {
  const disk = new MemoryDisk({ state: null })
  disk.renameReplaces = renameReplaces
  return disk
}

/** Reads the journal of a disk, as a run does. */
export async function readJournal(
  on: MemoryDisk | MemoryTransport,
  warn: (text: string) => void = () => undefined,
  app = target
): Promise<Journal> {
  const transport = on instanceof MemoryDisk ? new MemoryTransport(on) : on
  return Journal.read(transport, stateFolder, app, await transport.list(stateFolder), warn)
}

export function entry(id = 'r1', overrides: Partial<ReleaseEntry> = {}): ReleaseEntry {
  return {
    id,
    phase: 'staging',
    app: 'sales',
    strategy: 'versioning',
    version: '1.05',
    webApiUrl: 'https://b.example.com/api/',
    // Ids count up, and so do the times.
    startedAt: `2026-06-01T12:0${/\d$/.exec(id)?.[0] ?? '0'}:00.000Z`,
    run: 'acme/sales, run 17, attempt 1',
    ...overrides
  }
}

export function released(id: string): ReleaseEntry {
  return entry(id, { phase: 'released', releasedAt: '2026-06-01T13:00:00.000Z' })
}

export const moves: Move[][] = [
  [{ path: 'sales/index.html', kind: 'replace', backup: '1-index.html', oldSize: 3, size: 4, hash: 'h' }],
  [{ path: 'sales/apprun.json', kind: 'create', isPointer: true }],
  [{ path: 'sales/old.js', kind: 'retire', backup: '2-old.js', oldSize: 1, oldHash: 'o' }]
]

/** All that a journal says, as data. */
export function saysOf({ state, files, releases, unfinished }: Journal): unknown {
  const known = [...files].sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.parse(JSON.stringify({ state, known, releases, unfinished: unfinished ?? null }))
}

/** A release from its beginning to its end, with files of its own. */
export async function release(journal: Journal, id: string, files: readonly string[]): Promise<void> {
  await journal.begin(entry(id), files)
  for (const path of files) journal.note(path, path.length, `hash of ${path}`)
  await journal.flush()
  await journal.saveMoves(id, moves)
  await journal.advance({ phase: 'switching', backupMode: 'copy', guarantee: 'atomic' })
  await journal.advance({ phase: 'switched' })
  await journal.finish({ ...entry(id), phase: 'released' })
}
