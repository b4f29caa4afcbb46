import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { runAction } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { farmOf, type Farm } from '../support/farm'
import { freePort, listenOnLoopback } from '../support/loopback'
import { startSessionsSite, type SessionsSite } from '../support/sessions-site'
import { startSftpServer } from '../support/sftp-server'
import { startWebApiSite, type WebApiSite } from '../support/web-api-site'

jest.setTimeout(180_000)

const hosts = ['127.0.0.1', '127.0.0.2'] as const

/** One side of the Web APIs: a server of it at each host, all at one port, which a load balancer would serve as localhost. */
interface Side extends AsyncDisposable {
  readonly url: string
  readonly apis: readonly WebApiSite[]
  readonly servers: readonly SessionsSite[]
}

async function startSide({ servers }: Farm, folder: string): Promise<Side> {
  const port = await freePort()
  const apis: WebApiSite[] = []
  const fronts: SessionsSite[] = []
  for (const [index, host] of hosts.entries()) {
    const api = await startWebApiSite(join(servers[index]?.root ?? '', folder), { at: { host } })
    apis.push(api)
    fronts.push(await startSessionsSite({ apiUrl: `${api.url}/${folder}/` }, { host, port }))
  }
  return {
    url: `http://localhost:${port}/${folder}/`,
    apis,
    servers: fronts,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...apis, ...fronts].map(site => site.stop()))
    }
  }
}

/** macOS has no second loopback address unless it is told so. */
async function hasSecondAddress(): Promise<boolean> {
  try {
    await (await listenOnLoopback(createServer(), { host: hosts[1] })).stop()
    return true
  } catch {
    return false
  }
}

describe('the servers of Web API B of a farm', () => {
  test('are each asked whether they are ready and what sessions they have, and are each retired', async () => {
    if (!(await hasSecondAddress())) return
    const password = 'one for all'
    const started = await Promise.all(hosts.map(host => startSftpServer({ host, password })))
    await using farm = await farmOf(started)
    await using a = await startSide(farm, 'api_a')
    await using b = await startSide(farm, 'api_b')
    const { hosting } = farm
    const one = await hosting.build('one', { version: '1.05', build: 'one' })
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    expectSuccess(await runAction(farm.inputs(one, 'a', { 'web-api-url': a.url })))

    // One of them starts later than the other.
    b.apis[1]?.answerNext({ status: 503, headers: { 'Content-Type': 'text/plain' }, body: 'Unhealthy' })
    const deploy = await runAction(farm.inputs(two, 'b', { 'web-api-url': b.url }))
    expectSuccess(deploy)
    const asked = b.servers.map(({ requests }) => requests.filter(line => line.endsWith('/health-readiness')).length)
    expect(asked).toEqual([1, 2])
    expect(deploy.log).toContain(`http://127.0.0.2:${new URL(b.url).port}/api_b/health-readiness`)

    const drain = (more: Record<string, string>) =>
      runAction({ command: 'drain', ...farm.login(), 'app-url': hosting.appUrl, ...more })
    a.servers[0]?.answer([])
    a.servers[1]?.answer(['salesdemo', 'salesdemo'])
    const early = await drain({ 'drain-timeout': '0' })
    expect(early.outputs).toMatchObject({ 'reason-code': 'sessions-remain', 'sessions-remaining': '2' })

    a.servers[1]?.answer([])
    const done = await drain({ 'drain-timeout': '0', retire: 'true' })
    expectSuccess(done)
    expect(done.outputs).toMatchObject({ status: 'drained', 'sessions-remaining': '0' })
    for (const { root } of farm.servers) {
      expect(await readFile(join(root, 'api_a/app_offline.htm'), 'utf8')).toContain('html')
      await expect(readFile(join(root, 'api_b/app_offline.htm'))).rejects.toThrow('ENOENT')
    }
    expectSuccess(await drain({ 'drain-timeout': '0', retire: 'true' }))

    // A rollback lets the side before start again, on each server.
    const back = await runAction({ command: 'rollback', ...farm.login(), 'app-url': hosting.appUrl })
    expectSuccess(back)
    for (const { root } of farm.servers) {
      await expect(readFile(join(root, 'api_a/app_offline.htm'))).rejects.toThrow('ENOENT')
    }
  })
})
