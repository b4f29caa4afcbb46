import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Run } from '../../scripts/as-runner.mjs'
import { buildFileText, inDays, secretsOf, type BuildFileChanges, type BuildFileName } from '../support/build-files'
import { expectSuccess } from '../support/expect-success'
import { EVENT_COMMITS } from '../support/github-api/events'
import { startGitHubHosting, type GitHubHosting } from '../support/github-hosting'
import { loginInputs } from '../support/hosting'

jest.setTimeout(60_000)

/** A pull request of a fork has no secrets: the build is held against its build file all the same, and no site is asked. */
let github: GitHubHosting

beforeAll(async () => {
  github = await startGitHubHosting()
  github.api.repository.addPull({ number: 12, headSha: EVENT_COMMITS.head, headRepository: 'mallory/shop' })
})

afterAll(async () => {
  await github[Symbol.asyncDispose]()
})

const fitting: BuildFileChanges = {
  version: '1.06',
  minimum: '1.06',
  available: inDays(-30),
  expiration: inDays(3650),
  download: 0,
  appRun: true
}

async function plan(
  name: BuildFileName,
  changes: BuildFileChanges = {},
  inputs: Record<string, string> = {}
): Promise<Run> {
  const { hosting } = github
  const path = join(hosting.workshop, name)
  await writeFile(path, buildFileText(name, { ...fitting, ...changes }))
  const secrets = [...Object.keys(loginInputs(hosting.server)), 'web-api-url'].map(input => [input, ''])
  const asked = (await hosting.server.commands()).length
  const run = await github.runOn('pull_request.opened-from-fork', {
    ...(Object.fromEntries(secrets) as Record<string, string>),
    'build-file': path,
    ...inputs
  })
  expect((await hosting.server.commands()).slice(asked)).toEqual([])
  return run
}

test.each(['2022R2.json', '2025R2.json', '2022R3.srj'] as const)('plans a build that fits %s', async name => {
  const run = await plan(name)
  expectSuccess(run)
  expect(run.outputs).toMatchObject({ status: 'planned', 'reason-code': 'pull-request-open', version: '1.06' })
  expect(run.log).toContain('Build file: version 1.06, minimum 1.06')
  expect(run.log).toContain('this is a plan of the build alone')
  expect(run.summary).toContain('build alone')
  expect(run.log).not.toContain('::warning::')
  // What stands in the file, a stranger may read in this log.
  const planted = secretsOf(buildFileText(name), []).filter(text => text.startsWith('Planted'))
  expect(planted.length).toBeGreaterThan(5)
  expect(planted.filter(text => `${run.log}${run.summary}${JSON.stringify(run.outputs)}`.includes(text))).toEqual([])
})

test.each<[string, string, BuildFileChanges, Record<string, string>]>([
  ['of another version', 'build-file-mismatch', { version: '1.07' }, {}],
  ['with another minimum', 'build-file-mismatch', { minimum: '1.01' }, {}],
  ['that has expired', 'version-expired', { expiration: '2020-01-01 00:00:00' }, {}],
  ['that is to come', 'version-not-available', { available: '2999-01-01 00:00:00' }, {}],
  ['that a replacement cannot do with', 'download-option-wrong', {}, { strategy: 'replacement' }],
  ['that is not there', 'build-not-found', {}, { 'build-file': 'nowhere.json' }]
])('refuses a build with a file %s', async (_, reasonCode, changes, inputs) => {
  const run = await plan('2025.json', changes, inputs)
  expect(run.exitCode).toBe(1)
  expect(run.outputs).toMatchObject({ status: 'failed', 'reason-code': reasonCode })
  expect(run.log).toContain('::error')
})

test('plans a build whose Web API URL is built in, and holds it against one that is known', async () => {
  const old = await github.hosting.build('old', { version: '1.06', without: ['apprun'] })
  const changes = { url: 'https://b.example.com/api_b/' }
  const given = { package: old.root }
  const unknown = await plan('2022.json', changes, given)
  expectSuccess(unknown)
  expect(unknown.log).toContain('The Web API URL is built into the app')
  const same = await plan('2022.json', changes, { ...given, 'web-api-url': 'https://b.example.com/api_b' })
  expectSuccess(same)
  const other = await plan('2022.json', changes, { ...given, 'web-api-url': 'https://b.example.com/api_a/' })
  expect(other.outputs).toMatchObject({ status: 'failed', 'reason-code': 'web-api-url-built-in' })
})
