import { describe, expect, test } from '@jest/globals'
import type { AllClaims } from '../../../src/release/claim'
import { reopen, retire } from '../../../src/release/retire'
import { siteName } from '../../../src/site/site-url'
import type { ReleaseEntry } from '../../../src/site/release-entry'
import type { Answer, Http } from '../../../src/web-api/http'
import { retiredPage } from '../../../src/web-api/offline-page'
import { Sessions } from '../../../src/web-api/sessions'
import { MemoryTransport } from '../../support/memory-transport'
import { place, site } from '../../support/settings'
import { deployErrorOf } from '../deploy-error'
import { entry } from '../site/journal-sample'
import { runOf, target } from './run'

const [a, b] = ['https://a.example.com/api_a/', 'https://b.example.com/api_b/']
const here = siteName(site)
const releases = [
  entry('r1', { phase: 'released', webApiUrl: a, webApiFolder: 'api_a', webApiSite: here }),
  entry('r2', { phase: 'released', webApiUrl: b, previousWebApiUrl: a, webApiFolder: 'api_b', webApiSite: here })
]
const page = '/www/api_a/app_offline.htm'

function isThere({ disk }: MemoryTransport): boolean {
  return disk.list('/www/api_a').some(({ name }) => name === 'app_offline.htm')
}

interface Told {
  /** Answers of A, one for each call; the last one stays. */
  readonly answers?: (number | 'stopped' | 'elsewhere')[]
  readonly releases?: readonly ReleaseEntry[]
  readonly unfinished?: ReleaseEntry
  readonly live?: string
  readonly webApiTarget?: string
}

/** A site with both sides, of which B is live, and a retirement of A on it. */
function retiring({ answers = [0, 'stopped'], unfinished, live = b, webApiTarget, ...given }: Told) {
  const transport = new MemoryTransport({
    'sales/apprun.json': JSON.stringify({ deployment_urls: { web_api: live } }),
    'api_a/ServerAPIs.dll': 'a',
    'api_b/ServerAPIs.dll': 'b'
  })
  const { signal } = new AbortController()
  const run = runOf({ webApiTarget }, signal)
  const get = (url: string): Promise<Answer> => {
    const answer = !url.startsWith(a) ? 0 : answers.length > 1 ? answers.shift() : answers[0]
    const isStopped = answer === 'stopped' || (answer === 'elsewhere' && isThere(transport))
    const body = isStopped ? retiredPage : answer === 'elsewhere' ? 'Bad gateway' : String(answer)
    const status = isStopped || answer === 'elsewhere' ? 503 : 200
    return Promise.resolve({ kind: 'answer', status, headers: { get: () => null }, body })
  }
  const http = { get } as unknown as Http
  let time = 0
  const clock = {
    now: () => time,
    sleep: (ms: number) => {
      time += ms
      return Promise.resolve()
    }
  }
  const claim = {
    site: { place, name: '', transport, steady: transport, expect: () => undefined },
    lock: { check: () => Promise.resolve() },
    journal: { releases: given.releases ?? releases, unfinished }
  }
  const claims = [{ app: claim, webApi: claim }] as unknown as AllClaims
  const work = (): Promise<string> =>
    retire(claims, http, new Sessions(http, { url: a, host: undefined }, undefined), target, run, clock)
  return { work, transport, site: claim.site, run, seconds: () => time / 1000 }
}

describe('retiring a side', () => {
  test('puts the page in, once it is empty', async () => {
    const { work, transport } = retiring({})
    expect(await work()).toBe('api_a')
    expect(transport.disk.read(page).toString()).toBe(retiredPage)
  })

  test('waits for a process that takes its time to stop', async () => {
    const { work, seconds } = retiring({ answers: [0, 0, 0, 'stopped'] })
    await work()
    expect(seconds()).toBe(4)
  })

  test('takes the page away when it does not stop that side', async () => {
    const { work, transport, seconds } = retiring({ answers: [0] })
    expect((await deployErrorOf(work)).reasonCode).toBe('retire-failed')
    expect(isThere(transport)).toBe(false)
    expect(seconds()).toBe(100)
  })

  test.each<[string, Told, string]>([
    ['with a session again', { answers: [1] }, 'sessions-remain'],
    ['that does not answer any more', { answers: ['elsewhere'] }, 'sessions-unreadable'],
    ['that is live again', { live: a }, 'drain-side-live'],
    ['while a release is unfinished', { unfinished: entry('r3') }, 'repair-needed'],
    ['whose folder is not known', { releases: [] }, 'invalid-inputs'],
    [
      'whose folder is on another server',
      { releases: releases.map(release => ({ ...release, webApiSite: 'sftp://other:22 /www' })) },
      'invalid-inputs'
    ],
    ['by the folder of the live one', { webApiTarget: 'api_b' }, 'target-is-live'],
    ['by the folder of the cloud app', { webApiTarget: 'sales/api' }, 'targets-overlap'],
    ['by a folder of something else', { webApiTarget: 'other' }, 'target-not-usable']
  ])('%s is refused, with nothing written', async (_, told, code) => {
    const { work, transport } = retiring(told)
    expect((await deployErrorOf(work)).reasonCode).toBe(code)
    expect(transport.calls.filter(call => call.startsWith('write'))).toEqual([])
  })
})

describe('opening a side again', () => {
  test('removes the page of a drain, and no other', async () => {
    const { work, transport, site: on, run } = retiring({})
    await work()
    await reopen(on, releases, b, run)
    expect(isThere(transport)).toBe(true)
    await reopen(on, releases, a, run)
    expect(isThere(transport)).toBe(false)
    transport.disk.write(page, Buffer.from('Down for maintenance'))
    await reopen(on, releases, a, run)
    expect(isThere(transport)).toBe(true)
    expect(run.ended().said.at(-1)).toContain('answer 503 until it is removed')
  })

  test('leaves a folder of that name on another server', async () => {
    const { work, transport, site: on, run } = retiring({})
    await work()
    await reopen(on, [entry('r1', { webApiUrl: a, webApiFolder: 'api_a', webApiSite: 'sftp://other:22 /' })], a, run)
    await reopen(on, releases, undefined, run)
    expect(isThere(transport)).toBe(true)
  })
})
