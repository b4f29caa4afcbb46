import { createHash } from 'node:crypto'
import { edited, madeUp, madeUpNumber } from './made-up'
import { apprun, indexPage, LAUNCHER, LAUNCHER_SETUP, RUNTIME, versionList, webApiSettings, webConfig } from './texts'

/** Files by their path below a folder. */
export type Contents = Readonly<Record<string, Buffer>>

export interface Build {
  readonly appName: string
  readonly version: string
  readonly minimum: string
  readonly webApiUrl: string
  readonly objects: number
  readonly dlls: number
  readonly build: string
}

const MODULES = [
  'Core Runtime Files',
  'Informix v10.x & v12.x Interface (I10)',
  'Oracle 10 & 10g (O10)',
  'TX TextControl ActiveX 28.0'
]
const LICENSES = [
  '7-zip/License.txt/License.txt',
  'JWT C Library/MPL-2.0/MPL-2.0',
  'openssl/license.txt/license.txt',
  'Größe (süß)/Überblick.txt'
]
const PAGES = [
  'license.html',
  'manual.html',
  'css/style.css',
  'fonts/icomoon/icomoon.woff',
  'images/appicon.png',
  'images/Café & Bar (日本語).png',
  'js/cloudapplauncher-2.1.0.js',
  'js/jquery-3.5.1.min.js'
]
const OBJECTS = ['dw_#.dwo', 'd_#_list.dwo', 'w_#.win', 'u_#.udo', 'n_#.udo', 'f_#.fun', 'm_#.men', 's_#.str']
const SUBJECTS = ['customer', 'order', 'order_item', 'product', 'invoice', 'größe', 'employee', 'quota']
const OBJECTS_PER_LIBRARY = 40
const DLLS = [
  ['ServerAPIs.dll', 30_000],
  ['AppModels.dll', 150_000],
  ['PowerServer.Core.dll', 120_000],
  ['PowerServer.Api.dll', 60_000],
  ['UserExtensions.dll', 8_000],
  ['SnapObjects.Data.dll', 40_000],
  ['runtimes/win-x64/native/Microsoft.Data.SqlClient.SNI.dll', 50_000],
  ['zh-Hans/Microsoft.Data.SqlClient.resources.dll', 4_000]
] as const
const DLL_FAMILIES = ['Microsoft.AspNetCore', 'Microsoft.Extensions', 'System.Text', 'Serilog', 'SnapObjects']

/** CloudAppPublisher: the same for every build. */
export function publisher(): Contents {
  const runtime = (name: string) => `runtime/${RUNTIME}/${name}`
  const modules = ['', 'x64/'].flatMap(platform => MODULES.map(name => `${platform}${name}.zip`))
  const manifest = modules.map(name => ({ name, size: 5_000, hashcode: md5(madeUp(name, 5_000)) }))
  return {
    [`${LAUNCHER}/CloudAppLauncher_Installer.exe`]: madeUp('launcher.exe', 40_000),
    [`${LAUNCHER}/CloudAppLauncher_Installer.msi`]: madeUp('launcher.msi', 40_000),
    [`${LAUNCHER}/LauncherSetup.json`]: Buffer.from(LAUNCHER_SETUP),
    ...madeUpFiles(modules.map(runtime), 5_000, path => path.slice(runtime('').length)),
    [runtime('manifest.json')]: Buffer.from(JSON.stringify({ modules: manifest }, null, 2)),
    ...madeUpFiles(
      LICENSES.map(name => runtime(`ThirdPartyLegal/Licenses/${name}`)),
      1_000
    )
  }
}

/** The app folder, with one version. */
export function cloudApp({ appName, version, minimum, webApiUrl, objects, build }: Build): Contents {
  const ofBuild = (name: string, size: number) => ({ [`${version}/${name}.zip`]: madeUp(`${name} of ${build}`, size) })
  return {
    'index.html': Buffer.from(`${indexPage(appName)}<!-- ${build} -->\n`),
    'apprun.json': Buffer.from(apprun(webApiUrl)),
    'deploylist.ini.zip': Buffer.from(versionList(version, minimum)),
    ...madeUpFiles(PAGES, 6_000),
    'js/jquery-3.5.1.min.js': madeUp(`jquery of ${build}`, 6_000),
    'css/custom.css': Buffer.alloc(0),
    ...ofBuild('appconfig.json', 2_188),
    ...ofBuild(`${appName}.exe`, 40_000),
    ...ofBuild(`${appName}.xml`, 170),
    ...prefixed(version, libraries(appName, objects, build))
  }
}

/** The Web APIs' folder. `build.txt` is no file of PowerServer: it tells a test which build answers. */
export function webApi({ appName, dlls, build }: Build): Contents {
  const changed = ['ServerAPIs.dll', 'AppModels.dll']
  const libraryFiles = Object.entries(dllSizes(dlls)).map(([name, size]) => {
    const content = madeUp(name, size)
    return [name, changed.includes(name) ? edited(content, build, false) : content] as const
  })
  const settings = Object.entries(webApiSettings(appName)).map(([name, text]) => [name, Buffer.from(text)] as const)
  return {
    ...Object.fromEntries(settings),
    'web.config': Buffer.from(webConfig('.\\')),
    'build.txt': Buffer.from(build),
    'ServerAPIs.exe': madeUp('ServerAPIs.exe', 70_000),
    ...Object.fromEntries(libraryFiles)
  }
}

/** Contents one folder further down. */
export function prefixed(folder: string, contents: Contents): Contents {
  return Object.fromEntries(Object.entries(contents).map(([name, content]) => [`${folder}/${name}`, content]))
}

/** A folder per library, a file per object; the build changes every tenth object, half of them in size too. */
function libraries(appName: string, objects: number, build: string): Contents {
  const byLibrary = new Map<string, Map<string, Buffer>>()
  for (let number = 0; number < objects; number++) {
    const library = Math.floor(number / OBJECTS_PER_LIBRARY)
    const folder = library === 0 ? `${appName}.pbd` : `sales_${String(library).padStart(2, '0')}.pbd`
    const name = objectName(number)
    const content = madeUp(`${folder}/${name}`, 500 + madeUpNumber(`${folder}/${name}`, 5_000))
    const entries = byLibrary.get(folder) ?? new Map<string, Buffer>()
    entries.set(name, number % 10 === 3 ? edited(content, build, number % 20 === 3) : content)
    byLibrary.set(folder, entries)
  }
  const files = [...byLibrary].map(([folder, entries]) => {
    const zipped = Object.fromEntries([...entries].map(([name, content]) => [`${name}.zip`, content]))
    return prefixed(folder, { '_files.idx.zip': fileIndex(entries), '_indexes.idx.zip': indexes(entries), ...zipped })
  })
  return Object.assign({}, ...files) as Contents
}

function objectName(number: number): string {
  const kind = OBJECTS[number % OBJECTS.length] ?? ''
  const subject = SUBJECTS[Math.floor(number / OBJECTS.length) % SUBJECTS.length] ?? ''
  return kind.replace('#', `${subject}_${String(number).padStart(3, '0')}`)
}

/** _files.idx.zip: number, size, hash and name of each object. */
function fileIndex(entries: ReadonlyMap<string, Buffer>): Buffer {
  const records = [...entries].map(([name, content], index) => {
    const hash = Buffer.from(`${md5(content)}\0`, 'utf16le')
    const nameLength = uint32(name.length + 1).subarray(0, 2)
    return Buffer.concat([
      uint32(index + 1),
      uint32(content.length),
      hash,
      nameLength,
      Buffer.from(`${name}\0`, 'utf16le')
    ])
  })
  return Buffer.concat([Buffer.from('MNF*'), uint32(1), uint32(entries.size), ...records])
}

/** _indexes.idx.zip: opaque, another one when any object of the library is. */
function indexes(entries: ReadonlyMap<string, Buffer>): Buffer {
  const content = madeUp(md5(Buffer.concat([...entries.values()])), 1024 + 32 * entries.size)
  return Buffer.concat([Buffer.from('HDR*'), Buffer.from('PowerBuilder', 'utf16le'), content])
}

function dllSizes(count: number): Readonly<Record<string, number>> {
  const others = Array.from({ length: Math.max(0, count - DLLS.length) }, (_, number) => {
    const family = DLL_FAMILIES[number % DLL_FAMILIES.length] ?? ''
    const name = `${family}.Part${number}.dll`
    return [name, 8_000 + madeUpNumber(name, 40_000)] as const
  })
  return Object.fromEntries([...DLLS.slice(0, Math.max(2, count)), ...others])
}

function madeUpFiles(names: readonly string[], size: number, seed = (name: string) => name): Contents {
  return Object.fromEntries(names.map(name => [name, madeUp(seed(name), size)]))
}

function md5(content: Buffer): string {
  return createHash('md5').update(content).digest('hex')
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
