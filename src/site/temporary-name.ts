/** Names on a site that belong to the action. IIS has no MIME type for this ending, so it serves none of them. */
const staged = '.hot-deploy-tmp'

/** Where a file waits beside its target for the switch. */
export function stagedName(path: string): string {
  return path + staged
}

/** The temporary files of a listing: what an interrupted run left behind, and in the way of nobody. */
export function leftoversOf(paths: Iterable<string>): string[] {
  return [...paths].filter(path => path.endsWith(staged))
}
