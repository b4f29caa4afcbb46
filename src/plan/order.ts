import { isAppRunName } from '../build/apprun'
import { versionListName } from '../build/version-list'
import { nameOf } from '../transport/remote-path'
import type { PlannedFile } from './plan'

/**
 * The place of a file of the cloud app in the switch. A file goes after all that it names: objects, their indexes, the
 * version's own files, what pages load, pages, the entry page, then the pointers: the server side (`apprun.json`)
 * before the client side (the version list).
 *
 * @param path relative to the cloud app's folder
 */
function cloudAppRank(path: string, version: string): number {
  const name = nameOf(path).toLowerCase()
  if (path.startsWith(`${version}/`)) {
    if (name === '_files.idx.zip') return 12
    if (name === '_indexes.idx.zip') return 11
    return path.split('/').length > 2 ? 10 : 13
  }
  const isTop = !path.includes('/')
  if (isTop && isAppRunName(name)) return 30
  if (isTop && name === versionListName) return 31
  if (isTop && name === 'index.html') return 22
  return /\.html?$/.test(name) ? 21 : 20
}

/** Sorts the files that clients see into the groups in which they are switched; a group may go side by side. */
export function switchOrder(
  publisher: readonly PlannedFile[],
  publisherMarkers: ReadonlySet<string>,
  cloudApp: readonly PlannedFile[],
  cloudAppFolder: string,
  version: string
): PlannedFile[][] {
  const groups = new Map<number, PlannedFile[]>()
  const add = (rank: number, file: PlannedFile): void => {
    const group = groups.get(rank)
    if (group) group.push(file)
    else groups.set(rank, [file])
  }
  const prefix = cloudAppFolder === '' ? 0 : cloudAppFolder.length + 1
  for (const file of publisher) add(publisherMarkers.has(file.path) ? 1 : 0, file)
  for (const file of cloudApp) add(cloudAppRank(file.path.slice(prefix), version), file)
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group)
}
