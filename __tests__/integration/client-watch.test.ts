import { describe, expect, test } from '@jest/globals'
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchClients, type WatchOptions, type WatchReport } from '../support/client-watch'
import { startHttpService } from '../support/http-service'
import { writeSamplePackage, type SamplePackage } from '../support/sample-package'
import { serveFolder } from '../support/served-folder'
import { startWebApiSite, type WebApiSite } from '../support/web-api-site'
import { startWebServer } from '../support/web-server'

/** That the watch, on which all promises to clients rest, sees what is not whole, and nothing else. */

const OBJECT = '1.05/salesdemo.pbd/dw_customer_000.dwo.zip'

describe('nothing is reported of', () => {
  test('a switch that is made by renames, in order', async () => {
    await using site = await startSite()
    const seen = await watched(site, { atomic: true }, () => site.switchTo(site.two, 'b'))
    expect(seen).toMatchObject({ broken: [], longestGap: 0, gaps: {} })
    expect(seen.starts).toBeGreaterThan(5)
    expect(seen.sights.at(0)).toEqual({ at: 0, version: '1.05', webApiUrl: site.url('a'), build: 'one' })
    expect(seen.sights.at(-1)).toMatchObject({ version: '1.06', webApiUrl: site.url('b'), build: 'two' })
  })

  test('a replacement, during which files of both builds are in one folder', async () => {
    await using site = await startSite()
    const three = await site.build('three', '1.05')
    await cp(three.webApi, join(site.root, 'api_b'), { recursive: true })
    const seen = await watched({ ...site, two: three }, { atomic: true }, async () => {
      const changed = '1.05/salesdemo.pbd/u_customer_003.udo.zip'
      expect(await readFile(join(site.app, changed))).not.toEqual(await readFile(join(three.cloudApp, changed)))
      await site.put(changed, await readFile(join(three.cloudApp, changed)))
      await sleep(100)
      await site.switchTo(three, 'b')
    })
    expect(seen.broken).toEqual([])
    expect(seen.sights.at(-1)).toMatchObject({ version: '1.05', webApiUrl: site.url('b'), build: 'three' })
  })

  test('a client that reads one pointer before the switch and the other after it', async () => {
    await using site = await startSite()
    let isOver = true
    const web = await startHttpService(async (_, path) => {
      if (path.endsWith('deploylist.ini.zip') && !isOver) {
        isOver = true
        await site.switchTo(site.two, 'b')
      }
      return { status: 200, body: await readFile(join(site.root, path)) }
    })
    try {
      const seen = await watched({ ...site, appUrl: `${web.url}/app/` }, {}, () => {
        isOver = false
      })
      expect(seen).toMatchObject({ across: 1, broken: [] })
    } finally {
      await web.stop()
    }
  })

  test.each([
    ['UTF-8 with a byte order mark', 'utf8'],
    ['UTF-16', 'utf16le']
  ] as const)('pointers in %s', async (_, encoding) => {
    await using site = await startSite()
    for (const name of ['apprun.json', 'deploylist.ini.zip']) {
      for (const { cloudApp } of [site.one, site.two]) {
        const text = await readFile(join(cloudApp, name), 'utf8')
        await writeFile(join(cloudApp, name), Buffer.from(`\uFEFF${text}`, encoding))
      }
      await site.put(name, Buffer.from(`\uFEFF${await site.text(name)}`, encoding))
    }
    expect((await watched(site)).broken).toEqual([])
  })

  test('a name that is missing for a moment, but for the gap', async () => {
    await using site = await startSite()
    const seen = await watched(site, {}, () => site.missing('apprun.json', 100))
    expect(seen.broken).toEqual([])
    expect(Object.keys(seen.gaps)).toEqual(['apprun.json'])
    expect(seen.gaps['apprun.json']).toBeGreaterThan(10)
    expect(seen.longestGap).toBe(seen.gaps['apprun.json'])
  })

  test('a release that is taken back, where that is meant', async () => {
    await using site = await startSite()
    const seen = await watched(site, { atomic: true, rollback: true }, async () => {
      await site.switchTo(site.two, 'b')
      await sleep(100)
      await site.switchBack()
    })
    expect(seen.broken).toEqual([])
    expect(seen.sights.map(({ version }) => version)).toContain('1.06')
    expect(seen.sights.at(-1)).toMatchObject({ version: '1.05', webApiUrl: site.url('a'), build: 'one' })
  })
})

describe('it is reported', () => {
  test('that apprun.json is half written', async () => {
    await using site = await startSite()
    const bytes = await readFile(join(site.app, 'apprun.json'))
    const seen = await watched(site, {}, () => site.put('apprun.json', bytes.subarray(0, bytes.length / 2)))
    expectAll(seen, /^apprun\.json cannot be read: SyntaxError/)
  })

  test('that apprun.json is not that of a build', async () => {
    await using site = await startSite()
    const text = await site.text('apprun.json')
    const seen = await watched(site, {}, () => site.put('apprun.json', text.replace(/\n$/, '')))
    expectAll(seen, /^apprun\.json differs from that of each build/)
  })

  test.each([
    ['is cut off in a line', (text: string) => text.slice(0, -4), /has no end/],
    ['is cut off after a line', (text: string) => text.replace(/OfflineTime.*\n/, ''), /says of 1\.05 what no build/],
    ['has lost its version', (text: string) => text.replace(/\[1\.05\][^]*/, ''), /offers nothing and demands 1\.05/],
    ['demands what it lacks', (text: string) => text.replace('=1.05', '=1.06'), /offers 1\.05 and demands 1\.06/],
    ['has another head', (text: string) => text.replace('=1.05', '=1.04'), /has the head of no build/],
    ['offers no build', (text: string) => text.replaceAll('1.05', '1.07'), /has the head of no build/],
    ['offers more', (text: string) => `${text}[1.07]\nOnlineTime=2026-01-07 10:00:00\n`, /offers 1\.07, which is no/],
    ['is empty', () => '', /has no end/]
  ])('that the version list %s', async (_, edit, says) => {
    await using site = await startSite()
    const text = await site.text('deploylist.ini.zip')
    expectAll(await watched(site, {}, () => site.put('deploylist.ini.zip', edit(text))), says)
  })

  test.each([
    ['the entry page', 'index.html'],
    ['what it loads', 'js/cloudapplauncher-2.1.0.js'],
    ['an object', OBJECT]
  ])('that %s is half written', async (_, path) => {
    await using site = await startSite()
    const bytes = await readFile(join(site.app, path))
    const half = bytes.length >> 1
    const seen = await watched(site, {}, () => site.put(path, bytes.subarray(0, half)))
    expectAll(seen, new RegExp(`^${path} has ${half} bytes that are of no build`))
  })

  test('that a version folder misses an object', async () => {
    await using site = await startSite()
    const seen = await watched(site, { gapLimitMs: 50 }, () => rm(join(site.app, OBJECT)))
    expectAll(seen, new RegExp(`^${OBJECT} is missing for \\d+ ms`))
  })

  test('that a pointer is missing for too long', async () => {
    await using site = await startSite()
    const seen = await watched(site, { gapLimitMs: 50 }, () => site.missing('deploylist.ini.zip', 400))
    expectAll(seen, /^deploylist\.ini\.zip is missing for \d+ ms/)
    // For longer than any client has waited for it.
    expect(seen.gaps['deploylist.ini.zip']).toBeGreaterThan(200)
  })

  test('that a name is missing at all, where the server replaces in one act', async () => {
    await using site = await startSite()
    const seen = await watched(site, { atomic: true }, () => site.missing('apprun.json', 100))
    expectAll(seen, /^apprun\.json is missing$/)
    expect(seen.longestGap).toBeGreaterThan(0)
  })

  test('that Web APIs are down', async () => {
    await using site = await startSite()
    const seen = await watched(site, {}, () => {
      site.a.setHealth('unhealthy')
    })
    expectAll(seen, /api_a\/ answers 503/)
  })

  test('that nothing answers', async () => {
    await using site = await startSite()
    expectAll(await watched(site, {}, () => site.a.stop()), /api_a\/health-readiness does not answer: .*ECONNREFUSED/)
  })

  test('that Web APIs are of no build', async () => {
    await using site = await startSite()
    const seen = await watched(site, {}, () => writeFile(join(site.root, 'api_a/build.txt'), 'another'))
    expectAll(seen, /answers as "another", which is no build/)
  })

  test('that a new client meets old Web APIs, as when the version list goes first', async () => {
    await using site = await startSite()
    const seen = await watched(site, {}, async () => {
      await site.stage(site.two)
      await site.put('deploylist.ini.zip', await site.listOf(site.two))
    })
    expectAll(seen, /^a client of 1\.06 meets the Web APIs of one/)
    expect(seen.across).toBe(0)
  })

  test('that clients go back, where nothing is to be taken back', async () => {
    await using site = await startSite()
    const seen = await watched(site, {}, async () => {
      await site.switchTo(site.two, 'b')
      await sleep(100)
      await site.switchBack()
    })
    expect(seen.broken.at(-1)).toBe('clients went back from 1.06 to 1.05')
  })

  test('that Web APIs go back, where nothing is to be taken back', async () => {
    await using site = await startSite()
    const seen = await watched(site, {}, async () => {
      await site.put('apprun.json', await site.appRunOf(site.two, 'b'))
      await sleep(100)
      await site.put('apprun.json', await site.appRunOf(site.one, 'a'))
    })
    expectAll(seen, /^Web APIs went back from two to one/)
  })

  test('that a release is taken back in the wrong order', async () => {
    await using site = await startSite()
    await site.switchTo(site.two, 'b')
    const seen = await watched(site, { rollback: true }, async () => {
      await site.put('apprun.json', await site.appRunOf(site.one, 'a'))
      await sleep(100)
      await site.put('deploylist.ini.zip', await site.listOf(site.one))
    })
    expectAll(seen, /^a client of 1\.06 meets the Web APIs of one/)
  })
})

test('a watch ends with a client that started after everything else, and with one report', async () => {
  await using site = await startSite()
  await using watch = await watchClients(site.appUrl, [site.one, site.two])
  await site.switchTo(site.two, 'b')
  const report = await watch.stop()
  expect(report.broken).toEqual([])
  expect(report.sights.at(-1)).toMatchObject({ version: '1.06', webApiUrl: site.url('b') })
  expect(await watch.stop()).toBe(report)
})

/** What clients see while something happens, and for a moment after it. */
async function watched(
  { appUrl, one, two }: Pick<Site, 'appUrl' | 'one' | 'two'>,
  options: WatchOptions = {},
  happens: () => unknown = () => undefined
): Promise<WatchReport> {
  await using watch = await watchClients(appUrl, [one, two], options)
  await happens()
  // All objects have their turn in this time.
  await sleep(300)
  return await watch.stop()
}

/** There is something broken, and all that is broken is this. */
function expectAll({ broken }: WatchReport, says: RegExp): void {
  expect(broken.length).toBeGreaterThan(0)
  expect(broken.filter(line => !says.test(line))).toEqual([])
}

interface Site extends AsyncDisposable {
  readonly root: string
  readonly app: string
  readonly appUrl: string
  readonly one: SamplePackage
  readonly two: SamplePackage
  readonly a: WebApiSite
  url(side: Side): string
  build(name: string, version: string): Promise<SamplePackage>
  text(path: string): Promise<string>
  /** By a rename onto it, as the action does. */
  put(path: string, content: string | Buffer): Promise<void>
  /** Moves something away for some time. */
  missing(path: string, ms: number): Promise<void>
  appRunOf(build: SamplePackage, side: Side): Promise<string>
  listOf(build: SamplePackage): Promise<string>
  stage(build: SamplePackage): Promise<void>
  switchTo(build: SamplePackage, side: Side): Promise<void>
  /** To build one on side A. */
  switchBack(): Promise<void>
}

type Side = 'a' | 'b'

/** A folder with build one on side A and the Web APIs of build two on side B, and the servers for it. */
async function startSite(): Promise<Site> {
  const served = await serveFolder()
  const { root } = served
  const app = join(root, 'app')
  const build = (name: string, version: string): Promise<SamplePackage> =>
    writeSamplePackage(join(root, 'workshop', name), { version, build: name, objects: 8, dlls: 2 })
  const [one, two] = [await build('one', '1.05'), await build('two', '1.06')]
  await cp(one.cloudApp, app, { recursive: true })
  await cp(one.webApi, join(root, 'api_a'), { recursive: true })
  await cp(two.webApi, join(root, 'api_b'), { recursive: true })
  const [web, a, b] = [
    await startWebServer(root),
    await startWebApiSite(join(root, 'api_a')),
    await startWebApiSite(join(root, 'api_b'))
  ]
  const url = (side: Side): string => `${side === 'a' ? a.url : b.url}/api_${side}/`
  const put = async (path: string, content: string | Buffer): Promise<void> => {
    await writeFile(join(root, 'staged'), content)
    await rename(join(root, 'staged'), join(app, path))
  }
  const appRunOf = async ({ cloudApp }: SamplePackage, side: Side): Promise<string> => {
    const text = await readFile(join(cloudApp, 'apprun.json'), 'utf8')
    return text.replace(/"web_api": "[^"]*"/, `"web_api": "${url(side)}"`)
  }
  const listOf = ({ cloudApp }: SamplePackage): Promise<string> =>
    readFile(join(cloudApp, 'deploylist.ini.zip'), 'utf8')
  const stage = async ({ cloudApp, version }: SamplePackage): Promise<void> =>
    cp(join(cloudApp, version), join(app, version), { recursive: true })
  await put('apprun.json', await appRunOf(one, 'a'))
  return {
    root,
    app,
    appUrl: `${web.url}/app/`,
    one,
    two,
    a,
    url,
    build,
    text: path => readFile(join(app, path), 'utf8'),
    put,
    missing: async (path, ms) => {
      await rename(join(app, path), join(root, 'aside'))
      await sleep(ms)
      await rename(join(root, 'aside'), join(app, path))
    },
    appRunOf,
    listOf,
    stage,
    switchTo: async (next, side) => {
      const appRun = await appRunOf(next, side)
      const list = await listOf(next)
      const old = (await listOf(one)).replace(/^\[Public\]\n.*\n/, '')
      const isReplaced = next.version === one.version
      if (!isReplaced) await stage(next)
      await put('index.html', await readFile(join(next.cloudApp, 'index.html')))
      await put('apprun.json', appRun)
      await put('deploylist.ini.zip', isReplaced ? list : list.replace(/(?=\[\d)/, old))
    },
    switchBack: async () => {
      await put('deploylist.ini.zip', await listOf(one))
      await put('apprun.json', await appRunOf(one, 'a'))
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([web.stop(), a.stop(), b.stop()])
      await served.remove()
    }
  }
}
