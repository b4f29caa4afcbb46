import { pathRule } from '../build/exclude'
import type { Build } from '../build/build'
import { compareVersions, isVersion } from '../build/version'
import { DeployError } from '../errors'
import type { Settings } from '../inputs/settings'
import type { SiteState } from '../site/state'
import type { Tree } from '../site/tree'
import { joinRemote } from '../transport/remote-path'

/** Files that go, below the roots of their sites; each is one that the action put there. */
export interface Deletions {
  /** Of the cloud app: taken away after the switch, and kept for a rollback. */
  readonly cloudApp: readonly string[]
  /** Of Web API B, while it is staged. */
  readonly webApi: readonly string[]
  /** Versions whose folders go after the switch. */
  readonly versions: readonly { readonly version: string; readonly files: readonly string[] }[]
}

/** Path -> what the action put there. */
type Known = ReadonlyMap<string, { readonly size: number }>

/** Paths that the action has put on the site of the cloud app, and on that of the Web APIs, below their roots. */
export interface KnownPaths {
  readonly app: Known
  readonly webApi: Known
}

/** Below so few files a share of them says nothing. */
const fewFiles = 10

/**
 * What the site has from releases before and the new build has not.
 *
 * @throws DeployError `deletes-too-much` when most of what is there would go although the build is as large as before
 */
export function planDeletions(
  build: Build,
  site: SiteState,
  settings: Settings,
  targets: { readonly cloudApp: string; readonly webApi: string | undefined },
  known: KnownPaths
): Deletions {
  const { cloudApp } = build
  const app = below(targets.cloudApp, known.app)
  const ofRelease = app.filter(path => !isVersion(topOf(path)) || topOf(path) === cloudApp.version)
  const kept = pathRule(settings.protectCloudApp)
  // What is left out of a build is not missing in it.
  const excluded = pathRule(settings.build.exclude)
  const pointers = [site.live.appRun?.name, site.live.versionList?.name, cloudApp.appRun?.name]
  const made = [...pointers, settings.noticeFile].flatMap(name => name ?? [])
  const appFiles = [...cloudApp.files.map(file => file.path), ...made]
  const isOurs = (path: string): boolean =>
    site.live.tree.sizeOf(path) === known.app.get(joinRemote(targets.cloudApp, path))?.size
  const goneFromApp = missing(
    ofRelease,
    appFiles,
    site.live.tree,
    path => kept(path) || excluded(path) || !isOurs(path)
  )
  // A version that is new to the site is nothing to compare the files of older ones with.
  const isVersionKnown = ofRelease.some(path => topOf(path) === cloudApp.version)
  const comparable = cloudApp.files.filter(({ path }) => isVersionKnown || topOf(path) !== cloudApp.version)
  refuseTooMany('the cloud app', goneFromApp, ofRelease, comparable.length)
  return {
    cloudApp: goneFromApp.map(path => joinRemote(targets.cloudApp, path)),
    webApi: webApiDeletions(build, site.webApi, settings, targets.webApi, known.webApi),
    versions: oldVersions(site, cloudApp.version, settings.keepVersions).flatMap(version => {
      const files = app.filter(path => topOf(path) === version).map(path => joinRemote(targets.cloudApp, path))
      return files.length > 0 ? [{ version, files }] : []
    })
  }
}

function webApiDeletions(
  { webApi }: Build,
  there: Tree | undefined,
  settings: Settings,
  target: string | undefined,
  known: Known
): string[] {
  if (!webApi || !there || target === undefined) return []
  const files = below(target, known)
  const [isKept, isExcluded] = [pathRule(settings.protect), pathRule(settings.build.exclude)]
  const gone = missing(
    files,
    webApi.files.map(file => file.path),
    there,
    path => isKept(path) || isExcluded(path) || there.sizeOf(path) !== known.get(joinRemote(target, path))?.size
  )
  refuseTooMany('Web API B', gone, files, webApi.files.length)
  return gone.map(path => joinRemote(target, path))
}

/** Known files that are still there as they were put there, and that the build no longer has. */
function missing(
  known: readonly string[],
  built: readonly string[],
  there: Tree,
  isKept: (path: string) => boolean
): string[] {
  if (known.length === 0) return []
  const names = new Set(built.map(path => path.toLowerCase()))
  return known.filter(path => !names.has(path.toLowerCase()) && there.find(path) === path && !isKept(path))
}

/** Versions beyond those to keep, which are the newest; the released one and the one before it stay always. */
function oldVersions({ live }: SiteState, released: string, keep: number): string[] {
  if (keep === 0) return []
  const all = [...new Set([...live.versions, released])].sort((a, b) => compareVersions(b, a))
  return all.slice(keep).filter(version => version !== released && version !== live.version)
}

/** A build of another app, or a wrong target, would empty the folder of this one. */
function refuseTooMany(what: string, gone: readonly string[], known: readonly string[], built: number): void {
  const shrunk = known.length - built
  if (gone.length < fewFiles || gone.length * 2 <= known.length || shrunk * 2 >= gone.length) return
  throw new DeployError(
    'deletes-too-much',
    `${gone.length} of the ${known.length} files that the action knows in ${what} are not in the build, which has ${built} files: "${gone.slice(0, 3).join('", "')}" …`,
    'Check that the build is of this app, and that the target is its folder. If the app has really changed so much, delete the old files on the server first.'
  )
}

function below(folder: string, paths: Known): string[] {
  const prefix = folder === '' ? '' : `${folder}/`
  return [...paths.keys()].flatMap(path => (path.startsWith(prefix) ? [path.slice(prefix.length)] : []))
}

function topOf(path: string): string {
  return path.split('/')[0] ?? ''
}
