import { filesOf, type Plan } from '../plan/plan'
import type { Inventory } from '../site/inventory'

/**
 * Files of a plan that the site no longer has as this action put them there, going by their sizes: somebody else has
 * changed or removed them. They are sent again.
 *
 * @param plan as it was made, before unchanged files are left out
 */
export function driftOf(plan: Plan, known: { readonly app: Inventory; readonly webApi: Inventory }): string[] {
  const ofWebApi = new Set(plan.webApi?.files)
  return filesOf(plan).flatMap(file => {
    // The pointers are made anew each time.
    if ('bytes' in file.content) return []
    const before = (ofWebApi.has(file) ? known.webApi : known.app).get(file.path)
    return before === undefined || before.size === file.sizeOnSite ? [] : [file.path]
  })
}
