import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { edited, madeUp, madeUpNumber } from '../__tests__/support/sample-package/made-up'
import { apprun, indexPage, versionList, webApiSettings, webConfig } from '../__tests__/support/sample-package/texts'

/** A package on disk, to be sent. */
export interface FileSet {
  readonly folder: string
  readonly files: number
  readonly bytes: number
  /** Paths of the files whose content differs from the set before; none of a first one. */
  readonly changed: readonly string[]
}

/** The URL in apprun.json, which the action is told to write there, so that it leaves the file as all others do. */
export const WEB_API_URL = 'https://www.example.com/salesdemo_API/'

const APP = 'salesdemo_cloud'
const API = 'salesdemo_API'
const VERSION = '1.05'
const LIBRARIES = 40
const CHANGED_SHARE = 0.03
const BUILT = new Date('2025-12-01T10:00:00Z')
const BUILT_AGAIN = new Date('2025-12-08T10:00:00Z')

/** Path and size of each file with made-up content. */
type Sizes = readonly (readonly [path: string, size: number])[]

/** Files by path, made when they are written: all of a large set at once would fill the memory. */
type Contents = Map<string, () => Buffer>

/** A cloud app: mostly small files in 45 folders, one in a hundred of them larger; 6,100 files are 65 MB. */
export function writeCloud(folder: string, files: number): Promise<FileSet> {
  return write(folder, cloudContents(files))
}

/**
 * The next build of that cloud app, with the same version: 3 % of the files differ, half of them in nothing but content.
 * The others keep their times, as a build that writes only what has changed would have it.
 */
export function writeNextCloud(folder: string, files: number): Promise<FileSet> {
  const all = cloudContents(files)
  const built = [...all].filter(([path]) => path.startsWith(`${APP}/${VERSION}/`))
  const count = Math.max(2, Math.round(files * CHANGED_SHARE))
  const changed = built.filter(
    (_, number) => Math.floor((number * count) / built.length) !== Math.floor(((number - 1) * count) / built.length)
  )
  for (const [number, [path, content]] of changed.entries()) {
    all.set(path, () => edited(content(), 'next build', number % 2 === 1))
  }
  return write(
    folder,
    all,
    changed.map(([path]) => path)
  )
}

/** Web APIs, with the cloud app that a release cannot do without: 250 files are 102 MB, half of it in ten DLLs. */
export function writeWebApi(folder: string, files: number): Promise<FileSet> {
  const texts = { ...appTexts(), ...apiTexts() }
  return write(
    folder,
    new Map([...textContents(texts), ...madeUpContents(webApiSizes(files - Object.keys(texts).length))])
  )
}

function cloudContents(files: number): Contents {
  const texts = appTexts()
  return new Map([...textContents(texts), ...madeUpContents(cloudSizes(files - Object.keys(texts).length))])
}

function cloudSizes(files: number): Sizes {
  const pages: Sizes = ['css/style.css', 'js/cloudapplauncher-2.1.0.js', 'images/appicon.png'].map(name => [
    `${APP}/${name}`,
    6_000
  ])
  const own: Sizes = [
    [`${APP}/${VERSION}/salesdemo.exe.zip`, 40_000],
    [`${APP}/${VERSION}/appconfig.json.zip`, 2_188]
  ]
  const objects: Sizes = Array.from({ length: files - pages.length - own.length }, (_, number) => {
    const library = String(number % LIBRARIES).padStart(2, '0')
    const path = `${APP}/${VERSION}/sales_${library}.pbd/d_object_${String(number).padStart(5, '0')}.dwo.zip`
    return [path, number % 100 === 50 ? 300_000 + madeUpNumber(path, 300_000) : 500 + madeUpNumber(path, 11_600)]
  })
  return [...pages, ...own, ...objects]
}

function webApiSizes(files: number): Sizes {
  const named: Sizes = [
    [`${APP}/${VERSION}/salesdemo.exe.zip`, 40_000],
    [`${APP}/${VERSION}/appconfig.json.zip`, 2_188],
    [`${API}/ServerAPIs.dll`, 180_000]
  ]
  const dlls: Sizes = Array.from({ length: files - named.length }, (_, number) => {
    const folder = number % 12 === 5 ? `${['de', 'fr', 'ja', 'zh-Hans'][number % 4] ?? ''}/` : ''
    const path = `${API}/${folder}PowerServer.Part${String(number).padStart(3, '0')}.dll`
    return [path, number % 23 === 12 ? 5_000_000 : 30_000 + madeUpNumber(path, 380_000)]
  })
  return [...named, ...dlls]
}

function appTexts(): Record<string, string> {
  return {
    [`${APP}/index.html`]: indexPage('salesdemo'),
    [`${APP}/apprun.json`]: apprun(WEB_API_URL),
    [`${APP}/deploylist.ini.zip`]: versionList(VERSION, VERSION)
  }
}

function apiTexts(): Record<string, string> {
  const texts = { ...webApiSettings('salesdemo'), 'web.config': webConfig('.\\') }
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [`${API}/${name}`, text]))
}

function textContents(texts: Record<string, string>): Contents {
  return new Map(Object.entries(texts).map(([path, text]) => [path, () => Buffer.from(text)]))
}

function madeUpContents(sizes: Sizes): Contents {
  return new Map(sizes.map(([path, size]) => [path, () => madeUp(path, size)]))
}

async function write(folder: string, files: Contents, changed: readonly string[] = []): Promise<FileSet> {
  const folders = new Set([...files.keys()].map(path => dirname(join(folder, path))))
  for (const path of folders) await mkdir(path, { recursive: true })
  const isChanged = new Set(changed)
  let bytes = 0
  for (const [path, make] of files) {
    const content = make()
    const time = isChanged.has(path) ? BUILT_AGAIN : BUILT
    await writeFile(join(folder, path), content)
    await utimes(join(folder, path), time, time)
    bytes += content.length
  }
  return { folder, files: files.size, bytes, changed }
}
