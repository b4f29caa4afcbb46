import { describe, expect, test } from '@jest/globals'
import type { GateConditions } from '../../../src/github/conditions'
import { passGate } from '../../../src/github/pass-gate'
import { readTrigger } from '../../../src/github/trigger'
import { EVENT_COMMITS, eventEnvironment, type EventName } from '../../support/github-api/events'
import { deployErrorOf } from '../deploy-error'
import { apiUnderTest } from './api'
import { conditions } from './samples'

const { merge, head } = EVENT_COMMITS
const none = conditions()

/** A repository in which pull request #12 was merged, or is open. */
async function world(state: 'merged' | 'open' | 'closed' | 'none') {
  const under = await apiUnderTest()
  const { repository } = under.api
  if (state === 'merged') repository.addPull({ number: 12, headSha: head, mergedAs: merge, labels: ['release'] })
  else if (state !== 'none') repository.addPull({ number: 12, headSha: head, state, labels: ['release'] })
  const said: string[] = []
  const pass = (event: EventName, asked: GateConditions = none, environment: NodeJS.ProcessEnv = {}) =>
    passGate(readTrigger({ ...eventEnvironment(event, under.api.url), ...environment }), asked, under.github, text =>
      said.push(text)
    )
  return { ...under, repository, said, pass }
}

describe('every event, with what the API says', () => {
  test.each<[EventName, 'merged' | 'open' | 'closed', string]>([
    ['pull_request.opened', 'open', 'plan'],
    ['pull_request.opened-from-fork', 'open', 'plan'],
    ['pull_request.synchronize', 'open', 'plan'],
    ['pull_request.labeled', 'open', 'plan'],
    ['pull_request.labeled', 'merged', 'skip'],
    ['pull_request.merged', 'merged', 'deploy'],
    ['pull_request.closed', 'closed', 'skip'],
    ['pull_request.closed', 'open', 'skip'],
    ['pull_request.closed', 'merged', 'deploy'],
    ['pull_request.closed-fork-gone', 'closed', 'skip'],
    ['pull_request_target.opened-from-fork', 'open', 'plan'],
    ['pull_request_target.merged', 'merged', 'deploy'],
    ['push.main', 'merged', 'deploy'],
    ['push.tag', 'merged', 'deploy'],
    ['workflow_dispatch.main', 'merged', 'deploy'],
    ['schedule', 'merged', 'deploy'],
    ['repository_dispatch', 'merged', 'deploy'],
    ['release.published', 'merged', 'deploy'],
    ['workflow_run.main', 'merged', 'deploy'],
    ['deployment', 'merged', 'deploy'],
    ['merge_group', 'open', 'skip']
  ])('%s of one that is %s: %s', async (event, state, action) => {
    await using under = await world(state)
    expect(await under.pass(event)).toMatchObject({ action })
  })

  test.each<[EventName, 'merged' | 'open' | 'none', string]>([
    ['push.main', 'none', 'commit-not-merged'],
    ['push.main', 'open', 'commit-not-merged'],
    ['workflow_run.branch', 'open', 'commit-not-merged'],
    ['workflow_run.branch', 'merged', 'commit-not-merged'],
    ['workflow_run.from-fork', 'open', 'commit-not-merged'],
    ['workflow_run.from-fork', 'merged', 'commit-not-merged'],
    ['issue_comment', 'merged', 'event-not-supported']
  ])('%s of one that is %s fails: %s', async (event, state, reasonCode) => {
    await using under = await world(state)
    const error = await deployErrorOf(() => under.pass(event))
    expect(error.reasonCode).toBe(reasonCode)
    expect(error.advice).not.toBe('')
  })
})

test('the API is newer than the payload: labels, base branch and head', async () => {
  await using under = await world('open')
  const pull = under.repository.pulls.get(12)
  if (pull) pull.labels = []
  const passage = await under.pass('pull_request.labeled', conditions({ requiredLabels: ['release'] }))
  expect(passage.action).toBe('plan')
  expect(passage.text).toContain('the label "release"')
})

describe('reviews', () => {
  test('are all read, and said', async () => {
    await using under = await world('merged')
    for (let n = 0; n < 100; n++) under.repository.addReview(12, `visitor-${n}`, 'COMMENTED')
    under.repository.addReview(12, 'bob', 'APPROVED')
    under.repository.addReview(12, null, 'APPROVED')
    expect(await under.pass('push.main', conditions({ requiredApprovals: 1 }))).toMatchObject({ action: 'deploy' })
    expect(under.said).toContain(`Commit ${merge.slice(0, 7)}: pull request #12 into main, merged`)
    expect(under.said).toContain(`Review: bob, APPROVED, of ${head.slice(0, 7)}`)
    expect(under.said).toContain(`Review: an account that is gone, APPROVED, of ${head.slice(0, 7)}`)
  })

  test('are not read when none are asked for', async () => {
    await using under = await world('merged')
    await under.pass('pull_request.merged')
    expect(under.lines()).toEqual(['GET /pulls/12'])
  })

  test('of an earlier commit do not count for the merge', async () => {
    await using under = await world('merged')
    under.repository.addReview(12, 'bob', 'APPROVED', { commit_id: '1234567'.repeat(5) })
    const error = await deployErrorOf(() => under.pass('pull_request.merged', conditions({ requiredApprovals: 1 })))
    expect(error.reasonCode).toBe('approvals-missing')
    expect(error.message).toContain('bob approved 1234567')
  })
})

describe('a tag', () => {
  test('on the branch of a squashed pull request is not on the base branch', async () => {
    await using under = await world('merged')
    const error = await deployErrorOf(() => under.pass('push.tag', none, { GITHUB_SHA: head }))
    expect(error.message).toContain('#12 was merged into main in other commits, by a squash or a rebase')
    expect(under.lines()).toContain(`GET /compare/main...${head}?per_page=1`)
  })

  test('on a commit that a merge commit brought is', async () => {
    await using under = await world('merged')
    under.repository.branches.get('main')?.add(head)
    expect(await under.pass('push.tag', none, { GITHUB_SHA: head })).toMatchObject({ action: 'deploy' })
  })

  test('of a base branch that is gone is not', async () => {
    await using under = await world('merged')
    under.repository.branches.clear()
    const error = await deployErrorOf(() => under.pass('push.tag', none, { GITHUB_SHA: head }))
    expect(error.reasonCode).toBe('commit-not-merged')
  })

  test('needs the default branch, which the API knows when the payload does not', async () => {
    await using under = await world('merged')
    expect(await under.pass('schedule', none, { GITHUB_REF: 'refs/tags/v1' })).toMatchObject({ action: 'deploy' })
    expect(under.lines()[0]).toBe('GET ')
  })
})

test('a commit that a force push took away came by nothing', async () => {
  await using under = await world('merged')
  const error = await deployErrorOf(() => under.pass('push.main', none, { GITHUB_SHA: '0'.repeat(40) }))
  expect(error.reasonCode).toBe('commit-not-merged')
})

test('a branch that base-branch does not match needs no call', async () => {
  await using under = await world('none')
  const passage = await under.pass('push.main', conditions({ baseBranch: 'release/*' }))
  expect(passage).toMatchObject({ action: 'skip', reasonCode: 'base-branch-differs' })
  expect(under.api.requests).toEqual([])
})

test('a token without the permission is told which one to add', async () => {
  await using under = await world('merged')
  under.api.tokens.set('ghs_poor', { login: 'github-actions[bot]', type: 'Bot', permissions: { contents: 'read' } })
  const trigger = readTrigger(eventEnvironment('push.main', under.api.url))
  const error = await deployErrorOf(() => passGate(trigger, none, under.client('ghs_poor'), () => undefined))
  expect(error.reasonCode).toBe('github-permission-missing')
  expect(error.advice).toContain('"pull-requests: read"')
})

describe('without a token', () => {
  const pass = (event: EventName, asked: GateConditions = none) =>
    passGate(readTrigger(eventEnvironment(event)), asked, undefined, () => undefined)
  const asked = conditions({ requiredApprovals: 1 })

  test('the payload has to do for a pull request', async () => {
    expect(await pass('pull_request.opened', asked)).toMatchObject({ action: 'plan' })
    expect(await pass('pull_request.opened-from-fork')).toMatchObject({ action: 'plan', pullRequest: { isFork: true } })
    expect(await pass('pull_request.closed', asked)).toMatchObject({ action: 'skip' })
    expect(await pass('pull_request.merged')).toMatchObject({ action: 'deploy', pullRequest: { mergeCommit: merge } })
  })

  test.each<[EventName, GateConditions]>([
    ['push.main', none],
    ['release.published', none],
    ['pull_request.merged', asked]
  ])('%s cannot be judged', async (event, wanted) => {
    const error = await deployErrorOf(() => pass(event, wanted))
    expect(error.reasonCode).toBe('github-permission-missing')
    expect(error.advice).toContain('github-token')
  })
})
