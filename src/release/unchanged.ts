import type { Hashes } from '../build/hashes'
import type { Plan, PlannedFile } from '../plan/plan'
import type { Inventory } from '../site/inventory'

/**
 * A plan without the files that are on the site already: those of which the journal knows this content, and of which the
 * site lists the same size.
 */
export function withoutUnchanged(
  plan: Plan,
  known: { readonly app: Inventory; readonly webApi: Inventory },
  hashes: Hashes
): Plan {
  let unchanged = 0
  const changed = (files: readonly PlannedFile[], inventory: Inventory): PlannedFile[] => {
    const left = files.filter(file => !isUnchanged(file, inventory, hashes))
    unchanged += files.length - left.length
    return left
  }
  const { webApi } = plan
  const staged = plan.staged.map(group => changed(group, known.app))
  return {
    ...plan,
    webApi: webApi && { ...webApi, files: changed(webApi.files, known.webApi) },
    unseen: changed(plan.unseen, known.app),
    staged: staged.filter(group => group.length > 0),
    unchanged
  }
}

function isUnchanged({ path, content, size, sizeOnSite }: PlannedFile, known: Inventory, hashes: Hashes): boolean {
  // The pointers are always switched: they are what a release is.
  if ('bytes' in content) return false
  const file = known.get(path)
  if (file?.size !== size || sizeOnSite !== size) return false
  return hashes.of(content) === file.sha256
}
