import type { Build } from '../build/build'
import { pathRule } from '../build/exclude'
import type { LocalFile } from '../build/local-file'
import { looksLikeWebApi } from '../build/part'
import { localFolder, type PublisherFolder } from '../build/publisher'
import { DeployError } from '../errors'
import type { Settings } from '../inputs/settings'
import { liveWebApiUrl, type LiveRelease } from '../site/live'
import type { SiteState } from '../site/state'
import type { Tree } from '../site/tree'
import { joinRemote } from '../transport/remote-path'
import { offlinePageName, retiredPageRest } from '../web-api/offline-page'
import { planDeletions, type KnownPaths } from './deletions'
import { switchOrder } from './order'
import type { KeptFile, Plan, PlannedFile, WebApiPlan } from './plan'
import { newPointers, orderWarnings, type NewPointers } from './pointers'

/** Where the parts of a build go, relative to the roots of their sites. */
export function targetsOf(build: Build, settings: Settings): { cloudApp: string; webApi: string | undefined } {
  return {
    cloudApp: settings.cloudAppTarget ?? build.cloudApp.name,
    webApi: build.webApi && (settings.webApiTarget ?? build.webApi.name)
  }
}

/**
 * Turns build, live state and settings into a plan; whether it may be done is check-plan's to say.
 *
 * @param known paths that the action has put on the sites: nothing else may ever be deleted
 * @throws DeployError `apprun-missing`, `version-list-missing`, `publisher-missing`, `deletes-too-much`
 */
export function makePlan(build: Build, site: SiteState, settings: Settings, known: KnownPaths, now: Date): Plan {
  const { live } = site
  const { cloudApp } = build
  const targets = targetsOf(build, settings)
  const deletions = planDeletions(build, site, settings, targets, known)
  const pruned = deletions.versions.map(({ version }) => version)
  const staying = new Set(live.versions.filter(version => !pruned.includes(version)))
  const pointers = newPointers(build, live, settings.webApiUrl, settings.strategy, staying, now)
  const publisher = planPublisher(build.publisher, pointers, site.publisher, settings)
  const app = planCloudApp(build, live, settings, targets.cloudApp)
  const pointerFiles = [pointers.appRun, pointers.versionList]
    .filter(pointer => pointer !== undefined)
    .map(({ name, bytes }) => planned(targets.cloudApp, { path: name, size: bytes.length }, { bytes }, live.tree))
  return {
    strategy: settings.strategy,
    app: cloudApp.name,
    version: cloudApp.version,
    previousVersion: live.version,
    minimum: cloudApp.versionList?.parsed?.minimum,
    previousMinimum: live.versionList?.parsed?.minimum,
    webApiUrl: settings.webApiUrl,
    previousWebApiUrl: liveWebApiUrl(live),
    isFirstRelease: live.appRun === undefined && live.version === undefined,
    cloudAppFolder: targets.cloudApp,
    isCloudAppNew: !live.tree.isThere,
    webApi: planWebApi(build, site.webApi, settings, targets.webApi),
    unseen: app.unseen,
    staged: switchOrder(
      publisher.files,
      publisher.markers,
      [...app.staged, ...pointerFiles],
      targets.cloudApp,
      cloudApp.version
    ),
    kept: app.kept,
    present: publisher.present,
    unchanged: 0,
    deletions,
    foreign: foreignFiles(live.tree, cloudApp.files, [
      pointers.appRun?.name ?? '',
      pointers.versionList?.name ?? '',
      settings.noticeFile ?? '',
      ...deletions.cloudApp.map(path => path.slice(targets.cloudApp === '' ? 0 : targets.cloudApp.length + 1))
    ]),
    warnings: [
      ...pointers.warnings,
      ...orderWarnings(cloudApp.version, live.version),
      ...publisher.warnings,
      ...otherVersionWarnings(build)
    ]
  }
}

function planWebApi(
  build: Build,
  there: Tree | undefined,
  settings: Settings,
  target: string | undefined
): WebApiPlan | undefined {
  if (!build.webApi || !there || target === undefined) return undefined
  const { files, licenseFile } = build.webApi
  // The patterns cannot name Server.json, which belongs to the build in newer products.
  const isProtected = pathRule([...settings.protect, ...(licenseFile === 'Server.json' ? ['/Server.json'] : [])])
  const kept = files.filter(file => isProtected(file.path) && there.find(file.path) !== undefined)
  const hasWebApi = looksLikeWebApi([...there.files])
  return {
    folder: target,
    isNew: !there.isThere,
    files: files.filter(file => !kept.includes(file)).map(file => planned(target, file, file, there)),
    kept: kept.map(file => keptFile(target, file, there)),
    offline: settings.webApiOffline === 'always' || (settings.webApiOffline === 'auto' && hasWebApi),
    ...([offlinePageName, retiredPageRest].some(name => there.find(name) !== undefined) && { isRetired: true })
  }
}

function planCloudApp(
  { cloudApp }: Build,
  live: LiveRelease,
  settings: Settings,
  target: string
): { unseen: PlannedFile[]; staged: PlannedFile[]; kept: KeptFile[] } {
  const isProtected = pathRule(settings.protectCloudApp)
  const isVersionLive = live.versions.includes(cloudApp.version) && settings.strategy === 'replacement'
  const unseen: PlannedFile[] = []
  const staged: PlannedFile[] = []
  const kept: KeptFile[] = []
  for (const file of cloudApp.files) {
    const isSeen = isVersionLive || !file.path.startsWith(`${cloudApp.version}/`)
    if (isProtected(file.path) && live.tree.find(file.path) !== undefined) kept.push(keptFile(target, file, live.tree))
    else (isSeen ? staged : unseen).push(planned(target, file, file, live.tree))
  }
  return { unseen, staged, kept }
}

/**
 * Launchers and runtimes are shared by all apps of the web server: each is sent whole where it is missing, and left
 * alone where it is there, unless `always` says otherwise.
 *
 * @throws DeployError `publisher-missing` when the release names one that is neither on the site nor in the package
 */
function planPublisher(
  folders: readonly PublisherFolder[],
  pointers: NewPointers,
  there: Tree,
  { publisher: mode }: Settings
): { files: PlannedFile[]; markers: Set<string>; present: number; warnings: string[] } {
  const sent = folders.filter(folder => mode === 'always' || (mode === 'if-missing' && !isPresent(folder, there)))
  const replaced = sent.filter(folder => isPresent(folder, there))
  const named = [pointers.appRun?.launcher, pointers.appRun?.runtime].flatMap(path => localFolder(path) ?? [])
  const missing = named.filter(path => !there.hasFolder(path) && !sent.some(folder => folder.path === path))
  const quoted = missing.map(path => `"${path}"`).join(' and ')
  if (missing.length > 0 && mode !== 'never') {
    throw new DeployError(
      'publisher-missing',
      `apprun.json of the release names ${quoted}, which is neither on the site nor in the package. Clients could not start.`,
      'Package the app with "Cloud app launcher" and "Runtime files" selected. If they lie elsewhere than below the root in site, set publisher: never.'
    )
  }
  const files = sent.flatMap(folder => folder.files)
  return {
    files: files.map(file => ({ ...planned('', file, file, there), isShared: true })),
    markers: new Set(sent.flatMap(folder => folder.marker ?? [])),
    present: folders.filter(folder => !sent.includes(folder)).flatMap(folder => folder.files).length,
    warnings: [
      ...replaced.map(folder => `"${folder.path}" is replaced (publisher: always): all apps of the web server use it.`),
      ...missing.map(path => `apprun.json of the release names "${path}", which is not below the root of the site.`)
    ]
  }
}

function isPresent(folder: PublisherFolder, there: Tree): boolean {
  if (folder.marker !== undefined) return there.find(folder.marker) !== undefined
  return folder.files.every(file => there.find(file.path) !== undefined)
}

function planned(
  target: string,
  file: { path: string; size: number },
  content: PlannedFile['content'],
  there: Tree
): PlannedFile {
  const found = there.find(file.path)
  return {
    path: joinRemote(target, found ?? file.path),
    content,
    size: file.size,
    sizeOnSite: there.sizeOf(file.path)
  }
}

function keptFile(target: string, file: LocalFile, there: Tree): KeptFile {
  return { path: joinRemote(target, there.find(file.path) ?? file.path), localPath: file.localPath }
}

function foreignFiles(there: Tree, files: readonly LocalFile[], pointers: readonly string[]): string[] {
  if (there.isEmpty) return []
  const known = new Set([...files.map(file => file.path), ...pointers].map(path => path.toLowerCase()))
  return [...there.files].filter(path => !known.has(path.toLowerCase()))
}

function otherVersionWarnings({ cloudApp }: Build): string[] {
  if (cloudApp.otherVersions.length === 0) return []
  return [`The build also holds version ${cloudApp.otherVersions.join(', ')}; only ${cloudApp.version} is released.`]
}
