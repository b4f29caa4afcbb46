import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { cloudApp, prefixed, publisher, webApi, type Contents } from './sample-package/contents'
import { webConfig } from './sample-package/texts'
import { zipArchive } from './sample-package/zip-archive'

export type PackagePart = 'apprun' | 'version-list' | 'web-api' | 'publisher' | 'version-folder'

export interface SamplePackageOptions {
  /** The deployment version; 1.05. */
  readonly version?: string
  /** The minimum compatible version; the version. */
  readonly minimum?: string
  readonly webApiUrl?: string
  /** How many objects the app has; 60. */
  readonly objects?: number
  /** How many assemblies the Web APIs have, 2 at least; 12. */
  readonly dlls?: number
  /** Any text. Every tenth object and two assemblies differ between builds; nothing does between equal ones. */
  readonly build?: string
  readonly appName?: string
  readonly without?: readonly PackagePart[]
}

/** Absolute paths of a package, and its size. */
export interface SamplePackage {
  readonly root: string
  readonly version: string
  readonly cloudApp: string
  readonly webApi: string
  readonly publisher: string
  readonly files: number
  readonly bytes: number
}

/** Writes a package as PBAutoBuild makes it, with the names and formats that hurt, into a folder. */
export async function writeSamplePackage(folder: string, options: SamplePackageOptions = {}): Promise<SamplePackage> {
  const { appName = 'salesdemo', version = '1.05', without = [] } = options
  const build = {
    appName,
    version,
    minimum: options.minimum ?? version,
    webApiUrl: options.webApiUrl ?? `https://api-a.example.com/${appName}_API/`,
    objects: options.objects ?? 60,
    dlls: options.dlls ?? 12,
    build: options.build ?? 'first'
  }
  const names = { cloudApp: `${appName}_cloud`, webApi: `${appName}_API`, publisher: 'CloudAppPublisher' }
  const all: Contents = {
    ...prefixed(names.publisher, publisher()),
    ...prefixed(names.cloudApp, cloudApp(build)),
    ...prefixed(names.webApi, webApi(build)),
    'web.config': Buffer.from(webConfig(`${names.webApi}\\`))
  }
  const leftOut: Readonly<Record<PackagePart, string>> = {
    apprun: `${names.cloudApp}/apprun.json`,
    'version-list': `${names.cloudApp}/deploylist.ini.zip`,
    'version-folder': `${names.cloudApp}/${version}/`,
    'web-api': `${names.webApi}/`,
    publisher: `${names.publisher}/`
  }
  const files = Object.entries(all).filter(([name]) => !without.some(part => name.startsWith(leftOut[part])))

  const folders = new Set(files.map(([name]) => dirname(join(folder, name))))
  for (const path of folders) await mkdir(path, { recursive: true })
  for (const [name, content] of files) await writeFile(join(folder, name), content)
  return {
    root: folder,
    version,
    cloudApp: join(folder, names.cloudApp),
    webApi: join(folder, names.webApi),
    publisher: join(folder, names.publisher),
    files: files.length,
    bytes: files.reduce((sum, [, content]) => sum + content.length, 0)
  }
}

/** Packs a package, its folder itself left out, into a .zip file. */
export async function zipSamplePackage(root: string, file: string): Promise<void> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const files = paths.sort().map(async path => {
    return [relative(root, path).split(sep).join('/'), await readFile(path)] as const
  })
  await writeFile(file, zipArchive(await Promise.all(files)))
}
