import type { Hashes } from '../build/hashes'
import type { Plan, PlannedFile } from '../plan/plan'
import type { Inventory } from '../site/inventory'
import type { LiveRelease } from '../site/live'

/**
 * A plan whose new files say which file of the live version has their content already: on a slow line the server copies
 * them faster than they are sent.
 *
 * @param known what the action knows to be on the site
 */
export function withCopies(plan: Plan, live: LiveRelease, known: Inventory, hashes: Hashes): Plan {
  const { version } = live
  if (version === undefined || version === plan.version) return plan
  const folder = (name: string): string => (plan.cloudAppFolder === '' ? `${name}/` : `${plan.cloudAppFolder}/${name}/`)
  const [from, to] = [folder(version), folder(plan.version)]
  const twinOf = (file: PlannedFile): PlannedFile => {
    if (!file.path.startsWith(to) || file.sizeOnSite !== undefined || 'bytes' in file.content) return file
    const path = from + file.path.slice(to.length)
    const twin = known.get(path)
    // The size is looked up first: hashing reads the file.
    if (twin?.size !== file.size || live.sizes.get(path) !== file.size) return file
    return hashes.of(file.content) === twin.sha256 ? { ...file, copyOf: { path, sha256: twin.sha256 } } : file
  }
  return { ...plan, unseen: plan.unseen.map(twinOf) }
}
