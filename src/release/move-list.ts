import type { Hashes } from '../build/hashes'
import type { Plan, PlannedFile } from '../plan/plan'
import type { LiveRelease } from '../site/live'
import type { Inventory } from '../site/inventory'
import type { Move } from '../site/release-entry'
import { hashOf } from '../transport/content'
import { joinRemote, nameOf } from '../transport/remote-path'

/**
 * The moves of a switch: those of the plan, group by group, and at the end what is taken away after it.
 *
 * @param known what the action knows of the site, for the hashes of old files
 * @param hashes those of the build
 */
export function movesOf(plan: Plan, live: LiveRelease, known: Inventory, hashes: Hashes): Move[][] {
  const pointers = liveHashes(plan, live)
  let backups = 0
  // Numbered, since a name of the site may be too long in another folder; with the name, for people who look there.
  const backupOf = (path: string): string => `${(backups += 1)}-${nameOf(path)}`
  const before = (path: string, oldSize: number | undefined): Pick<Move, 'oldSize' | 'oldHash'> => {
    const file = known.get(path)
    return { oldSize, oldHash: pointers.get(path) ?? (file?.size === oldSize ? file?.sha256 : undefined) }
  }
  const moveOf = ({ path, content, size, sizeOnSite, isShared = false }: PlannedFile): Move => {
    const isReplaced = sizeOnSite !== undefined
    return {
      path,
      kind: isReplaced ? 'replace' : 'create',
      ...(isReplaced ? { backup: backupOf(path), ...before(path, sizeOnSite) } : {}),
      size,
      hash: hashes.of(content),
      ...('bytes' in content ? { isPointer: true } : {}),
      ...(isShared ? { isShared } : {})
    }
  }
  const groups = plan.staged.map(group => group.map(moveOf))
  const retired = plan.deletions.cloudApp.map((path): Move => {
    const relative = plan.cloudAppFolder === '' ? path : path.slice(plan.cloudAppFolder.length + 1)
    return { path, kind: 'retire', backup: backupOf(path), ...before(path, live.tree.sizeOf(relative)) }
  })
  return retired.length > 0 ? [...groups, retired] : groups
}

/** The pointers were read to make the plan. */
function liveHashes(plan: Plan, { appRun, versionList }: LiveRelease): Map<string, string> {
  const hashes = new Map<string, string>()
  for (const pointer of [appRun, versionList]) {
    if (pointer) hashes.set(joinRemote(plan.cloudAppFolder, pointer.name), hashOf({ bytes: pointer.bytes }))
  }
  return hashes
}
