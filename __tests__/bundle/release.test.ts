import { afterEach, expect, jest, test } from '@jest/globals'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runAction, type Run } from '../../scripts/as-runner.mjs'
import { watchClients } from '../support/client-watch'
import { fleet } from '../support/fleet'
import { snapshot, startHosting, type Hosting } from '../support/hosting'
import type { SamplePackage } from '../support/sample-package'
import { lineOfRenameTo, linesOfWrites } from '../support/server-order'
import { handOver } from '../support/servers'
import { describeMember } from '../support/when-available'

/** The whole way, on every server: a first release, versioning, the same again, replacement. */
for (const member of fleet) {
  describeMember(member, () => {
    jest.setTimeout(120_000)
    let log = ''
    afterEach(() => {
      // What the action said is the first thing to read when a test fails.
      const { currentTestName, assertionCalls } = expect.getState()
      if (assertionCalls === 0) process.stderr.write(`${currentTestName ?? ''}\n${log}\n`)
    })
    const run = async (inputs: Record<string, string>): Promise<Run> => {
      const result = await runAction(inputs)
      log += result.log
      return result
    }

    test('releases with both strategies, and clients never get anything that is not whole', async () => {
      await using hosting = await startHosting(await member.start())
      const { server } = hosting
      const one = await hosting.build('one', { version: '1.05', build: 'one' })
      const two = await hosting.build('two', { version: '1.06', build: 'two' })
      const three = await hosting.build('three', { version: '1.06', build: 'three' })

      const first = await run(hosting.inputs(one, 'a'))
      expectSuccess(first)
      expect(first.outputs).toMatchObject({
        status: 'deployed',
        version: '1.05',
        'web-api-url': hosting.a.apiUrl,
        'switch-guarantee': member.guarantee,
        'files-kept': '0'
      })
      expect(first.outputs['previous-version']).toBeUndefined()
      await expectOnSite(hosting, one, 'a')

      const edited = join(server.root, 'api_b/AppConfig/Applications.json')
      await mkdir(join(edited, '..'), { recursive: true })
      await writeFile(edited, '{ "Applications": { "edited": "by the operator" } }')
      if (member.real !== undefined) await handOver(join(server.root, 'api_b'))

      await using versioning = await watchClients(hosting.appUrl, [one, two], { atomic: member.guarantee === 'atomic' })
      const before = (await server.commands()).length
      const second = await run(hosting.inputs(two, 'b'))
      expectSuccess(second)
      expect(second.outputs).toMatchObject({
        status: 'deployed',
        version: '1.06',
        'previous-version': '1.05',
        'minimum-compatible-version': '1.06',
        'web-api-url': hosting.b.apiUrl,
        'previous-web-api-url': hosting.a.apiUrl,
        'files-kept': '1'
      })
      expect(second.summary).toContain('api_b/AppConfig/Applications.json')
      expect(await readFile(edited, 'utf8')).toContain('by the operator')
      await expectOnSite(hosting, two, 'b', ['AppConfig/Applications.json'])
      const versioningLog = (await server.commands()).slice(before)
      const seenByVersioning = await versioning.stop()
      expect(seenByVersioning.sights.at(0)).toMatchObject({
        version: '1.05',
        webApiUrl: hosting.a.apiUrl,
        build: 'one'
      })
      expect(seenByVersioning.sights.at(-1)).toMatchObject({
        version: '1.06',
        webApiUrl: hosting.b.apiUrl,
        build: 'two'
      })

      const again = await run(hosting.inputs(two, 'b'))
      expectSuccess(again)
      expect(again.outputs).toMatchObject({
        status: 'unchanged',
        'reason-code': 'already-live',
        'files-uploaded': '0'
      })

      await using replacing = await watchClients(hosting.appUrl, [two, three], {
        atomic: member.guarantee === 'atomic'
      })
      const between = (await server.commands()).length
      const third = await run(hosting.inputs(three, 'a', { strategy: 'replacement' }))
      expectSuccess(third)
      expect(third.outputs).toMatchObject({
        status: 'deployed',
        strategy: 'replacement',
        version: '1.06',
        'previous-version': '1.06',
        'web-api-url': hosting.a.apiUrl
      })
      await expectOnSite(hosting, three, 'a', ['AppConfig/Applications.json'])
      const replacementLog = (await server.commands()).slice(between)

      const seenByReplacement = await replacing.stop()
      expect(seenByReplacement.sights.at(-1)).toMatchObject({ webApiUrl: hosting.a.apiUrl, build: 'three' })
      for (const seen of [seenByVersioning, seenByReplacement]) {
        expect(seen.broken).toEqual([])
        expect(seen.starts).toBeGreaterThan(10)
        if (member.guarantee === 'atomic') expect(seen.longestGap).toBe(0)
      }

      expectContentFirst(versioningLog, server.rootPath, '1.06')
      expectContentFirst(replacementLog, server.rootPath, '1.06')
      expectObjectsBeforeIndexes(replacementLog, server.rootPath)
      await expectNoFolderRenamed(hosting)
    })
  })
}

function expectSuccess(run: Run): void {
  // The log tells more than the number.
  expect(run.exitCode === 0 ? '' : run.log).toBe('')
  expect(run.log).not.toContain('::error')
}

/** Everything of the build is on the site, byte for byte, and nothing else of ours. */
async function expectOnSite(
  { server }: Hosting,
  build: SamplePackage,
  side: 'a' | 'b',
  kept: readonly string[] = []
): Promise<void> {
  const site = await snapshot(server.root)
  const app = await snapshot(build.cloudApp)
  const api = await snapshot(build.webApi)
  for (const [path, content] of app) {
    const there = site.get(join('salesdemo_cloud', path))
    if (path === 'apprun.json')
      expect(decode(there)).toBe(
        decode(content).replace(/"web_api": "[^"]*"/, /"web_api": "[^"]*"/.exec(decode(there))?.[0] ?? '')
      )
    else if (path === 'deploylist.ini.zip') expect(decode(there)).toContain(`MinimumValidVersion=${build.version}`)
    else expect(`${path}: ${String(there === content)}`).toBe(`${path}: true`)
  }
  for (const [path, content] of api) {
    if (!kept.includes(path))
      expect(`${path}: ${String(site.get(join(`api_${side}`, path)) === content)}`).toBe(`${path}: true`)
  }
  expect((await readdir(server.root)).sort()).toEqual(expect.not.arrayContaining(['web.config']))
  expect([...site.keys()].filter(path => /hot-deploy-tmp|app_offline|\/lock\//.test(path))).toEqual([])
}

function decode(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString()
}

/** In the server's own log: all content, then the entry page, then apprun.json, then the version list. */
function expectContentFirst(log: readonly string[], rootPath: string, version: string): void {
  const app = `${rootPath.replace(/\/$/, '')}/salesdemo_cloud`
  const entryPage = lineOfRenameTo(log, `${app}/index.html`)
  const script = lineOfRenameTo(log, `${app}/js/jquery-3.5.1.min.js`)
  const appRun = lineOfRenameTo(log, `${app}/apprun.json`)
  const list = lineOfRenameTo(log, `${app}/deploylist.ini.zip`)
  const writes = linesOfWrites(log)
  expect(writes.length).toBeGreaterThan(10)
  expect(writes.some(line => log[line]?.includes(`${app}/${version}/`))).toBe(true)
  expect(script).toBeGreaterThan(Math.max(...writes))
  expect([script, entryPage, appRun, list]).toEqual([script, entryPage, appRun, list].sort((x, y) => x - y))
  expect(new Set([script, entryPage, appRun, list]).size).toBe(4)
}

/** Windows refuses to rename a folder in which any file is open. */
async function expectNoFolderRenamed({ server }: Hosting): Promise<void> {
  const renames = (await server.commands()).filter(line => /rnfr|rnto|rename/i.test(line))
  expect(renames.length).toBeGreaterThan(10)
  const folders = [...(await snapshot(server.root)).keys()].filter(path => path.endsWith('/'))
  const moved = folders.filter(path =>
    renames.some(line => line.includes(`/${path.slice(0, -1)}"`) || line.endsWith(`/${path.slice(0, -1)}`))
  )
  expect(moved).toEqual([])
}

function expectObjectsBeforeIndexes(log: readonly string[], rootPath: string): void {
  const library = `${rootPath.replace(/\/$/, '')}/salesdemo_cloud/1.06/salesdemo.pbd`
  const object = lineOfRenameTo(log, `${library}/u_customer_003.udo.zip`)
  const indexes = lineOfRenameTo(log, `${library}/_indexes.idx.zip`)
  const files = lineOfRenameTo(log, `${library}/_files.idx.zip`)
  const page = lineOfRenameTo(log, `${rootPath.replace(/\/$/, '')}/salesdemo_cloud/index.html`)
  expect(object).toBeGreaterThan(-1)
  expect(indexes).toBeGreaterThan(object)
  expect(files).toBeGreaterThan(indexes)
  expect(page).toBeGreaterThan(files)
}
