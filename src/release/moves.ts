import { isFolderThere } from '../site/tree'
import type { BackupMode, Move } from '../site/release-entry'
import { stagedName } from '../site/temporary-name'
import { forEachInFlight } from '../transport/in-flight'
import { isBroken } from '../transport/network-error'
import type { Reading, Transport } from '../transport/port'
import { joinRemote, nameOf, parentOf } from '../transport/remote-path'

/** Moves of a switch, in the groups in which they are made, and where the replaced files are kept. */
export interface MoveList {
  readonly groups: readonly (readonly Move[])[]
  readonly backupFolder: string
  readonly mode: BackupMode
}

/** Which of the names of a move exist now. Together they tell what has been done of it. */
interface Place {
  readonly staged: boolean
  readonly target: boolean
  readonly backup: boolean
}

/** Are all new files in their places? Then a broken switch is brought to its end, not back. */
export async function isComplete(transport: Reading, list: MoveList): Promise<boolean> {
  const places = await placesOf(transport, list)
  return list.groups.flat().every(move => {
    const place = places.get(move)
    if (move.kind === 'retire') return true
    // Without its backup a file has been moved back, or was never moved.
    return place?.target === true && !place.staged && (move.backup === undefined || place.backup)
  })
}

/**
 * Moves everything back, the last group first: what was taken away comes back before anything points to it. What is back
 * already is left alone, so it may be called again after it was interrupted itself.
 *
 * @returns how many files were moved back or removed
 */
export async function moveBack(transport: Transport, list: MoveList): Promise<number> {
  const places = await placesOf(transport, list)
  let moved = 0
  const undo = async (move: Move): Promise<void> => {
    const place = places.get(move)
    if (place && (await undoOne(transport, move, place, list))) moved += 1
  }
  const retired = list.groups.flat().filter(move => move.kind === 'retire')
  await forEachInFlight(retired, transport.inFlight, undo)
  for (const group of list.groups.toReversed()) {
    await forEachInFlight(
      group.filter(move => move.kind !== 'retire'),
      transport.inFlight,
      undo
    )
  }
  return moved
}

/** Removes temporary files beside the targets of these moves: of a switch that is over they are another run's, and mislead. */
export async function removeStaged(transport: Transport, list: MoveList): Promise<void> {
  const places = await placesOf(transport, list)
  await forEachInFlight(list.groups.flat(), transport.inFlight, async move => {
    if (places.get(move)?.staged === true) await transport.remove(stagedName(joinRemote(transport.root, move.path)))
  })
}

async function undoOne(transport: Transport, move: Move, place: Place, list: MoveList): Promise<boolean> {
  const target = joinRemote(transport.root, move.path)
  const backup = joinRemote(list.backupFolder, move.backup ?? '')
  if (move.kind === 'create') {
    // With the staged file still there, what has the name is none of ours.
    if (!place.target || place.staged || move.isShared === true) return false
    await transport.remove(target)
    return true
  }
  if (!place.backup) {
    // What an undoing that was interrupted had moved out of the way.
    if (place.staged && place.target && list.mode === 'move') await transport.remove(stagedName(target))
    return false
  }
  // A copy whose original has not been replaced.
  if (place.staged && place.target) return false
  if (place.target && move.kind === 'retire') return false
  const isAside = place.target && list.mode === 'move'
  if (isAside) await transport.rename(target, stagedName(target))
  await transport.rename(backup, target)
  // Out of the way since now, or since an undoing that was interrupted.
  if (isAside || place.staged) await transport.remove(stagedName(target))
  return true
}

/**
 * Gives a staged file its name.
 *
 * In mode `move` the name is missing for one command; if the new file cannot take it, the old one goes back at once.
 */
export async function moveIn(transport: Transport, move: Move, list: MoveList): Promise<void> {
  const target = joinRemote(transport.root, move.path)
  if (move.kind === 'create' || list.mode === 'copy') {
    await transport.rename(stagedName(target), target)
    return
  }
  const backup = joinRemote(list.backupFolder, move.backup ?? '')
  await transport.rename(target, backup)
  try {
    await transport.rename(stagedName(target), target)
  } catch (error) {
    // What fails here as well is left to the undoing of the whole switch.
    if (!isBroken(error)) await transport.rename(backup, target).catch(() => undefined)
    throw error
  }
}

/** Takes a file away that the build no longer has; it is kept with the replaced ones. */
export async function retire(transport: Transport, move: Move, list: MoveList): Promise<void> {
  await transport.rename(joinRemote(transport.root, move.path), joinRemote(list.backupFolder, move.backup ?? ''))
}

/** Takes away what a clean-up that was interrupted has left of it. */
export async function retireRest(transport: Transport, list: MoveList): Promise<void> {
  const places = await placesOf(transport, list)
  await forEachInFlight(list.groups.flat(), transport.inFlight, async move => {
    const place = places.get(move)
    if (move.kind === 'retire' && place?.target === true && !place.backup) await retire(transport, move, list)
  })
}

async function placesOf(transport: Reading, { groups, backupFolder }: MoveList): Promise<Map<Move, Place>> {
  const backups = await namesIn(transport, backupFolder)
  const byFolder = new Map<string, Move[]>()
  for (const move of groups.flat()) {
    const folder = parentOf(move.path)
    const moves = byFolder.get(folder)
    if (moves) moves.push(move)
    else byFolder.set(folder, [move])
  }
  const places = new Map<Move, Place>()
  await forEachInFlight(byFolder, transport.inFlight, async ([folder, moves]) => {
    const names = await namesIn(transport, joinRemote(transport.root, folder))
    for (const move of moves) {
      const name = nameOf(move.path)
      places.set(move, {
        staged: names.has(stagedName(name)),
        target: names.has(name),
        backup: move.backup !== undefined && backups.has(move.backup)
      })
    }
  })
  return places
}

/** A folder that is not there has no names; one that cannot be listed is an error. */
async function namesIn(transport: Reading, folder: string): Promise<Set<string>> {
  try {
    return new Set((await transport.list(folder)).map(({ name }) => name))
  } catch (error) {
    const path = folder.slice(transport.root.length).replace(/^\//, '')
    if (isBroken(error) || (await isFolderThere(transport, path))) throw error
    return new Set()
  }
}
