/** Names on a site that belong to the action. IIS has no MIME type for these endings, so it serves none of them. */
const staged = '.hot-deploy-tmp'
const aside = '.hot-deploy-old'

/** Where a file waits beside its target for the switch. */
export function stagedName(path: string): string {
  return path + staged
}

/** Where the old file is for the moment in which the new one takes its name. */
export function asideName(path: string): string {
  return path + aside
}

/** What an interrupted run left behind: `remove` is in the way of nobody, `restore` is the only copy of a file. */
export interface Leftovers {
  readonly remove: readonly string[]
  /** Paths without the ending: each lies aside, and its own name is missing. */
  readonly restore: readonly string[]
}

/** Sorts the temporary files of a listing. */
export function leftoversOf(paths: Iterable<string>): Leftovers {
  const all = new Set(paths)
  const remove: string[] = []
  const restore: string[] = []
  for (const path of all) {
    const target = path.slice(0, -aside.length)
    if (path.endsWith(staged)) remove.push(path)
    else if (path.endsWith(aside)) (all.has(target) ? remove : restore).push(all.has(target) ? path : target)
  }
  return { remove, restore }
}
