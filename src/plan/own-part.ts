import type { Plan } from './plan'

/** What of a plan is to be done on these sites, where the rest of it is another member's of the farm. */
export function ownPart(plan: Plan, owns: { readonly app: boolean; readonly webApi: boolean }): Plan {
  const { deletions } = plan
  const app = owns.app ? {} : { unseen: [], staged: [], kept: [], present: 0, foreign: [], isCloudAppNew: false }
  return {
    ...plan,
    ...app,
    webApi: owns.webApi ? plan.webApi : undefined,
    deletions: {
      cloudApp: owns.app ? deletions.cloudApp : [],
      versions: owns.app ? deletions.versions : [],
      webApi: owns.webApi ? deletions.webApi : []
    }
  }
}
