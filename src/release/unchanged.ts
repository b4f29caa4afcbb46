import type { Plan, PlannedFile } from '../plan/plan'
import type { Inventory } from '../site/inventory'
import { hashOf } from '../transport/content'

/**
 * A plan without the files that are on the site already: those of which the journal knows this content, and of which the
 * site lists the same size.
 */
export async function withoutUnchanged(
  plan: Plan,
  known: { readonly app: Inventory; readonly webApi: Inventory }
): Promise<Plan> {
  let unchanged = 0
  const changed = async (files: readonly PlannedFile[], inventory: Inventory): Promise<PlannedFile[]> => {
    const left: PlannedFile[] = []
    for (const file of files) {
      if (await isUnchanged(file, inventory)) unchanged += 1
      else left.push(file)
    }
    return left
  }
  const { webApi } = plan
  const staged: PlannedFile[][] = []
  for (const group of plan.staged) staged.push(await changed(group, known.app))
  return {
    ...plan,
    webApi: webApi && { ...webApi, files: await changed(webApi.files, known.webApi) },
    unseen: await changed(plan.unseen, known.app),
    staged: staged.filter(group => group.length > 0),
    unchanged
  }
}

async function isUnchanged({ path, content, size, sizeOnSite }: PlannedFile, known: Inventory): Promise<boolean> {
  // The pointers are always switched: they are what a release is.
  if ('bytes' in content) return false
  const file = known.get(path)
  if (file?.size !== size || sizeOnSite !== size) return false
  return (await hashOf(content)) === file.sha256
}
