import { cp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { snapshot } from '../hosting'
import { handOver } from '../servers'

/** All files below a folder, contents by path; folders end with a slash. */
export type Files = ReadonlyMap<string, string>

/** A copy of a site, to which it can be brought back. */
export interface SavedSite {
  readonly files: Files
  /** @param isReal the files belong to the account of the server's clients */
  restore(isReal: boolean): Promise<void>
}

export const CLOUD_APP = 'salesdemo_cloud/'
const STATE = 'App_Data/hot-deploy/'
const TEMPORARY = /\.hot-deploy-(tmp|old)$/

/** Copies a site into a new folder. */
export async function saveSite(root: string, copy: string): Promise<SavedSite> {
  await cp(root, copy, { recursive: true })
  return {
    files: await snapshot(copy),
    restore: async isReal => {
      // The folder itself stays, since servers hold it.
      for (const name of await readdir(root)) await rm(join(root, name), { recursive: true, maxRetries: 3 })
      await cp(copy, root, { recursive: true })
      if (isReal) await handOver(root)
    }
  }
}

/** The files whose paths begin with a prefix, and none below the excepted ones. Folders themselves do not count. */
export function filesBelow(files: Files, prefix: string, except: readonly string[] = []): Files {
  return new Map(
    [...files].filter(
      ([path]) => path.startsWith(prefix) && !path.endsWith('/') && !except.some(other => path.startsWith(other))
    )
  )
}

/** How files differ from what they should be, a line for each. */
export function differences(found: Files, wanted: Files): string[] {
  const wrong = [...wanted].filter(([path, content]) => found.get(path) !== content)
  const more = [...found.keys()].filter(path => !wanted.has(path))
  return [
    ...wrong.map(([path]) => `${path} ${found.has(path) ? 'has other bytes' : 'is missing'}`),
    ...more.map(path => `${path} is too many`)
  ]
}

/** The lock of the app, should it be there. */
export function locksIn(files: Files): string[] {
  return [...files.keys()].filter(path => path.startsWith(STATE) && path.includes('/lock/'))
}

/** What a run leaves only when it has no time to clear it away; the action's own records are nobody's business. */
export function leftoversIn(files: Files): string[] {
  const names = [...files.keys()].filter(path => TEMPORARY.test(path) || path.endsWith('app_offline.htm'))
  return names.filter(path => !path.startsWith(STATE))
}

/** The same files without those that wait for a switch. */
export function withoutTemporary(files: Files): Files {
  return new Map([...files].filter(([path]) => !TEMPORARY.test(path)))
}

/** The site without the action's own records. */
export function withoutState(files: Files): Files {
  return new Map([...files].filter(([path]) => !path.startsWith('App_Data/') && !path.endsWith('/')))
}
