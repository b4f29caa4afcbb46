// npm run demo: three releases on this machine, while clients keep starting.
import { relative } from 'node:path'
import { startHosting, type Hosting } from '../__tests__/support/hosting'
import { startSftpServer } from '../__tests__/support/sftp-server'
import type { SamplePackage } from '../__tests__/support/sample-package'
import { release, releaseUnderWatch, success, type Act, type ActResult, type Stage } from './act'
import { atDistance } from './distance'
import { catchInterruption } from './interruption'
import { essentialsOf, writeJobSummary } from './job-summary'
import { columns, print, printHeading, printItem } from './screen'
import { startUserAtWork } from './user-at-work'
import { printClaims, printVerdict, type Claim } from './verdict'

const SUMMARY = '.hot-deploy/demo-summary.md'
const OBJECTS = 240
const ONE_WAY_MS = 8

interface Builds {
  readonly one: SamplePackage
  readonly two: SamplePackage
  readonly three: SamplePackage
}

async function demo(signal: AbortSignal): Promise<number> {
  const began = performance.now()
  const now = (): number => performance.now() - began
  await using hosting = await startHosting(await atDistance(await startSftpServer(), ONE_WAY_MS), {
    api: { coldStartMs: 300 }
  })
  signal.throwIfAborted()
  const builds = await writeBuilds(hosting)
  const { appUrl, a, b } = hosting
  const sideOf = (url: string): string => (url === a.apiUrl ? 'A' : url === b.apiUrl ? 'B' : url)
  const stage: Stage = { appUrl, sideOf, signal, now }
  introduce(hosting, builds)

  const results: ActResult[] = []
  for (const act of [firstRelease, versioning, replacement]) {
    const result = await act(stage, hosting, builds)
    printClaims(result.claims, 2)
    results.push(result)
    // The next release would only fail for the same reason.
    if (result.run.exitCode !== 0) break
  }
  await showSummaries(results)
  return printVerdict(
    results.flatMap(({ claims }) => claims),
    now() / 1000
  )
}

async function writeBuilds(hosting: Hosting): Promise<Builds> {
  return {
    one: await hosting.build('build-1', { objects: OBJECTS, version: '1.05', build: 'build 1' }),
    two: await hosting.build('build-2', { objects: OBJECTS, version: '1.06', build: 'build 2' }),
    three: await hosting.build('build-3', { objects: OBJECTS, version: '1.06', build: 'build 3' })
  }
}

function introduce({ server, appUrl, a, b }: Hosting, { one }: Builds): void {
  print('powerserver-hot-deploy: releases without downtime, on this machine', 0, 'cyan')
  print()
  const rows = [
    ['Site', `sftp://${server.host}:${server.port}`, `an SFTP server, ${2 * ONE_WAY_MS} ms away (there and back)`],
    ['Cloud app', appUrl, "a web server on the site's root"],
    ['Web API A', a.apiUrl, 'simulated: it answers health checks and'],
    ['Web API B', b.apiUrl, 'tells which build runs, as IIS would'],
    ['Packages', 'build 1 (1.05), 2 and 3 (1.06)', `${one.files} files, ${(one.bytes / 1e6).toFixed(1)} MB each`]
  ]
  for (const row of columns(rows)) print(row, 2)
  print()
  print('The action is dist/index.js, started as a GitHub runner starts it. Its log is indented.', 2)
}

async function firstRelease(stage: Stage, hosting: Hosting, { one }: Builds): Promise<ActResult> {
  printHeading('1  The first release: 1.05, to Web API A')
  print(
    'The site is empty. The log calls the Web APIs that it publishes "Web API B", wherever they go. ' +
      'It warns of the loopback address; here that is meant.',
    2
  )
  print()
  const act: Act = { name: 'Release 1', inputs: hosting.inputs(one, 'a'), build: one }
  const { run } = await release(stage, act)
  print()
  return { run, claims: [success(act, run)] }
}

async function versioning(stage: Stage, hosting: Hosting, { one, two }: Builds): Promise<ActResult> {
  printHeading('2  The next release: 1.06, to Web API B (strategy: versioning)')
  print(
    'Clients start all the time, three at once. Each reads index.html, apprun.json, the version list and ' +
      'objects of that version, and asks the Web APIs that apprun.json names. ' +
      'One user started 1.05 before and works on with Web API A.',
    2
  )
  print()
  const user = startUserAtWork(hosting.a.apiUrl, 'build 1')
  try {
    const inputs = hosting.inputs(two, 'b')
    const journey = ['A/1.05', 'B/1.06'] as const
    const result = await releaseUnderWatch(stage, { name: 'Release 2', inputs, build: two, from: one, journey })
    const { answers, broken } = await user.stop()
    const claim: Claim = {
      text: `Release 2: the user at work on 1.05 got all ${answers} answers from build 1 on Web API A`,
      holds: answers > 0 && broken.length === 0,
      instead: broken
    }
    return { ...result, claims: [...result.claims, claim] }
  } finally {
    await user.stop()
  }
}

async function replacement(stage: Stage, hosting: Hosting, { two, three }: Builds): Promise<ActResult> {
  printHeading('3  A correction: 1.06 again, back to Web API A (strategy: replacement)')
  print(
    'The last user of Web API A has left, so it is free. The version stays; its files change. ' +
      'They wait beside the old ones under temporary names, and the switch renames them.',
    2
  )
  print()
  const inputs = hosting.inputs(three, 'a', { strategy: 'replacement' })
  const journey = ['B/1.06', 'A/1.06'] as const
  return releaseUnderWatch(stage, { name: 'Release 3', inputs, build: three, from: two, journey })
}

async function showSummaries(results: readonly ActResult[]): Promise<void> {
  await writeJobSummary(
    SUMMARY,
    results.map(({ run }) => run.summary)
  )
  printHeading('The job summary, as GitHub shows it at the run')
  print(`${relative('.', SUMMARY)} has it all. The gist:`, 2)
  for (const { run } of results) {
    print()
    for (const line of essentialsOf(run.summary)) printItem(line, 4)
  }
}

async function main(): Promise<void> {
  using interruption = catchInterruption()
  try {
    process.exitCode = await demo(interruption.signal)
  } catch (error) {
    if (interruption.signal.aborted) {
      print('Interrupted; everything is cleared away.', 0, 'yellow')
      process.exitCode = 130
      return
    }
    throw error
  }
}

void main()
