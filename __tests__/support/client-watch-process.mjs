/*
 * The clients of client-watch.ts, in a process of their own: so they ask while the tests' process is busy, and not in
 * step with the servers in it. Plain JavaScript that reads the pointers by itself: it must not share the mistakes of
 * src/. It hears a job and `stop`, says `began` and the report, and ends with its parent.
 */
import { Buffer } from 'node:buffer'
import { readdir, readFile } from 'node:fs/promises'
import * as http from 'node:http'
import * as https from 'node:https'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { TextDecoder } from 'node:util'

/**
 * @typedef {object} Job
 * @property {string} appUrl
 * @property {readonly { version: string, cloudApp: string, webApi: string }[]} builds in the order of their releases
 * @property {{ atomic: boolean, gapLimitMs: number, rollback: boolean }} options
 *
 * @typedef {object} Build
 * @property {string} version
 * @property {string} name what its Web APIs say that they are
 * @property {ReadonlyMap<string, Buffer>} files of the cloud app
 * @property {string} appRun without the address of the Web APIs
 * @property {VersionList} list
 *
 * @typedef {object} VersionList
 * @property {string} head `[Public]` and what it says
 * @property {ReadonlyMap<string, string>} sections
 * @property {string} newest
 *
 * @typedef {object} Start
 * @property {string} version
 * @property {string} webApiUrl
 * @property {string} build
 */

const APP_RUN = 'apprun.json'
const VERSION_LIST = 'deploylist.ini.zip'
const OBJECTS_PER_START = 3
const BETWEEN_CLIENTS_MS = 1
/** Beyond this nothing answers any more. */
const ANSWER_LIMIT_MS = 10_000

process.once('disconnect', () => process.exit())
process.once('message', text => {
  void serve(/** @type {Job} */ (JSON.parse(String(text))))
})

/** @param {Job} job */
async function serve(job) {
  const watch = new Watch(job, await Promise.all(job.builds.map(readBuild)))
  const stopped = new Promise(resolve => process.once('message', resolve))
  await watch.next()
  watch.began = performance.now()
  process.send?.('began')
  let isStopped = false
  void stopped.then(() => (isStopped = true))
  while (!isStopped) {
    await watch.next()
    await sleep(BETWEEN_CLIENTS_MS)
  }
  // One that certainly started after everything that the test did.
  await watch.next()
  process.send?.(JSON.stringify(watch.report()))
}

/** What one client after the other got. */
class Watch {
  /** Until then all is at 0. */
  began = Infinity
  #job
  #builds
  /** @type {string[]} */
  #broken = []
  /** @type {(Start & { at: number })[]} */
  #sights = []
  /** @type {Map<string, number>} */
  #gaps = new Map()
  /** Names that were missing when they were last asked for, and since when. @type {Map<string, number>} */
  #missing = new Map()
  /** The furthest that a client has seen the site. */
  #furthest = { client: -1, webApi: -1 }
  #starts = 0
  #across = 0

  /** @param {Job} job @param {readonly Build[]} builds */
  constructor(job, builds) {
    this.#job = job
    this.#builds = builds
  }

  /** Lets a client start. */
  async next() {
    try {
      const seen = await this.#start()
      const last = this.#sights.at(-1)
      const isNew =
        last?.version !== seen?.version || last?.webApiUrl !== seen?.webApiUrl || last?.build !== seen?.build
      if (seen && isNew) this.#sights.push({ at: Math.round(Math.max(performance.now() - this.began, 0)), ...seen })
    } catch (error) {
      this.#broken.push(error instanceof Error ? error.message : String(error))
    }
    this.#starts += 1
  }

  report() {
    // Upwards: a gap of less than a millisecond is one.
    const gaps = Object.fromEntries([...this.#gaps].map(([path, gap]) => [path, Math.ceil(gap)]))
    return {
      starts: this.#starts,
      across: this.#across,
      broken: this.#broken,
      longestGap: Math.max(0, ...Object.values(gaps)),
      gaps,
      sights: this.#sights
    }
  }

  /** @returns {Promise<Start | undefined>} undefined of a client that starts across the switch */
  async #start() {
    const page = await this.#getWhole('index.html')
    for (const path of this.#loadedBy(page)) await this.#getWhole(path)

    const { webApiUrl } = await this.#getAppRun()
    const version = await this.#getOffered()
    // At once: apprun.json goes first, so only of a client that was across has it changed by now.
    const isAcross = (await this.#getAppRun()).webApiUrl !== webApiUrl

    const ofVersion = this.#builds.filter(build => build.version === version)
    const objects = [...(ofVersion[0]?.files.keys() ?? [])].filter(
      path => path.startsWith(`${version}/`) && ofVersion.every(({ files }) => files.has(path))
    )
    for (const path of sample(objects, this.#starts)) await this.#getWhole(path)

    const build = await this.#askWebApis(webApiUrl)
    const client = this.#builds.findLastIndex(candidate => candidate.version === version)
    const webApi = this.#builds.findLastIndex(candidate => candidate.name === build)
    if (webApi < 0) throw new Error(`${webApiUrl} answers as ${JSON.stringify(build)}, which is no build`)
    // Of a replacement, the old client is as good with the new Web APIs as the new one with the old.
    if (ofVersion.length === 1 && webApi < client) {
      // No server can switch two files for a client that reads one before and one after: that is its own doing.
      if (!isAcross) throw new Error(`a client of ${version} meets the Web APIs of ${build}`)
      this.#across += 1
      return undefined
    }
    this.#judgeDirection(client, webApi)
    return { version, webApiUrl, build }
  }

  /** Clients start one after the other, so none may get less than one before it. */
  #judgeDirection(/** @type {number} */ client, /** @type {number} */ webApi) {
    const { client: newestClient, webApi: newestWebApi } = this.#furthest
    this.#furthest = { client: Math.max(client, newestClient), webApi: Math.max(webApi, newestWebApi) }
    if (this.#job.options.rollback) return
    if (client < newestClient) {
      throw new Error(`clients went back from ${this.#of(newestClient)?.version} to ${this.#of(client)?.version}`)
    }
    if (webApi < newestWebApi) {
      throw new Error(`Web APIs went back from ${this.#of(newestWebApi)?.name} to ${this.#of(webApi)?.name}`)
    }
  }

  #of(/** @type {number} */ number) {
    return this.#builds[number]
  }

  /** Local files that a page names, as far as any build has them. @param {Buffer} page */
  #loadedBy(page) {
    const references = page.toString().matchAll(/<(?:script|link|img)\b[^>]*?\s(?:src|href)="([^"?#]+)/gi)
    const paths = [...references].map(([, path = '']) => decodeURI(path))
    return paths.filter(path => this.#builds.some(({ files }) => files.has(path)))
  }

  async #getAppRun() {
    const appRun = readAppRun(await this.#get(APP_RUN))
    if (!this.#builds.some(build => build.appRun === appRun.rest)) {
      throw new Error(`${APP_RUN} differs from that of each build in more than the address of the Web APIs`)
    }
    return appRun
  }

  /** The version that the list offers. */
  async #getOffered() {
    const { head, sections, newest } = readVersionList(await this.#get(VERSION_LIST))
    if (!this.#builds.some(({ list }) => list.head === head))
      throw new Error(`${VERSION_LIST} has the head of no build`)
    for (const [version, section] of sections) {
      // A version from before the builds may be there still.
      const known = this.#builds.filter(({ list }) => list.sections.has(version))
      if (known.length > 0 && !known.some(({ list }) => list.sections.get(version) === section)) {
        throw new Error(`${VERSION_LIST} says of ${version} what no build says`)
      }
    }
    if (!this.#builds.some(({ version }) => version === newest)) {
      throw new Error(`${VERSION_LIST} offers ${newest}, which is no build`)
    }
    return newest
  }

  /** What build the Web APIs say that they are. @param {string} url */
  async #askWebApis(url) {
    const base = url.replace(/\/?$/, '/')
    const health = await ask(`${base}health-readiness`)
    if (health.status !== 200) throw new Error(`${url} answers ${health.status}`)
    const build = await ask(`${base}api/version-of-build`)
    if (build.status !== 200) throw new Error(`${url} answers ${build.status} instead of its build`)
    return build.body.toString().trim()
  }

  /** The bytes of any build. @param {string} path */
  async #getWhole(path) {
    const body = await this.#get(path)
    if (!this.#builds.some(({ files }) => files.get(path)?.equals(body) === true)) {
      throw new Error(`${path} has ${body.length} bytes that are of no build`)
    }
    return body
  }

  /** What is at a path; waits for a name that is missing as long as it may be. @param {string} path */
  async #get(path) {
    const { appUrl, options } = this.#job
    const url = new URL(path.split('/').map(encodeURIComponent).join('/'), appUrl)
    const asked = performance.now()
    for (;;) {
      const { status, body } = await ask(url)
      if (status === 200) {
        this.#missing.delete(path)
        return body
      }
      if (status !== 404) throw new Error(`${path} answers ${status}`)
      const now = performance.now()
      // Longer than this client waits, when it was missing already for the one before it.
      const gap = now - (this.#missing.get(path) ?? asked)
      this.#missing.set(path, now - gap)
      this.#gaps.set(path, Math.max(gap, this.#gaps.get(path) ?? 0))
      if (options.atomic) throw new Error(`${path} is missing`)
      if (now - asked > options.gapLimitMs) throw new Error(`${path} is missing for ${Math.round(gap)} ms`)
      await sleep(BETWEEN_CLIENTS_MS)
    }
  }
}

/** Some names, others at each turn. @param {readonly string[]} names @param {number} turn */
function sample(names, turn) {
  const count = Math.min(OBJECTS_PER_START, names.length)
  return Array.from({ length: count }, (_, n) => names[(turn * OBJECTS_PER_START + n) % names.length] ?? '')
}

/** @param {Job['builds'][number]} build @returns {Promise<Build>} */
async function readBuild({ version, cloudApp, webApi }) {
  const files = await contentsOf(cloudApp)
  return {
    version,
    name: (await readFile(join(webApi, 'build.txt'), 'utf8')).trim(),
    files,
    appRun: readAppRun(files.get(APP_RUN) ?? Buffer.alloc(0)).rest,
    list: readVersionList(files.get(VERSION_LIST) ?? Buffer.alloc(0))
  }
}

/** @param {string} folder @returns {Promise<Map<string, Buffer>>} */
async function contentsOf(folder) {
  const files = new Map()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files.set(path.slice(folder.length + 1).replaceAll('\\', '/'), await readFile(path))
  }
  return files
}

/** The address of the Web APIs, and everything else. @param {Buffer} bytes */
function readAppRun(bytes) {
  const text = decode(bytes, APP_RUN)
  /** @type {unknown} */
  let webApiUrl
  try {
    webApiUrl = JSON.parse(text.replace(/^\uFEFF/, '')).deployment_urls.web_api
  } catch (error) {
    throw new Error(`${APP_RUN} cannot be read: ${String(error)}`, { cause: error })
  }
  const value = /("web_api"\s*:\s*)"(?:[^"\\]|\\.)*"/g
  if (typeof webApiUrl !== 'string' || webApiUrl === '' || [...text.matchAll(value)].length !== 1) {
    throw new Error(`${APP_RUN} has not one address of Web APIs`)
  }
  // Encodings differ in their bytes even where the text is the same.
  return { webApiUrl, rest: `${isUtf16(bytes) ? 'UTF-16' : 'UTF-8'} ${text.replace(value, '$1…')}` }
}

/** @param {Buffer} bytes @returns {VersionList} */
function readVersionList(bytes) {
  const text = decode(bytes, VERSION_LIST).replace(/^\uFEFF/, '')
  // A list that was cut off ends anywhere.
  if (!text.endsWith('\n')) throw new Error(`${VERSION_LIST} has no end`)
  const [head = '', ...others] = text
    .split(/^(?=\[)/m)
    .map(section => section.trim().replaceAll('\r\n', '\n'))
    .filter(Boolean)
  const sections = new Map(others.map(section => [/^\[(\d+(?:\.\d+)*)\]\n/.exec(section)?.[1] ?? '', section]))
  const minimum = /^MinimumValidVersion=(\d+(?:\.\d+)*)$/im.exec(head)?.[1]
  if (!/^\[public\]\n/i.test(head) || minimum === undefined || sections.has('') || sections.size !== others.length) {
    throw new Error(`${VERSION_LIST} is no version list: ${JSON.stringify(text)}`)
  }
  const newest = [...sections.keys()].sort(compareVersions).at(-1)
  if (newest === undefined || compareVersions(newest, minimum) < 0) {
    throw new Error(`${VERSION_LIST} offers ${newest ?? 'nothing'} and demands ${minimum}`)
  }
  return { head, sections, newest }
}

/** @param {string} one @param {string} other */
function compareVersions(one, other) {
  const [left, right] = [one, other].map(version => version.split('.').map(Number))
  for (let n = 0; n < Math.max(left?.length ?? 0, right?.length ?? 0); n++) {
    const difference = (left?.[n] ?? 0) - (right?.[n] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Text as PowerServer writes it, its byte order mark included. @param {Buffer} bytes @param {string} name */
function decode(bytes, name) {
  try {
    return new TextDecoder(isUtf16(bytes) ? 'utf-16le' : 'utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new Error(`${name} is neither UTF-8 nor UTF-16LE`, { cause: error })
  }
}

/** @param {Buffer} bytes */
function isUtf16(bytes) {
  return bytes[0] === 0xff && bytes[1] === 0xfe
}

/**
 * An answer, over a connection that stays open.
 *
 * @param {string | URL} url
 * @returns {Promise<{ status: number, body: Buffer }>}
 */
async function ask(url) {
  try {
    return await askOnce(url)
  } catch (error) {
    // A server may close a connection while a request is on its way; browsers ask again then.
    if (error instanceof StaleConnection) return askOnce(url)
    throw error
  }
}

class StaleConnection extends Error {}

const agents = {
  'http:': new http.Agent({ keepAlive: true }),
  'https:': new https.Agent({ keepAlive: true })
}

/** @param {string | URL} url @returns {Promise<{ status: number, body: Buffer }>} */
function askOnce(url) {
  const { protocol, href } = new URL(url)
  const { get } = protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const fail = (/** @type {NodeJS.ErrnoException} */ error) => {
      const isStale = request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '')
      reject(isStale ? new StaleConnection() : new Error(`${href} does not answer: ${error.message}`))
    }
    const request = get(href, { agent: agents[protocol === 'https:' ? 'https:' : 'http:'] }, response => {
      /** @type {Buffer[]} */
      const chunks = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) })
      })
      response.on('error', error => {
        reject(new Error(`${href} breaks off: ${error.message}`))
      })
    })
    request.setTimeout(ANSWER_LIMIT_MS, () => {
      request.destroy(new Error(`nothing came for ${ANSWER_LIMIT_MS} ms`))
    })
    request.on('error', fail)
  })
}
