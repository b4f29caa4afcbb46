import { describe, expect, jest, test } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runAction } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { snapshot, startHosting, withoutState, type Hosting } from '../support/hosting'
import { startSftpServer } from '../support/sftp-server'

jest.setTimeout(120_000)

interface Site extends AsyncDisposable {
  readonly hosting: Hosting
  /** Inputs of a release to side B of one more file in place, and a new version. */
  readonly second: Record<string, string>
  /** What the server was asked for since the first release. */
  readonly requests: string[]
}

/** A site with 1.05 on side A. Side B is not ready before its second poll, 10 s after the first. */
async function released(hear: (line: string, hosting: Hosting) => void = () => undefined): Promise<Site> {
  const requests: string[] = []
  const hostings: Hosting[] = []
  const onRequest = (line: string): void => {
    requests.push(line)
    for (const hosting of hostings) hear(line, hosting)
  }
  const hosting = await startHosting(await startSftpServer({ onRequest }), { api: { readyAfterRequests: 1 } })
  const one = hosting.inputs(await hosting.build('one', { version: '1.05', build: 'one' }), 'a')
  expectSuccess(await runAction({ ...one, 'readiness-path': 'none' }))
  const second = hosting.inputs(await hosting.build('two', { version: '1.06', build: 'two' }), 'b')
  requests.length = 0
  hostings.push(hosting)
  return { hosting, second, requests, [Symbol.asyncDispose]: () => hosting[Symbol.asyncDispose]() }
}

/** What clients read, and what only the new release has. */
async function seenAndNew({ server: { root } }: Hosting): Promise<{ seen: Map<string, string>; staged: string[] }> {
  const all = withoutState(await snapshot(root))
  const isNew = (path: string): boolean => /\/1\.06\/|hot-deploy-tmp$|api_b\//.test(path)
  return {
    seen: new Map([...all].filter(([path]) => !isNew(path))),
    staged: [...all.keys()].filter(isNew)
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('It did not come about.')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

describe('while Web API B gets ready', () => {
  test('the cloud app is staged; what clients read stays as it is, and is not backed up before B is ready', async () => {
    await using site = await released()
    const { hosting, second, requests } = site
    const before = await seenAndNew(hosting)
    const running = runAction(second)
    await until(() => hosting.b.requests.length > 0)
    await new Promise(resolve => setTimeout(resolve, 3_000))
    const waiting = [...requests]
    const during = await seenAndNew(hosting)
    expectSuccess(await running)
    expect(during.seen).toEqual(before.seen)
    const after = await seenAndNew(hosting)
    const versionFolder = (paths: readonly string[]): string[] => paths.filter(path => path.includes('/1.06/'))
    expect(versionFolder(during.staged)).toEqual(versionFolder(after.staged))
    expect(versionFolder(during.staged).length).toBeGreaterThan(0)
    const backups = (lines: readonly string[]): string[] => lines.filter(line => /HARDLINK|hardlink/.test(line))
    expect(backups(waiting)).toEqual([])
    expect(backups(requests).length).toBeGreaterThan(0)
  })

  test('and never is, all that was staged of the cloud app goes again', async () => {
    await using site = await released()
    const { hosting, second, requests } = site
    const before = await seenAndNew(hosting)
    const run = await runAction({ ...second, 'readiness-timeout': '2' })
    expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': 'web-api-not-ready' })
    const after = await seenAndNew(hosting)
    expect(after.seen).toEqual(before.seen)
    expect(requests.filter(line => line.startsWith('OPEN ') && line.includes('/1.06/')).length).toBeGreaterThan(0)
    expect(after.staged.filter(path => !path.includes('api_b/'))).toEqual([])
  })

  test('a cloud app that cannot be staged ends the waiting at once', async () => {
    let isBlocked = false
    await using site = await released((line, { server: { root } }) => {
      if (isBlocked || !/^MKDIR .*\/1\.06$/.test(line)) return
      isBlocked = true
      writeFileSync(join(root, 'salesdemo_cloud/1.06'), 'in the way')
    })
    const begun = Date.now()
    const run = await runAction({ ...site.second, 'readiness-timeout': '60' })
    expect(isBlocked).toBe(true)
    expect(run.outputs).toMatchObject({ status: 'failed' })
    expect(run.outputs['reason-code']).not.toBe('web-api-not-ready')
    expect(run.log).toContain('1.06')
    expect(Date.now() - begun).toBeLessThan(9_000)
  })
})
