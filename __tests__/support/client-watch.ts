import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAppRun } from '../../src/build/apprun'
import { newestListed, parseVersionList } from '../../src/build/version-list'
import type { SamplePackage } from './sample-package'

/** What a client that started at some moment got. */
export interface Sight {
  /** Milliseconds since the watch began. */
  readonly at: number
  readonly version: string
  readonly webApiUrl: string
  readonly build: string
}

export interface WatchReport {
  /** How many clients started. */
  readonly starts: number
  /** How many of them read one pointer before the switch and the other after it. */
  readonly across: number
  /** Each start that got anything but a whole old or a whole new release. */
  readonly broken: readonly string[]
  /** Milliseconds for which a name was missing at the longest; only where the server cannot replace in one act. */
  readonly longestGap: number
  /** Each change of what clients get. */
  readonly sights: readonly Sight[]
}

/** Left without stop(), as by a failing test, it ends with its scope. */
export interface ClientWatch extends AsyncDisposable {
  stop(): Promise<WatchReport>
}

/**
 * Clients that start one after the other, as fast as they can, while a release is made: each reads the entry page, the
 * pointers, objects of the version that the list offers, and asks the Web APIs that apprun.json names for their health
 * and build. Whatever they get must be whole: the bytes of a build, a version whose files are all there, Web APIs that
 * are up and not older than the client.
 *
 * @param builds in the order of their releases
 */
export async function watchClients(appUrl: string, builds: readonly SamplePackage[]): Promise<ClientWatch> {
  const known = await Promise.all(builds.map(contentsOf))
  const order = await Promise.all(builds.map(build => readFile(join(build.webApi, 'build.txt'), 'utf8')))
  const began = performance.now()
  const broken: string[] = []
  const sights: Sight[] = []
  let starts = 0
  let across = 0
  let longestGap = 0
  let isStopped = false

  const get = async (path: string): Promise<Buffer> => {
    const missingSince = performance.now()
    for (;;) {
      const response = await fetch(new URL(path, appUrl))
      const body = Buffer.from(await response.arrayBuffer())
      if (response.status === 200) return body
      const gap = performance.now() - missingSince
      longestGap = Math.max(longestGap, gap)
      if (response.status !== 404 || gap > 1000) throw new Error(`${path} answers ${response.status}`)
    }
  }
  const getWhole = async (path: string): Promise<void> => {
    const body = await get(path)
    if (!known.some(files => files.get(path)?.equals(body) === true)) {
      throw new Error(`${path} has ${body.length} bytes that are of no build`)
    }
  }
  const start = async (): Promise<Omit<Sight, 'at'> | undefined> => {
    await getWhole('index.html')
    await getWhole('js/jquery-3.5.1.min.js')
    const { webApiUrl } = parseAppRun(await get('apprun.json'), 'apprun.json')
    const list = parseVersionList(await get('deploylist.ini.zip'))
    const version = list && newestListed(list)
    if (version === undefined) throw new Error('the version list offers nothing')
    const objects = [...(known.find(files => files.has(`${version}/appconfig.json.zip`))?.keys() ?? [])]
    for (const path of sample(
      objects.filter(name => name.startsWith(`${version}/`)),
      starts
    ))
      await getWhole(path)
    const health = await fetch(`${webApiUrl}health-readiness`)
    if (health.status !== 200) throw new Error(`${webApiUrl} answers ${health.status}`)
    const build = await (await fetch(`${webApiUrl}api/version-of-build`)).text()
    const clientIs = builds.findLastIndex(candidate => candidate.version === version)
    const isReplacement = builds.filter(candidate => candidate.version === version).length > 1
    if (!isReplacement && order.indexOf(build) < clientIs) {
      // No server can switch two files for a client that reads one before and one after: that is its own doing.
      const isAcross = parseAppRun(await get('apprun.json'), 'apprun.json').webApiUrl !== webApiUrl
      if (!isAcross) throw new Error(`a client of ${version} meets the Web APIs of ${build.trim()}`)
      across += 1
      return undefined
    }
    return { version, webApiUrl, build: build.trim() }
  }
  const loop = async (): Promise<void> => {
    while (!isStopped) {
      try {
        const sight = await start()
        const last = sights.at(-1)
        const isSame =
          last?.version === sight?.version && last?.webApiUrl === sight?.webApiUrl && last?.build === sight?.build
        if (sight && !isSame) sights.push({ at: Math.round(performance.now() - began), ...sight })
      } catch (error) {
        broken.push(error instanceof Error ? error.message : String(error))
      }
      starts += 1
    }
  }
  const running = loop()
  const end = async (): Promise<void> => {
    isStopped = true
    await running
  }
  return {
    [Symbol.asyncDispose]: end,
    stop: async () => {
      await end()
      return { starts, across, broken, longestGap: Math.round(longestGap), sights }
    }
  }
}

/** Three names, others at each turn. */
function sample(names: readonly string[], turn: number): string[] {
  return [0, 1, 2].flatMap(n => names[(turn * 3 + n) % Math.max(names.length, 1)] ?? [])
}

async function contentsOf({ cloudApp }: SamplePackage): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  for (const entry of await readdir(cloudApp, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files.set(path.slice(cloudApp.length + 1).replaceAll('\\', '/'), await readFile(path))
  }
  return files
}
