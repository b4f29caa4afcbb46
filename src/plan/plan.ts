import { isAppRunName } from '../build/apprun'
import type { Strategy } from '../inputs/settings'
import type { Content } from '../transport/content'
import { nameOf } from '../transport/remote-path'
import type { Deletions } from './deletions'

/** A file on its way to a site. Paths are relative to the site's root. */
export interface PlannedFile {
  readonly path: string
  readonly content: Content
  readonly size: number
  /** Size of the file that has this name now; undefined where there is none. */
  readonly sizeOnSite: number | undefined
  /** Other apps of the web server use it too. */
  readonly isShared?: boolean
  /** Another file of the site that has this content. */
  readonly copyOf?: CopySource
}

export interface CopySource {
  /** Relative to the root. */
  readonly path: string
  readonly sha256: string
}

/** A file of the build that is not sent, because the operator owns the one on the site. */
export interface KeptFile {
  readonly path: string
  readonly localPath: string
}

/** What a run will do, as data: printing it is the dry run, doing it is the deploy. */
export interface Plan {
  readonly strategy: Strategy
  readonly app: string
  readonly version: string
  readonly previousVersion: string | undefined
  readonly minimum: string | undefined
  readonly previousMinimum: string | undefined
  readonly webApiUrl: string
  readonly previousWebApiUrl: string | undefined
  readonly isFirstRelease: boolean
  readonly cloudAppFolder: string
  /** No listing showed that folder. */
  readonly isCloudAppNew: boolean
  /** Undefined: only the cloud app is released. */
  readonly webApi: WebApiPlan | undefined
  /** Files that nothing points to before the switch: they go straight to their place. */
  readonly unseen: readonly PlannedFile[]
  /**
   * Files that clients see: they go up under temporary names and are renamed at the switch, group by group. The last
   * groups are the pointers.
   */
  readonly staged: readonly (readonly PlannedFile[])[]
  /** Cloud app files that the operator owns. */
  readonly kept: readonly KeptFile[]
  /** Number of files of launchers and runtimes that are on the site already; they are shared, and left alone. */
  readonly present: number
  /** Number of files of the build that are on the site with this content, and are not sent. */
  readonly unchanged: number
  readonly deletions: Deletions
  /** Files on the site, in folders that the release writes to, that the build does not have. They stay. */
  readonly foreign: readonly string[]
  /** What is worth a warning. */
  readonly warnings: readonly string[]
}

export interface WebApiPlan {
  readonly folder: string
  /** No listing showed it. */
  readonly isNew: boolean
  readonly files: readonly PlannedFile[]
  readonly kept: readonly KeptFile[]
  /** Put `app_offline.htm` into the folder meanwhile. */
  readonly offline: boolean
  /** One lies there already, or a part of it, as a drain leaves it that retires a side. */
  readonly isRetired?: boolean
}

/** The bytes of a planned file that the action made itself: a pointer. */
export function pointersOf(plan: Plan): { readonly path: string; readonly bytes: Buffer }[] {
  return plan.staged.flat().flatMap(({ path, content }) => ('bytes' in content ? [{ path, bytes: content.bytes }] : []))
}

/** No `apprun.json` is switched: the app carries its Web API URL in itself, and the version list alone is the pointer. */
export function isUrlBuiltIn(plan: Plan): boolean {
  return !pointersOf(plan).some(({ path }) => isAppRunName(nameOf(path)))
}

/** All files that a plan sends. */
export function filesOf(plan: Plan): PlannedFile[] {
  return [...(plan.webApi?.files ?? []), ...plan.unseen, ...plan.staged.flat()]
}
