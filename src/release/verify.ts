import { DeployError } from '../errors'
import type { PlannedFile } from '../plan/plan'
import { readTree } from '../site/tree'
import { forEachInFlight } from '../transport/in-flight'
import type { Transport } from '../transport/port'
import { joinRemote, nameOf, parentOf } from '../transport/remote-path'

/**
 * Compares what was written with what the site lists: each file must be there with its size. Servers have said "226
 * Transfer complete" to a fourth of a file, so an upload counts only when it is seen.
 *
 * @param at where each file lies now
 * @throws DeployError `not-verified`
 */
export async function verifySizes(
  transport: Transport,
  files: readonly PlannedFile[],
  at: (path: string) => string
): Promise<void> {
  const wrong: Difference[] = []
  await forEachInFlight(byFolder(files), transport.inFlight, async ([folder, group]) => {
    wrong.push(...(await differencesIn(transport, folder, group, at)))
  })
  if (wrong.length > 0) throw notVerified(transport, wrong, files.length)
}

/** Files by the folder that they lie in. */
export function byFolder(files: readonly PlannedFile[]): Map<string, PlannedFile[]> {
  const groups = new Map<string, PlannedFile[]>()
  for (const file of files) {
    const folder = parentOf(file.path)
    const group = groups.get(folder)
    if (group) group.push(file)
    else groups.set(folder, [file])
  }
  return groups
}

/** A file that is not on the site as it was sent. */
export interface Difference {
  readonly file: PlannedFile
  /** In words. */
  readonly what: string
}

/** Of so few files in a folder, each is asked for alone: the listing of thousands of others takes longer. */
const fewFiles = 8

/** Those of some files of one folder (relative to the root) that are not on the site with their size. */
export async function differencesIn(
  transport: Transport,
  folder: string,
  files: readonly PlannedFile[],
  at: (path: string) => string
): Promise<Difference[]> {
  if (files.length <= fewFiles && (await isEachThere(transport, files, at))) return []
  const tree = await readTree(transport, joinRemote(transport.root, folder), () => false)
  return files.flatMap(file => {
    const path = at(file.path)
    const found = tree.sizeOf(nameOf(path))
    if (found === file.size) return []
    return [
      { file, what: `"${path}" ${found === undefined ? 'is missing' : `has ${found} bytes`} instead of ${file.size}` }
    ]
  })
}

async function isEachThere(
  transport: Transport,
  files: readonly PlannedFile[],
  at: (path: string) => string
): Promise<boolean> {
  const sizes = await Promise.all(files.map(({ path }) => transport.size(joinRemote(transport.root, at(path)))))
  return files.every(({ size }, index) => sizes[index] === size)
}

/** What there is to say when files are still not there as they were sent. */
export function notVerified(transport: Transport, wrong: readonly Difference[], of: number): DeployError {
  const shown = wrong.slice(0, 5).map(({ what }) => what)
  return new DeployError(
    'not-verified',
    `${wrong.length} of ${of} uploaded files are not on ${transport.description} as they should be: ${shown.join('; ')}${wrong.length > 5 ? '; …' : ''}.`,
    'Check that no virus scanner, quota or other upload changes these files, and that the build is not written to meanwhile; then run the job again.'
  )
}
