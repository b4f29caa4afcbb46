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
  const byFolder = new Map<string, PlannedFile[]>()
  for (const file of files) {
    const folder = parentOf(file.path)
    const group = byFolder.get(folder)
    if (group) group.push(file)
    else byFolder.set(folder, [file])
  }
  const wrong: string[] = []
  await forEachInFlight(byFolder, transport.inFlight, async ([folder, group]) => {
    const tree = await readTree(transport, joinRemote(transport.root, folder), () => false)
    for (const { path, size } of group) {
      const found = tree.sizeOf(nameOf(at(path)))
      if (found === size) continue
      wrong.push(`"${at(path)}" ${found === undefined ? 'is missing' : `has ${found} bytes`} instead of ${size}`)
    }
  })
  if (wrong.length === 0) return
  throw new DeployError(
    'not-verified',
    `${wrong.length} of ${files.length} uploaded files are not on ${transport.description} as they should be: ${wrong.slice(0, 5).join('; ')}${wrong.length > 5 ? '; …' : ''}.`,
    'Check that no virus scanner, quota or other upload changes these files, and that the build is not written to meanwhile; then run the job again.'
  )
}
