import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readBuild, type Build } from '../../../src/build/build'
import type { BuildSettings } from '../../../src/inputs/settings'
import { writeSamplePackage, zipSamplePackage, type SamplePackageOptions } from '../../support/sample-package'
import { zipArchive } from '../../support/sample-package/zip-archive'
import { settings } from '../../support/settings'
import { deployErrorOf } from '../deploy-error'
import { temporaryFolder, type TemporaryFolder } from '../temporary-folder'

const small: SamplePackageOptions = { objects: 4, dlls: 2 }

/** Reads a build; what a zip holds is unpacked below the folder. */
async function read(folder: TemporaryFolder, build: Partial<BuildSettings>): Promise<Build> {
  const work = join(folder.path, 'work')
  await mkdir(work, { recursive: true })
  return readBuild({ ...settings().build, ...build }, work)
}

function allFiles({ cloudApp, webApi, publisher }: Build): { path: string; localPath: string }[] {
  return [...cloudApp.files, ...(webApi?.files ?? []), ...publisher.flatMap(({ files }) => files)]
}

describe('a package', () => {
  test('as a folder is read whole: app, Web APIs, launcher and runtime', async () => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    const build = await read(folder, { package: sample.root })
    expect(build.cloudApp).toMatchObject({
      name: 'salesdemo_cloud',
      version: '1.05',
      otherVersions: [],
      appRun: { name: 'apprun.json', webApiUrl: 'https://api-a.example.com/salesdemo_API/' },
      versionList: { name: 'deploylist.ini.zip', parsed: { minimum: '1.05' } }
    })
    expect(build.webApi?.name).toBe('salesdemo_API')
    expect(build.publisher.map(({ path }) => path)).toEqual([
      'CloudAppPublisher/CloudAppInstall V3',
      'CloudAppPublisher/runtime/25.1.0.6430'
    ])
    // All but the pointers and the web.config of the whole site.
    expect(allFiles(build)).toHaveLength(sample.files - 3)
  })

  test('as a zip gives the same files with the same bytes as the folder', async () => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    await zipSamplePackage(sample.root, join(folder.path, 'salesdemo.zip'))
    const fromFolder = await read(folder, { package: sample.root })
    const fromZip = await read(folder, { package: join(folder.path, 'salesdemo.zip') })
    const contents = (build: Build): Promise<[string, Buffer][]> =>
      Promise.all(allFiles(build).map(async file => [file.path, await readFile(file.localPath)] as [string, Buffer]))
    expect(await contents(fromZip)).toEqual(await contents(fromFolder))
    expect(fromZip.cloudApp.appRun?.bytes).toEqual(fromFolder.cloudApp.appRun?.bytes)
    expect(fromZip.cloudApp.name).toBe('salesdemo_cloud')
  })

  test('wrapped in one more folder is found', async () => {
    await using folder = await temporaryFolder()
    await writeSamplePackage(join(folder.path, 'wrap', 'salesdemo'), small)
    await zipSamplePackage(join(folder.path, 'wrap'), join(folder.path, 'artifact.zip'))
    for (const path of ['wrap', 'artifact.zip']) {
      const build = await read(folder, { package: join(folder.path, path) })
      expect(build.cloudApp.name).toBe('salesdemo_cloud')
      expect(build.webApi?.name).toBe('salesdemo_API')
      expect(build.publisher).toHaveLength(2)
    }
  })

  test('that is the app folder itself is an app without Web APIs', async () => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    const build = await read(folder, { package: sample.cloudApp })
    expect(build.cloudApp.name).toBe('salesdemo_cloud')
    expect(build.webApi).toBeUndefined()
    expect(build.publisher).toEqual([])
  })

  test('that is a zip of the app folder’s content takes the name of the zip', async () => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    await zipSamplePackage(sample.cloudApp, join(folder.path, 'sales.cloud.zip'))
    const build = await read(folder, { package: join(folder.path, 'sales.cloud.zip') })
    expect(build.cloudApp.name).toBe('sales.cloud')
  })

  test('never gives away the web.config of the whole site, which would re-point the live Web APIs', async () => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    const build = await read(folder, { package: sample.root })
    const top = join(sample.root, 'web.config')
    expect(allFiles(build).map(file => file.localPath)).not.toContain(top)
    expect(allFiles(build).filter(file => basename(file.path) === 'web.config')).toEqual([
      expect.objectContaining({ path: 'web.config', localPath: join(sample.webApi, 'web.config') })
    ])
  })

  test.each([
    ['web-api', (build: Build) => build.webApi === undefined],
    ['publisher', (build: Build) => build.publisher.length === 0],
    ['apprun', (build: Build) => build.cloudApp.appRun === undefined],
    ['version-list', (build: Build) => build.cloudApp.versionList === undefined]
  ] as const)('without %s is read, and says so', async (part, isLacking) => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), { ...small, without: [part] })
    expect(isLacking(await read(folder, { package: sample.root }))).toBe(true)
  })

  test('loses what is excluded, in every part', async () => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    const build = await read(folder, { package: sample.root, exclude: ['*.html', 'Logging/', '*.msi'] })
    const paths = allFiles(build).map(file => file.path)
    expect(paths.filter(path => /\.html$|^Logging\/|\.msi$/.test(path))).toEqual([])
    expect(paths).toContain('ServerAPIs.dll')
  })
})

describe('two of one part', () => {
  async function twoOfEach(folder: TemporaryFolder): Promise<{ first: string; second: string; root: string }> {
    const root = join(folder.path, 'two')
    const one = await writeSamplePackage(root, small)
    const two = await writeSamplePackage(root, { ...small, appName: 'crm', version: '2.01' })
    return { first: one.cloudApp, second: two.cloudApp, root }
  }

  test('apps are refused, and both are named', async () => {
    await using folder = await temporaryFolder()
    const { root, first, second } = await twoOfEach(folder)
    const error = await deployErrorOf(() => read(folder, { package: root }))
    expect(error.reasonCode).toBe('cloud-app-ambiguous')
    expect(error.message).toContain(`"${first}"`)
    expect(error.message).toContain(`"${second}"`)
    expect(error.advice).toContain('cloud-app-path')
  })

  test('Web APIs are refused', async () => {
    await using folder = await temporaryFolder()
    const { root, first } = await twoOfEach(folder)
    const error = await deployErrorOf(() => read(folder, { package: root, cloudAppPath: first }))
    expect(error.reasonCode).toBe('web-api-ambiguous')
    expect(error.advice).toContain('web-api-path')
  })

  test('are no mistake where both inputs say which', async () => {
    await using folder = await temporaryFolder()
    const { root, second } = await twoOfEach(folder)
    const webApiPath = join(root, 'crm_API')
    const build = await read(folder, { package: root, cloudAppPath: second, webApiPath })
    expect([build.cloudApp.name, build.cloudApp.version, build.webApi?.name]).toEqual(['crm_cloud', '2.01', 'crm_API'])
    expect(build.publisher).toHaveLength(2)
  })
})

describe('the paths of the parts', () => {
  test('alone are enough, a slash at the end or not', async () => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    const build = await read(folder, { cloudAppPath: `${sample.cloudApp}/`, webApiPath: sample.webApi })
    expect(build.cloudApp.name).toBe('salesdemo_cloud')
    expect(build.webApi?.name).toBe('salesdemo_API')
    expect(build.publisher).toEqual([])
  })

  test('go before what the package holds', async () => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    const other = await writeSamplePackage(join(folder.path, 'other'), { ...small, version: '1.07' })
    const build = await read(folder, { package: sample.root, cloudAppPath: other.cloudApp })
    expect(build.cloudApp.version).toBe('1.07')
    expect(build.webApi?.files[0]?.localPath).toContain(sample.webApi)
  })
})

describe('what is not there', () => {
  test.each([
    ['package', { package: 'no-package' }, 'no-package', 'or .zip'],
    ['cloud-app-path', { cloudAppPath: 'no-app' }, 'no-app', 'no such folder'],
    ['web-api-path', { webApiPath: 'no-api' }, 'no-api', 'no such folder']
  ])('as %s is refused, with the path', async (input, given, path, words) => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    const paths = 'webApiPath' in given ? { package: sample.root, ...given } : given
    const error = await deployErrorOf(() => read(folder, paths))
    expect(error.reasonCode).toBe('build-not-found')
    expect(error.message).toContain(`The input ${input} is "`)
    expect(error.message).toContain(path)
    expect(error.message).toContain(words)
  })

  test('a file as cloud-app-path is refused', async () => {
    await using folder = await temporaryFolder()
    await folder.write({ 'app.txt': '' })
    const error = await deployErrorOf(() => read(folder, { cloudAppPath: join(folder.path, 'app.txt') }))
    expect(error.reasonCode).toBe('build-not-found')
  })

  test.each([
    ['nothing', {}],
    ['Web APIs alone', { 'api/ServerAPIs.dll': '' }],
    ['an app too deep down', { 'a/b/c/d/e/index.html': '', 'a/b/c/d/e/1.05/x': '' }]
  ])('an app, in a package that holds %s, is missed', async (_, files) => {
    await using folder = await temporaryFolder()
    await folder.write({ 'package/': '' })
    await folder.write(Object.fromEntries(Object.entries(files).map(([name, text]) => [`package/${name}`, text])))
    const error = await deployErrorOf(() => read(folder, { package: join(folder.path, 'package') }))
    expect(error.reasonCode).toBe('cloud-app-not-found')
    expect(error.message).toContain(join(folder.path, 'package'))
  })

  test('Web APIs in the folder of web-api-path are missed', async () => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    const error = await deployErrorOf(() => read(folder, { package: sample.root, webApiPath: sample.publisher }))
    expect(error.reasonCode).toBe('web-api-not-found')
  })

  test('an app in the folder of cloud-app-path is missed, and what is there is named', async () => {
    await using folder = await temporaryFolder()
    await folder.write({ 'app/readme.txt': '' })
    const error = await deployErrorOf(() => read(folder, { cloudAppPath: join(folder.path, 'app') }))
    expect(error.reasonCode).toBe('cloud-app-not-found')
    expect(error.message).toContain('readme.txt')
  })
})

describe('a zip', () => {
  async function zip(folder: TemporaryFolder, ...files: [string, string][]): Promise<string> {
    const path = join(folder.path, 'package.zip')
    await writeFile(path, zipArchive(files.map(([name, text]) => [name, Buffer.from(text)] as const)))
    return path
  }

  test.each([['../evil.txt'], ['app/../../evil.txt'], ['/etc/evil.txt'], ['C:/evil.txt'], ['..\\evil.txt']])(
    'whose entry %s would leave the folder is refused, and nothing is written there',
    async name => {
      await using folder = await temporaryFolder()
      const path = await zip(folder, ['app/index.html', ''], [name, 'evil'])
      const error = await deployErrorOf(() => read(folder, { package: path }))
      expect(error.reasonCode).toBe('package-unreadable')
      await expect(readFile(join(folder.path, 'evil.txt'))).rejects.toThrow('ENOENT')
      await expect(readFile(join(folder.path, 'work', 'evil.txt'))).rejects.toThrow('ENOENT')
    }
  )

  test.each(['app/nul.txt', 'app/con/x.txt', 'app/a:b', 'app/trailing./x', 'app/./x'])(
    'with the name %s is refused',
    async name => {
      await using folder = await temporaryFolder()
      const path = await zip(folder, [name, ''])
      const error = await deployErrorOf(() => read(folder, { package: path }))
      expect(error.reasonCode).toBe('name-not-allowed')
      expect(error.message).toContain(name)
    }
  )

  test('with two names that differ only in case is refused, before one has overwritten the other', async () => {
    await using folder = await temporaryFolder()
    const path = await zip(folder, ['app/Readme.txt', 'one'], ['app/readme.txt', 'two'])
    const error = await deployErrorOf(() => read(folder, { package: path }))
    expect(error.reasonCode).toBe('names-collide')
    expect(error.message).toContain('"app/Readme.txt" and "app/readme.txt"')
  })

  test('with back slashes, as older .NET versions write, is read', async () => {
    await using folder = await temporaryFolder()
    const path = await zip(folder, ['app\\index.html', ''], ['app\\1.05\\app.exe.zip', 'x'])
    const build = await read(folder, { package: path })
    expect(build.cloudApp.files.map(file => file.path)).toEqual(['1.05/app.exe.zip', 'index.html'])
  })

  test('with entries for folders is read', async () => {
    await using folder = await temporaryFolder()
    const path = await zip(folder, ['app/', ''], ['app/1.05/', ''], ['app/index.html', ''], ['app/1.05/x.zip', 'x'])
    expect((await read(folder, { package: path })).cloudApp.version).toBe('1.05')
  })

  test.each([
    ['no zip', (bytes: Buffer) => Buffer.from(`not a zip ${bytes.length}`)],
    ['empty', () => Buffer.alloc(0)],
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 30)],
    ['spoilt in the middle', (bytes: Buffer) => spoilt(bytes, 'index.html')]
  ])('that is %s is refused', async (_, spoil) => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    const path = join(folder.path, 'broken.zip')
    await zipSamplePackage(sample.root, path)
    await writeFile(path, spoil(await readFile(path)))
    const error = await deployErrorOf(() => read(folder, { package: path }))
    expect(error.reasonCode).toBe('package-unreadable')
    expect(error.message).toContain(path)
  })

  test('whose stored bytes do not have their checksum is refused', async () => {
    await using folder = await temporaryFolder()
    const path = await zip(folder, ['app/index.html', 'a page'], ['app/1.05/x.zip', 'abc'])
    const bytes = await readFile(path)
    bytes.write('X', bytes.indexOf('a page'))
    await writeFile(path, bytes)
    const error = await deployErrorOf(() => read(folder, { package: path }))
    expect(error.reasonCode).toBe('package-unreadable')
  })

  /** Zeroes some compressed bytes of a file. */
  function spoilt(bytes: Buffer, name: string): Buffer {
    const start = bytes.indexOf(name) + name.length + 10
    return Buffer.from(bytes).fill(0, start, start + 20)
  }
})

describe('a package in odd shape', () => {
  test('with the parts in folders of other names is found by content', async () => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    await rename(sample.cloudApp, join(sample.root, 'Größe & Café'))
    await rename(sample.webApi, join(sample.root, 'api'))
    await rename(sample.publisher, join(sample.root, 'shared'))
    const build = await read(folder, { package: sample.root })
    expect([build.cloudApp.name, build.webApi?.name]).toEqual(['Größe & Café', 'api'])
    expect(build.publisher.map(({ path }) => path)).toContain('shared/CloudAppInstall V3')
  })

  test('whose Web APIs have only an exe, in any casing, is found', async () => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), { ...small, without: ['web-api'] })
    await folder.write({ 'package/api/SERVERAPIS.EXE': 'x' })
    expect((await read(folder, { package: sample.root })).webApi?.files).toHaveLength(1)
  })

  test('whose app has AppRun.json and Index.html is found', async () => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    await rename(join(sample.cloudApp, 'apprun.json'), join(sample.cloudApp, 'AppRun.json'))
    await rename(join(sample.cloudApp, 'index.html'), join(sample.cloudApp, 'Index.html'))
    const { cloudApp } = await read(folder, { package: sample.root })
    expect(cloudApp.appRun?.name).toBe('AppRun.json')
    expect(cloudApp.files.map(file => file.path)).toContain('Index.html')
    expect(cloudApp.files.map(file => file.path)).not.toContain('AppRun.json')
  })

  test('with a link out of it is refused', async () => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    await folder.write({ 'secret.txt': 'x' })
    await symlink(join(folder.path, 'secret.txt'), join(sample.cloudApp, 'js', 'secret.txt'))
    const error = await deployErrorOf(() => read(folder, { package: sample.root }))
    expect(error.reasonCode).toBe('link-leaves-folder')
  })

  test('with an app inside the app, such as a backup of it, is one app', async () => {
    await using folder = await temporaryFolder()
    const sample = await writeSamplePackage(join(folder.path, 'package'), small)
    await cp(sample.cloudApp, join(folder.path, 'copy'), { recursive: true })
    await rename(join(folder.path, 'copy'), join(sample.cloudApp, 'backup'))
    await rm(join(sample.cloudApp, 'backup', '1.05'), { recursive: true })
    expect((await read(folder, { package: sample.root })).cloudApp.name).toBe('salesdemo_cloud')
  })
})
