import type { GateConditions } from '../github/conditions'
import type { Slot } from '../plan/slots'
import type { SiteAddress } from '../site/site-url'
import type { Jump } from '../transport/jump'
import type { Login } from '../transport/login'

/** All inputs, read and checked: the one record that the rest of the action knows. */
export interface Settings {
  readonly command: Command
  /** For `rollback`: the release to undo; undefined = the last one. */
  readonly releaseId: string | undefined
  readonly strategy: Strategy
  /** Connect, compare, print the plan; write nothing. */
  readonly dryRun: boolean
  /** There are no credentials, as in a run that a fork started: the plan is one of the build alone. */
  readonly isBuildOnly: boolean
  readonly build: BuildSettings
  /** The web servers, at least one; several are a farm. */
  readonly sites: Places
  /** The servers of Web API B, at least one; often the same. */
  readonly webApiSites: Places
  /** Below the site's root, empty for the root; undefined = the name of the folder in the build. */
  readonly cloudAppTarget: string | undefined
  readonly webApiTarget: string | undefined
  /** URL of Web API B, as given, and for `drain` of the side to drain; empty for commands that need none, and until a slot is chosen. */
  readonly webApiUrl: string
  /** Homes for Web APIs, of which the release takes an idle one; undefined = webApiUrl and webApiTarget say where it goes. */
  readonly slots: readonly Slot[] | undefined
  /** Public URL of the cloud app, with one slash at its end. */
  readonly appUrl: string | undefined
  readonly publisher: PublisherMode
  /** The host in between, through which the sites are reached; undefined = there is none. */
  readonly jump: Jump | undefined
  /** Gitignore-style patterns of Web API files that the operator owns. */
  readonly protect: readonly string[]
  readonly protectCloudApp: readonly string[]
  readonly webApiOffline: OfflineMode
  readonly readiness: ReadinessSettings
  readonly notificationMessage: string
  /** Name of the notice beside `apprun.json`; undefined = none. */
  readonly noticeFile: string | undefined
  readonly gitHub: GitHubSettings
  /** Where lock, journal and backups live, relative to the site's root. */
  readonly statePath: string
  /** Tries after the first one, for each operation and each connection. */
  readonly retries: number
  /** The most connections to each site; undefined = as many as pay. */
  readonly connections: number | undefined
  /** Deployment versions that stay on the site after a switch; 0 = all. */
  readonly keepVersions: number
  readonly lockWaitMs: number
  readonly lockStaleAfterMs: number
  /** Undo the switch when the check after it fails. */
  readonly rollbackOnFailure: boolean
  /** For `drain`: how long to wait for the last session to end; 0 = ask once. */
  readonly drainTimeoutMs: number
  /** For `drain`: put `app_offline.htm` into the side that is empty. */
  readonly retire: boolean
}

/** Where a site is, and who logs in there. */
export interface Place {
  readonly address: SiteAddress
  readonly login: Login
}

/** At least one. */
export type Places = readonly [Place, ...Place[]]

export type Command = 'deploy' | 'rollback' | 'drain'

export type Strategy = 'versioning' | 'replacement'
export type PublisherMode = 'if-missing' | 'always' | 'never'
export type OfflineMode = 'auto' | 'always' | 'never'

export interface BuildSettings {
  /** Folder or `.zip`. */
  readonly package: string | undefined
  readonly cloudAppPath: string | undefined
  readonly webApiPath: string | undefined
  /** PBAutoBuild `.json` or `.srj` project object that the build was made with. */
  readonly buildFile: string | undefined
  /** Undefined = the highest version folder of the build. */
  readonly version: string | undefined
  /** Undefined = the version. */
  readonly minimumCompatibleVersion: string | undefined
  /** Gitignore-style patterns. */
  readonly exclude: readonly string[]
}

export interface ReadinessSettings {
  /** Polled until each is ready; empty = no check. */
  readonly urls: readonly ReadinessUrl[]
  /** Below the URL of any Web APIs; undefined = no check. */
  readonly path: string | undefined
  readonly timeoutMs: number
  readonly smokeChecks: readonly SmokeCheck[]
  /** Whole `Authorization` header. */
  readonly authorization: string | undefined
  readonly tlsCa: string | undefined
  readonly allowAnyCertificate: boolean
}

/** One line of `readiness-urls`. */
export interface ReadinessUrl {
  readonly url: string
  /** The host name, with a port where it needs one, that the request is for; undefined = that of the URL. */
  readonly host: string | undefined
}

/** One line of `smoke-urls`. */
export interface SmokeCheck {
  readonly url: string
  /** Undefined = any 2xx. */
  readonly status: number | undefined
  /** What the body must hold. */
  readonly contains: string | undefined
}

export interface GitHubSettings {
  readonly token: string | undefined
  /** Undefined = no gate. */
  readonly gate: GateConditions | undefined
  /** Of the GitHub deployment; undefined = none is made. */
  readonly environment: string | undefined
  /** Keep a comment on the pull request. */
  readonly isCommentWanted: boolean
}
