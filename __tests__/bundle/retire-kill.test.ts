import { describe, expect, jest, test } from '@jest/globals'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runAction, runAsStep, type Kill } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { loginInputs, snapshot, startHosting, type Hosting } from '../support/hosting'
import { startIisFtpServer } from '../support/iis-ftp-server'
import { leftoversIn, locksIn } from '../support/kill-sweep/places'
import { startSessionsSite, type SessionsSite } from '../support/sessions-site'
import { startSftpServer } from '../support/sftp-server'
import type { TestServer } from '../support/test-server'
import { isRetiredPage, offlinePageName } from '../../src/web-api/offline-page'

jest.setTimeout(120_000)

/** A server that tells each command before it carries it out. */
type Start = (hear: (command: string) => void) => Promise<TestServer>

/** A command at which a drain that retires is killed. */
type Moment = readonly [string, RegExp]

const startSftp: Start = hear => startSftpServer({ onRequest: hear })
const startFtp: Start = hear => startIisFtpServer({ onCommand: hear })

const opens: Moment = ['opens the page', /^OPEN \S+app_offline\.htm\S* w/]
const closes: Moment = ['closes the page', /^CLOSE \S+app_offline\.htm/]
const names: Moment = ['gives the page its name', /RENAME \S+app_offline\.htm\S* \S+app_offline\.htm$/]

const ways: readonly (readonly [string, Start, readonly Moment[]])[] = [
  [
    'SFTP',
    startSftp,
    [['takes the lock', /^MKDIR \S+\/lock/], opens, closes, names, ['unlocks', /^(RMDIR|REMOVE|RENAME) \S+\/lock\b/]]
  ],
  [
    'FTP',
    startFtp,
    [
      ['writes the page', /^STOR \S+app_offline\.htm/],
      ['gives the page its name', /^RNTO \S+app_offline\.htm$/],
      ['unlocks', /^(RMD|DELE|RNFR) \S+\/lock\b/]
    ]
  ]
]

interface Sides extends AsyncDisposable {
  readonly hosting: Hosting
  readonly a: SessionsSite
  readonly b: SessionsSite
  /** From now on the commands go here. */
  hear(listener: (command: string) => void): void
}

/** A was live, and B is. */
async function twoSides(start: Start): Promise<Sides> {
  let listener: (command: string) => void = () => undefined
  const hosting = await startHosting(
    await start(command => {
      listener(command)
    })
  )
  const [a, b] = [await startSessionsSite(hosting.a), await startSessionsSite(hosting.b)]
  const sides: Sides = {
    hosting,
    a,
    b,
    hear: next => {
      listener = next
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([a.stop(), b.stop()])
      await hosting[Symbol.asyncDispose]()
    }
  }
  for (const folder of ['api_a', 'api_b']) await mkdir(join(hosting.server.root, folder))
  expectSuccess(await deploy(sides, '1.05', 'a'))
  expectSuccess(await deploy(sides, '1.06', 'b'))
  return sides
}

async function deploy({ hosting, a, b }: Sides, version: string, side: 'a' | 'b', more: Record<string, string> = {}) {
  const build = await hosting.build(version, { version, build: version, objects: 20 })
  return runAction(hosting.inputs(build, side, { 'web-api-url': (side === 'a' ? a : b).apiUrl, ...more }))
}

/** Kills the drain at the first command that fits. */
async function killDrain(sides: Sides, moment: RegExp, hasPost: boolean): Promise<void> {
  let kill: Kill | undefined
  sides.hear(command => {
    if (!moment.test(command)) return
    kill?.('SIGKILL')
    kill = undefined
  })
  const { main, post } = await runAsStep(drainInputs(sides), {
    killPost: !hasPost,
    onStart: stop => {
      kill = stop
    }
  })
  sides.hear(() => undefined)
  expect(main.signal === 'SIGKILL' ? '' : main.log).toBe('')
  if (post) expectSuccess(post)
}

function drainInputs({ hosting }: Sides): Record<string, string> {
  const how = { 'drain-timeout': '0', retire: 'true', 'lock-stale-after': '2' }
  return { command: 'drain', ...how, ...loginInputs(hosting.server) }
}

async function pageOf({ hosting }: Sides): Promise<string | undefined> {
  return readFile(join(hosting.server.root, 'api_a', offlinePageName), 'utf8').catch(() => undefined)
}

/** A runs, or is stopped by a page that tells whose it is. */
async function expectWhole(sides: Sides): Promise<void> {
  const page = await pageOf(sides)
  const isStopped = (await fetch(sides.a.apiUrl)).status === 503
  expect([page === undefined || isRetiredPage(page), isStopped]).toEqual([true, page !== undefined])
  expect((await fetch(sides.b.apiUrl)).status).toBe(200)
}

async function expectOpen(sides: Sides): Promise<void> {
  const files = await snapshot(sides.hosting.server.root)
  expect([...locksIn(files), ...leftoversIn(files)]).toEqual([])
  expect((await fetch(sides.a.apiUrl)).status).toBe(200)
}

describe.each(ways)('over %s, a drain that is killed when it', (_, start, moments) => {
  test.each(moments)('%s is mended by the post step, and done by the next one', async (_moment, moment) => {
    await using sides = await twoSides(start)
    await killDrain(sides, moment, true)
    expect(locksIn(await snapshot(sides.hosting.server.root))).toEqual([])
    await expectWhole(sides)

    const again = await runAction(drainInputs(sides))
    expectSuccess(again)
    expect(['drained', 'unchanged']).toContain(again.outputs.status)
    expect(isRetiredPage((await pageOf(sides)) ?? '')).toBe(true)

    expectSuccess(await runAction({ command: 'rollback', ...loginInputs(sides.hosting.server) }))
    await expectOpen(sides)
  })
})

describe('a drain that is killed with its post step when it', () => {
  // With "never" a deploy can tell whose the page is only by what is in it.
  test.each([
    [...opens, 'auto'],
    [...names, 'never']
  ] as const)('%s does not keep the side from the next deploy', async (_, moment, offline) => {
    await using sides = await twoSides(startSftp)
    await killDrain(sides, moment, false)
    await expectWhole(sides)
    expectSuccess(await deploy(sides, '1.07', 'a', { 'web-api-offline': offline, 'lock-stale-after': '2' }))
    await expectOpen(sides)
  })
})
