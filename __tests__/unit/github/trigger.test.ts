import { describe, expect, test } from '@jest/globals'
import { readTrigger } from '../../../src/github/trigger'
import { EVENT_COMMITS, EVENT_NAMES, eventEnvironment, type EventName } from '../../support/github-api/events'
import { deployErrorOf } from '../deploy-error'
import { temporaryFolder } from '../temporary-folder'

const { merge, head } = EVENT_COMMITS

describe('what a run is about', () => {
  const table: [EventName, { sha: string; branch?: string; action?: string; number?: number; isFork?: boolean }][] = [
    ['pull_request.opened', { sha: head, action: 'opened', number: 12 }],
    ['pull_request.synchronize', { sha: head, action: 'synchronize', number: 12 }],
    ['pull_request.labeled', { sha: head, action: 'labeled', number: 12 }],
    ['pull_request.merged', { sha: merge, action: 'closed', number: 12 }],
    ['pull_request.closed', { sha: head, action: 'closed', number: 12 }],
    ['pull_request.opened-from-fork', { sha: head, action: 'opened', number: 12, isFork: true }],
    ['pull_request.closed-fork-gone', { sha: head, action: 'closed', number: 12, isFork: true }],
    ['pull_request_target.opened-from-fork', { sha: head, action: 'opened', number: 12, isFork: true }],
    ['pull_request_target.merged', { sha: merge, action: 'closed', number: 12, isFork: true }],
    ['push.main', { sha: merge, branch: 'main' }],
    ['push.tag', { sha: merge }],
    ['workflow_dispatch.main', { sha: merge, branch: 'main' }],
    ['schedule', { sha: merge, branch: 'main' }],
    ['repository_dispatch', { sha: merge, branch: 'main', action: 'release-now' }],
    ['release.published', { sha: merge, action: 'published' }],
    ['workflow_run.main', { sha: merge, branch: 'main', action: 'completed' }],
    ['workflow_run.branch', { sha: head, branch: 'invoice', action: 'completed' }],
    ['workflow_run.from-fork', { sha: head, action: 'completed', isFork: true }],
    ['deployment', { sha: merge, branch: 'main', action: 'created' }],
    [
      'merge_group',
      {
        sha: EVENT_COMMITS.trial,
        branch: `gh-readonly-queue/main/pr-12-${EVENT_COMMITS.base}`,
        action: 'checks_requested'
      }
    ],
    ['issue_comment', { sha: merge, branch: 'main', action: 'created' }]
  ]

  test('is known for every event there is a payload of', () => {
    expect(table.map(([name]) => name).sort()).toEqual([...EVENT_NAMES].sort())
  })

  test.each(table)('%s', (name, { sha, branch, action, number, isFork = false }) => {
    const trigger = readTrigger(eventEnvironment(name, 'https://api.github.com/'))
    expect(trigger).toMatchObject({ sha, branch, action, isFork, owner: 'acme', repo: 'shop', runId: '7001' })
    expect(trigger.event).toBe(name.replace(/\..*/, ''))
    expect(trigger.pullRequest?.number).toBe(number)
    expect(trigger.apiUrl).toBe('https://api.github.com')
    expect(trigger.runUrl).toBe('https://github.com/acme/shop/actions/runs/7001/attempts/1')
  })
})

test('a pull request of a payload is taken as the API would give it', () => {
  expect(readTrigger(eventEnvironment('pull_request.merged')).pullRequest).toEqual({
    number: 12,
    title: 'Show the invoice',
    url: 'https://github.com/acme/shop/pull/12',
    isOpen: false,
    isMerged: true,
    mergeCommit: merge,
    mergedAt: '2026-03-02T10:00:00Z',
    author: 'alice',
    baseBranch: 'main',
    headSha: head,
    isFork: false,
    labels: ['release']
  })
  expect(readTrigger(eventEnvironment('pull_request.opened')).pullRequest).toMatchObject({
    isOpen: true,
    isMerged: false,
    mergeCommit: undefined,
    mergedAt: undefined
  })
})

test('a branch may have slashes in its name', () => {
  const environment = { ...eventEnvironment('push.main'), GITHUB_REF: 'refs/heads/release/1.x' }
  expect(readTrigger(environment).branch).toBe('release/1.x')
})

test('the default branch is known where the payload says it', () => {
  expect(readTrigger(eventEnvironment('push.tag')).defaultBranch).toBe('main')
  expect(readTrigger(eventEnvironment('schedule')).defaultBranch).toBeUndefined()
})

test('on GitHub Enterprise the addresses are its own, and missing ones are those of github.com', () => {
  const environment = eventEnvironment('push.main', 'https://git.example.com/api/v3')
  const { apiUrl, runUrl } = readTrigger({ ...environment, GITHUB_SERVER_URL: 'https://git.example.com' })
  expect(apiUrl).toBe('https://git.example.com/api/v3')
  expect(runUrl).toBe('https://git.example.com/acme/shop/actions/runs/7001/attempts/1')
  const bare = readTrigger({
    ...environment,
    GITHUB_SERVER_URL: undefined,
    GITHUB_API_URL: undefined,
    GITHUB_RUN_ATTEMPT: undefined
  })
  expect(bare.apiUrl).toBe('https://api.github.com')
  expect(bare.runUrl).toBe('https://github.com/acme/shop/actions/runs/7001/attempts/1')
})

test.each(['GITHUB_EVENT_NAME', 'GITHUB_EVENT_PATH', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ID', 'GITHUB_SHA'])(
  'without %s nothing is known, and it says so',
  async name => {
    const error = await deployErrorOf(() => readTrigger({ ...eventEnvironment('push.main'), [name]: '' }))
    expect(error.reasonCode).toBe('event-not-supported')
    expect(error.message).toContain(name)
  }
)

test.each([
  ['is missing', {}],
  ['is no JSON', { 'event.json': '{"action":' }]
])('a payload that %s is named with its path', async (_, files) => {
  await using folder = await temporaryFolder()
  await folder.write(files)
  const path = `${folder.path}/event.json`
  const error = await deployErrorOf(() => readTrigger({ ...eventEnvironment('push.main'), GITHUB_EVENT_PATH: path }))
  expect(error.reasonCode).toBe('event-not-supported')
  expect(error.message).toContain(path)
})
