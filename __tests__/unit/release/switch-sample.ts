import fc from 'fast-check'
import { isComplete, moveBack, moveIn, retire, type MoveList } from '../../../src/release/moves'
import type { BackupMode, Move } from '../../../src/site/release-entry'
import { stagedName } from '../../../src/site/temporary-name'
import { nameOf } from '../../../src/transport/remote-path'
import { MemoryDisk } from '../../support/memory-disk'
import { MemoryTransport } from '../../support/memory-transport'

/** A switch that is prepared in memory: files are staged, and kept where the mode asks for it. */
export interface SwitchSample {
  readonly disk: MemoryDisk
  readonly list: MoveList
  /** What clients get before it and after it, by path. */
  readonly before: Readonly<Record<string, string>>
  readonly after: Readonly<Record<string, string>>
}

export type Kinds = Readonly<Record<string, Move['kind']>>

const backupFolder = 'state/backup-1'

export function switchSample(mode: BackupMode, groups: readonly Kinds[]): SwitchSample {
  const files: Record<string, string | null> = { [backupFolder]: null, 'app/stays.txt': 'stays' }
  const before: Record<string, string> = { 'app/stays.txt': 'stays' }
  const after: Record<string, string> = { ...before }
  const all = Object.keys(Object.assign({}, ...groups) as Kinds)
  const moves = groups.map(group =>
    Object.entries(group).map(([path, kind]): Move => {
      const backup = kind === 'create' ? undefined : `${all.indexOf(path) + 1}-${nameOf(path)}`
      if (kind !== 'create') before[path] = `old ${path}`
      if (kind !== 'retire') after[path] = `new ${path}`
      if (kind !== 'retire') files[stagedName(path)] = `new ${path}`
      if (kind === 'replace' && mode === 'copy') files[`${backupFolder}/${backup ?? ''}`] = `old ${path}`
      return { path, kind, backup }
    })
  )
  const disk = new MemoryDisk({ ...files, ...before })
  disk.renameReplaces = mode === 'copy'
  return { disk, before, after, list: { groups: moves, backupFolder: `/www/${backupFolder}`, mode } }
}

/** What clients get: without temporary files, which no server hands out. */
export function seen(disk: MemoryDisk): Record<string, string> {
  return Object.fromEntries(Object.entries(disk.contents('app')).filter(([path]) => !path.endsWith(stagedName(''))))
}

/** Makes all moves, as a switch and the cleaning up after it do. */
export async function makeMoves(transport: MemoryTransport, list: MoveList): Promise<void> {
  for (const group of list.groups) {
    for (const move of group) if (move.kind !== 'retire') await moveIn(transport, move, list)
  }
  await takeAway(transport, list)
}

/** Takes away what the release no longer has. */
export async function takeAway(transport: MemoryTransport, list: MoveList): Promise<void> {
  for (const move of list.groups.flat()) if (move.kind === 'retire') await retire(transport, move, list)
}

/** What the next run does with a switch that broke off, if the journal says no more than that it had begun. */
export async function repair(disk: MemoryDisk, list: MoveList): Promise<'forward' | 'back'> {
  const transport = new MemoryTransport(disk)
  if (await isComplete(transport, list)) return 'forward'
  await moveBack(transport, list)
  return 'back'
}

/** Up to four groups of files in a few folders, each file to be replaced, created or taken away. */
export const someGroups: fc.Arbitrary<Kinds[]> = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom('app', 'app/js', 'app/js/deep', 'app/css'),
      fc.constantFrom('a.txt', 'b.txt', 'index.html', 'apprun.json'),
      fc.constantFrom<Move['kind']>('replace', 'create', 'retire'),
      fc.nat({ max: 3 })
    ),
    { minLength: 1, maxLength: 7, selector: ([folder, name]) => `${folder}/${name}` }
  )
  .map(files =>
    [0, 1, 2, 3]
      .map(wanted => files.filter(([, , , group]) => group === wanted))
      .filter(group => group.length > 0)
      .map(group => Object.fromEntries(group.map(([folder, name, kind]) => [`${folder}/${name}`, kind])))
  )
