import { parseAppRun } from '../../../src/build/apprun'
import type { Build } from '../../../src/build/build'
import type { CloudApp, VersionListFile } from '../../../src/build/cloud-app'
import type { LocalFile } from '../../../src/build/local-file'
import type { PublisherFolder } from '../../../src/build/publisher'
import { newestVersion } from '../../../src/build/version'
import { parseVersionList } from '../../../src/build/version-list'
import type { LiveRelease } from '../../../src/site/live'
import type { SiteState } from '../../../src/site/state'
import { Tree } from '../../../src/site/tree'
import { versionList as listText } from '../../support/sample-package/texts'

export const urlA = 'https://a.example.com/api/'
export const urlB = 'https://b.example.com/api/'

/** Local files of ten bytes each. */
export function localFiles(...paths: string[]): LocalFile[] {
  return paths.map(path => ({ path, size: 10, localPath: `/build/${path}` }))
}

/** What a listing of the site shows: sizes by path; a path that ends with a slash is a folder. */
export function treeOf(files: Readonly<Record<string, number>>): Tree {
  const tree = new Tree()
  for (const [path, size] of Object.entries(files)) {
    const segments = path.split('/')
    for (let depth = 1; depth < segments.length; depth += 1) tree.addFolder(segments.slice(0, depth).join('/'))
    if (!path.endsWith('/')) tree.addFile(path, size)
  }
  return tree
}

export function appRun(webApi = urlA, { name = 'apprun.json', ...more }: Record<string, string> = {}): AppRunFile {
  const urls = { launcher: 'Pub/Launcher', runtime: 'Pub/runtime/1.0', web_api: webApi, ...more }
  return { name, ...parseAppRun(Buffer.from(JSON.stringify({ deployment_urls: urls })), name) }
}

export type AppRunFile = NonNullable<CloudApp['appRun']>

export function versionList(version: string, minimum = version, name = 'deploylist.ini.zip'): VersionListFile {
  const bytes = Buffer.from(listText(version, minimum))
  return { name, bytes, parsed: parseVersionList(bytes) }
}

/** A version list that is not the known text. */
export function opaqueList(bytes = 'PK\u0003\u0004'): VersionListFile {
  return { name: 'deploylist.ini.zip', bytes: Buffer.from(bytes), parsed: undefined }
}

export function cloudApp(version = '1.05', overrides: Partial<CloudApp> = {}): CloudApp {
  return {
    name: 'sales',
    version,
    files: localFiles(
      `${version}/app.exe.zip`,
      `${version}/app.pbd/_files.idx.zip`,
      `${version}/app.pbd/_indexes.idx.zip`,
      `${version}/app.pbd/w_main.win.zip`,
      'css/a.css',
      'index.html',
      'license.html'
    ),
    appRun: appRun(urlA),
    versionList: versionList(version),
    otherVersions: [],
    ...overrides
  }
}

export function publisherFolder(path: string, marker?: string): PublisherFolder {
  const files = localFiles(`${path}/x.zip`, ...(marker === undefined ? [] : [`${path}/${marker}`]))
  return { path, files, marker: marker && `${path}/${marker}` }
}

export const publisher = [
  publisherFolder('Pub/Launcher', 'LauncherSetup.json'),
  publisherFolder('Pub/runtime/1.0', 'manifest.json')
]

export function build(overrides: Partial<Build> = {}): Build {
  return {
    cloudApp: cloudApp(),
    webApi: {
      name: 'api',
      files: localFiles('ServerAPIs.dll', 'Server.json', 'UserConfig.json'),
      licenseFile: 'UserConfig.json'
    },
    publisher,
    isUrlBuiltIn: false,
    ...overrides
  }
}

/** The state before any release. */
export const nothingLive: LiveRelease = {
  tree: new Tree(false),
  leftovers: [],
  appRun: undefined,
  versionList: undefined,
  version: undefined,
  sizes: new Map(),
  versions: []
}

/** A version that is live on Web APIs A, with the files of `cloudApp`. */
export function live(version = '1.04', overrides: Partial<LiveRelease> = {}): LiveRelease {
  const names = [...cloudApp(version).files.map(file => file.path), 'apprun.json', 'deploylist.ini.zip']
  const versions = overrides.versions ?? [version]
  return {
    tree: treeOf(Object.fromEntries(names.map(name => [name, 10]))),
    leftovers: [],
    appRun: appRun(urlA),
    versionList: versionList(version),
    version: newestVersion([version]),
    sizes: new Map(),
    versions,
    ...overrides
  }
}

const publisherThere = treeOf(
  Object.fromEntries(publisher.flatMap(({ files }) => files.map(({ path, size }) => [path, size] as const)))
)

export function siteState(overrides: Partial<SiteState> = {}): SiteState {
  return { live: live(), webApi: new Tree(), publisher: publisherThere, ...overrides }
}

/** No file that the action has put there. */
export const nothingKnown = { app: new Map<string, never>(), webApi: new Map<string, never>() }

/** Files of ten bytes each, as the action put them there. */
export function knownFiles(paths: readonly string[]): Map<string, { size: number }> {
  return new Map(paths.map(path => [path, { size: 10 }]))
}

/** A site on which nothing is. */
export const emptySite: SiteState = { live: nothingLive, webApi: new Tree(false), publisher: new Tree() }
