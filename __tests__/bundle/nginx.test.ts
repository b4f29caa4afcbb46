import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { readdir, readFile, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { runAction, type Run } from '../../scripts/as-runner.mjs'
import { watchClients } from '../support/client-watch'
import { expectSuccess } from '../support/expect-success'
import { loginInputs, seed, startHosting, type Hosting } from '../support/hosting'
import type { SamplePackage } from '../support/sample-package'
import { handOver, startNginx, startRealServer, whyNoNginx, whyNot, type Nginx } from '../support/servers'
import { describeServer } from '../support/when-available'

jest.setTimeout(60_000)

const name = 'openssh'
const pointer = 'apprun.json'

/** A release of 1.06 to side B over 1.05 on side A, as clients get it from nginx. */
describeServer(
  name,
  () => {
    let hosting: Hosting
    let one: SamplePackage
    let two: SamplePackage

    beforeEach(async () => {
      hosting = await startHosting(await startRealServer(name))
      one = await hosting.build('one', { version: '1.05', build: 'one' })
      two = await hosting.build('two', { version: '1.06', build: 'two' })
      await seed(hosting, one)
      await handOver(hosting.server.root)
      await age(join(hosting.server.root, 'salesdemo_cloud'))
    })

    afterEach(async () => {
      await hosting[Symbol.asyncDispose]()
    })

    const deploy = (nginx: Nginx, more: Record<string, string> = {}): Promise<Run> =>
      runAction(hosting.inputs(two, 'b', { 'app-url': appUrlOf(nginx), ...more }))

    test('serves it while clients watch, whole at each moment and by one rename for each name', async () => {
      await using nginx = await startNginx(hosting.server.root)
      const appUrl = appUrlOf(nginx)
      await using clients = await watchClients(appUrl, [one, two], { atomic: true })
      const follower = followPointers(appUrl, hosting.b.apiUrl, two)
      const run = await deploy(nginx)
      const [seen, followed] = [await clients.stop(), await follower.stop()]
      expectSuccess(run)
      expect(run.outputs).toMatchObject({ status: 'deployed', 'switch-guarantee': 'atomic' })
      expect(run.log).toContain(`${appUrl}apprun.json names ${hosting.b.apiUrl}`)
      expect(warningsOfCaches(run)).toEqual([])
      expect(seen.broken).toEqual([])
      expect(seen.gaps).toEqual({})
      expect(seen.starts).toBeGreaterThan(5)
      expect(seen.sights.at(0)).toMatchObject({ version: '1.05', webApiUrl: hosting.a.apiUrl })
      expect(seen.sights.at(-1)).toMatchObject({ version: '1.06', webApiUrl: hosting.b.apiUrl })
      expect(followed.problems).toEqual([])
      expect(followed.isThere).toBe(true)
      expect((await fetch(`${nginx.url}/App_Data/hot-deploy/`)).status).toBe(404)
    })

    test.each([
      ['expires 30d', 'location ~ \\.json$ { expires 30d; }', 2_592_000],
      ['Cache-Control alone', 'add_header Cache-Control "public, max-age=86400";', 86_400],
      ['Cache-Control in capitals', 'add_header Cache-Control "Public, Max-Age=86400";', 86_400]
    ])('with %s leads to a warning', async (_, site, seconds) => {
      await using nginx = await startNginx(hosting.server.root, { site })
      const run = await deploy(nginx)
      expectSuccess(run)
      expect(run.log).toMatch(new RegExp(`::warning::.*apprun\\.json may be cached for ${seconds} s \\(`))
    })

    test.each([
      ['a short time', 'expires 5m;'],
      ['no time at all', 'add_header Cache-Control "no-cache, max-age=86400";']
    ])('that lets answers be cached for %s is nothing to warn of', async (_, site) => {
      await using nginx = await startNginx(hosting.server.root, { site })
      const run = await deploy(nginx)
      expectSuccess(run)
      expect(warningsOfCaches(run)).toEqual([])
    })

    test('behind a cache that is passed by on demand leads to a warning as long as it has the old file', async () => {
      // The answer that is asked for past the cache does not get into it either.
      await using nginx = await startNginx(hosting.server.root, {
        cache: 'proxy_cache_bypass $http_pragma; proxy_no_cache $http_pragma;'
      })
      expect(await servedBy(nginx)).toContain(hosting.a.apiUrl)
      const run = await deploy(nginx)
      expectSuccess(run)
      expect(run.log).toMatch(
        new RegExp(`::warning::A cache still answers: without "no-cache" ${appUrlOf(nginx)}apprun.json names`)
      )
      expect(await servedBy(nginx)).toContain(hosting.a.apiUrl)
    })

    test('behind a cache that takes the new file when it is asked past it has it with the check', async () => {
      await using nginx = await startNginx(hosting.server.root, { cache: 'proxy_cache_bypass $http_cache_control;' })
      expect(await servedBy(nginx)).toContain(hosting.a.apiUrl)
      const run = await deploy(nginx)
      expectSuccess(run)
      expect(warningsOfCaches(run)).toEqual([])
      expect(await servedBy(nginx)).toContain(hosting.b.apiUrl)
    })

    test.each([
      ['behind a cache that nothing gets past', { cache: '' }],
      ['with open_file_cache', { site: 'open_file_cache max=100; open_file_cache_valid 60s;' }]
    ])('%s does not serve the release, so it is undone', async (_, options) => {
      await using nginx = await startNginx(hosting.server.root, options)
      expect(await servedBy(nginx)).toContain(hosting.a.apiUrl)
      const run = await deploy(nginx)
      expect(run.exitCode).toBe(1)
      expect(run.outputs).toMatchObject({ status: 'rolled-back', 'reason-code': 'check-failed' })
      expect(run.log).toContain(
        `Clients do not get the release: ${appUrlOf(nginx)}apprun.json names ${hosting.a.apiUrl}`
      )
      expect(await readFile(join(hosting.server.root, 'salesdemo_cloud', pointer), 'utf8')).toContain(hosting.a.apiUrl)
      expect(await servedBy(nginx)).toContain(hosting.a.apiUrl)
    })

    test('as docs/servers.md has it sends the pointers anew each time, whatever time they have', async () => {
      const page = await readFile('docs/servers.md', 'utf8')
      const location = /```nginx\n(location ~ [^`]*apprun[^`]*)```/.exec(page)?.[1] ?? ''
      await using nginx = await startNginx(hosting.server.root, {
        site: `open_file_cache max=100; open_file_cache_valid 60s; ${location}`
      })
      expect(await servedBy(nginx)).toContain(hosting.a.apiUrl)
      const run = await deploy(nginx)
      expectSuccess(run)
      expect(warningsOfCaches(run)).toEqual([])
      const second = await fetch(`${appUrlOf(nginx)}${pointer}`)
      expect(second.headers.get('cache-control')).toBe('no-cache')
      const file = join(hosting.server.root, 'salesdemo_cloud', pointer)
      const { mtime } = await stat(file)
      expectSuccess(
        await runAction({ command: 'rollback', 'app-url': appUrlOf(nginx), ...loginInputs(hosting.server) })
      )
      // As a backup has it that is a copy, made in the second in which the new file was sent.
      await utimes(file, mtime, mtime)
      await expectAnew(nginx, second, hosting.a.apiUrl)
    })

    test('sends what a client has in its cache anew after the switch, and after a rollback', async () => {
      await using nginx = await startNginx(hosting.server.root)
      const first = await fetch(`${appUrlOf(nginx)}${pointer}`)
      expectSuccess(await deploy(nginx))
      const second = await expectAnew(nginx, first, hosting.b.apiUrl)
      // Only the time tells the two apart, for a server that looks at no more than time and size.
      expect(second.headers.get('content-length')).toBe(first.headers.get('content-length'))
      expectSuccess(
        await runAction({ command: 'rollback', 'app-url': appUrlOf(nginx), ...loginInputs(hosting.server) })
      )
      await expectAnew(nginx, second, hosting.a.apiUrl)
    })
  },
  whyNot(name) ?? whyNoNginx()
)

function warningsOfCaches({ log }: Run): string[] {
  return log.split('\n').filter(line => /^::warning::.*cache/i.test(line))
}

function appUrlOf({ url }: Nginx): string {
  return `${url}/salesdemo_cloud/`
}

async function servedBy(nginx: Nginx): Promise<string> {
  const answer = await fetch(`${appUrlOf(nginx)}${pointer}`)
  expect(answer.status).toBe(200)
  return answer.text()
}

/** Whoever has an answer in a cache gets the file that is there now, however the cache asks. */
async function expectAnew(nginx: Nginx, old: Response, webApiUrl: string): Promise<Response> {
  const ask = (headers: Record<string, string>): Promise<Response> => fetch(`${appUrlOf(nginx)}${pointer}`, { headers })
  const sent = (header: string): string => old.headers.get(header) ?? ''
  for (const headers of [{ 'if-none-match': sent('etag') }, { 'if-modified-since': sent('last-modified') }]) {
    const answer = await ask(headers)
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining(webApiUrl)])
  }
  return ask({})
}

/** What was released long ago is older than what is released now. */
async function age(folder: string): Promise<void> {
  const before = new Date(Date.now() - 86_400_000)
  for (const path of await readdir(folder, { recursive: true })) await utimes(join(folder, path), before, before)
}

/**
 * Asks for the pointers all the time, and for all files of a version as soon as one of them leads there.
 *
 * @returns ends it
 */
function followPointers(appUrl: string, webApiUrl: string, { cloudApp, version }: SamplePackage) {
  const problems: string[] = []
  let isThere = false
  let isOver = false
  const get = async (path: string): Promise<string> => {
    const answer = await fetch(appUrl + path.split('/').map(encodeURIComponent).join('/'))
    if (answer.status !== 200) problems.push(`${path} answers ${answer.status}`)
    return answer.text()
  }
  const follow = async (): Promise<void> => {
    const files = await readdir(join(cloudApp, version), { recursive: true, withFileTypes: true })
    const paths = files
      .filter(file => file.isFile())
      .map(file => join(file.parentPath, file.name).slice(cloudApp.length + 1))
    while (!isOver) {
      const [page, appRun, list] = [await get('index.html'), await get(pointer), await get('deploylist.ini.zip')]
      if (!page.includes('</html>')) problems.push('index.html is not whole')
      const isNamed = appRun.includes(webApiUrl) || list.includes(`[${version}]`)
      if (!isNamed || isThere) continue
      isThere = true
      for (const path of paths) await get(path)
    }
  }
  const followed = follow()
  return {
    stop: async () => {
      isOver = true
      await followed
      return { problems, isThere }
    }
  }
}
