import { describe, expect, test } from '@jest/globals'
import { DeployError } from '../../../src/errors'
import { GitHub } from '../../../src/github/client'
import { readDefaultBranch, readPullRequest, readReviews } from '../../../src/github/pull-requests'
import { WORKFLOW_TOKEN, type Trouble } from '../../support/github-api'
import { deployErrorOf } from '../deploy-error'
import { apiUnderTest } from './api'

const post = (github: GitHub, find: () => Promise<number | undefined>) =>
  github.add(
    { to: 'comment', permission: 'pull-requests: write' },
    async octokit =>
      (await octokit.rest.issues.createComment({ ...github.repository, issue_number: 12, body: 'text' })).data.id,
    find
  )

describe('a call that reads', () => {
  test('sends the token, and goes below the path that GitHub Enterprise has', async () => {
    await using under = await apiUnderTest('/api/v3')
    expect(await readDefaultBranch(under.github)).toBe('main')
    expect(under.api.requests).toMatchObject([{ path: '/api/v3/repos/acme/shop', token: WORKFLOW_TOKEN }])
  })

  test('gets all pages of a list', async () => {
    await using under = await apiUnderTest()
    under.api.repository.addPull({ number: 12 })
    for (let n = 0; n < 250; n++) under.api.repository.addReview(12, `reviewer-${n}`, 'APPROVED')
    const reviews = await readReviews(under.github, 12)
    expect(reviews).toHaveLength(250)
    expect(reviews.at(-1)?.reviewer).toBe('reviewer-249')
    expect(under.lines()).toEqual([
      'GET /pulls/12/reviews?per_page=100',
      'GET /pulls/12/reviews?per_page=100&page=2',
      'GET /pulls/12/reviews?per_page=100&page=3'
    ])
  })

  const passing: [string, Trouble, number, number][] = [
    ['500', { kind: 'server-error', status: 500 }, 750, 1250],
    ['502', { kind: 'server-error', status: 502 }, 750, 1250],
    ['503', { kind: 'server-error', status: 503 }, 750, 1250],
    ['504', { kind: 'server-error', status: 504 }, 750, 1250],
    ['a connection that breaks', { kind: 'connection-lost' }, 750, 1250],
    ['an answer that breaks off', { kind: 'answer-cut' }, 750, 1250],
    ['a secondary limit', { kind: 'secondary-rate-limit', retryAfter: 7 }, 7000, 7000],
    ['a secondary limit as 429', { kind: 'secondary-rate-limit', retryAfter: 7, status: 429 }, 7000, 7000],
    ['a secondary limit that says no time', { kind: 'secondary-rate-limit' }, 60_000, 60_000],
    ['429 that says no time', { kind: 'secondary-rate-limit', status: 429 }, 60_000, 60_000],
    ['retry-after of nothing', { kind: 'secondary-rate-limit', retryAfter: 0 }, 1000, 1000],
    ['the limit of an hour that ends soon', { kind: 'rate-limit', resetIn: 30 }, 28_000, 30_000]
  ]

  test.each(passing)('is made again after %s', async (_, trouble, least, most) => {
    await using under = await apiUnderTest()
    under.api.repository.addPull({ number: 12 })
    under.api.next(1, trouble)
    expect((await readPullRequest(under.github, 12)).number).toBe(12)
    expect(under.waits).toHaveLength(1)
    expect(under.waits[0]).toBeGreaterThanOrEqual(least)
    expect(under.waits[0]).toBeLessThanOrEqual(most)
    expect(under.api.requests).toHaveLength(2)
    expect(under.said).toHaveLength(1)
    expect(under.said[0]).toContain('1 of 3')
  })

  test('is made again after it took too long', async () => {
    await using under = await apiUnderTest()
    under.api.next(1, { kind: 'slow', milliseconds: 2000 })
    const github = under.client(WORKFLOW_TOKEN, { timeoutMs: 100 })
    expect(await readDefaultBranch(github)).toBe('main')
    expect(under.waits).toHaveLength(1)
  })

  test('is made again from the page that failed', async () => {
    await using under = await apiUnderTest()
    under.api.repository.addPull({ number: 12 })
    for (let n = 0; n < 150; n++) under.api.repository.addReview(12, `reviewer-${n}`, 'APPROVED')
    under.api.next(1, { kind: 'server-error', status: 502 }, /page=2/)
    expect(await readReviews(under.github, 12)).toHaveLength(150)
    expect(under.api.requests).toHaveLength(3)
  })

  test('waits longer each time, and fails after three more tries', async () => {
    await using under = await apiUnderTest()
    under.api.next(4, { kind: 'server-error', status: 503 })
    const error = await deployErrorOf(() => readDefaultBranch(under.github))
    expect(error.reasonCode).toBe('github-unreachable')
    expect(error.message).toContain('503')
    expect(under.api.requests).toHaveLength(4)
    expect(under.waits.map(wait => 2 ** Math.round(Math.log2(wait / 1000)))).toEqual([1, 2, 4])
  })

  test('does not wait for a limit that lasts longer than a minute, and says how long', async () => {
    await using under = await apiUnderTest()
    under.api.next(1, { kind: 'secondary-rate-limit', retryAfter: 61 })
    const error = await deployErrorOf(() => readDefaultBranch(under.github))
    expect(error.reasonCode).toBe('github-unreachable')
    expect(error.message).toContain('wait 61 s')
    under.api.next(1, { kind: 'rate-limit', resetIn: 1800 })
    expect((await deployErrorOf(() => readDefaultBranch(under.github))).message).toMatch(/wait (1800|1799) s/)
    expect(under.api.requests).toHaveLength(2)
    expect(under.waits).toEqual([])
  })

  test('says that nobody answers', async () => {
    await using under = await apiUnderTest()
    await under.api.stop()
    const error = await deployErrorOf(() => readDefaultBranch(under.github))
    expect(error.reasonCode).toBe('github-unreachable')
    expect(error.message).toContain('ECONNREFUSED')
    expect(under.waits).toHaveLength(3)
  })

  test('says that the answer took too long', async () => {
    await using under = await apiUnderTest()
    under.api.next(4, { kind: 'slow', milliseconds: 2000 })
    const error = await deployErrorOf(() => readDefaultBranch(under.client(WORKFLOW_TOKEN, { timeoutMs: 30 })))
    expect(error.message).toBe('GitHub could not be asked to read the repository: it did not answer in time.')
  })
})

describe('a refusal', () => {
  test('for want of a permission names it, as a workflow writes it, and what GitHub asks for', async () => {
    await using under = await apiUnderTest()
    under.api.repository.addPull({ number: 12 })
    under.api.tokens.set('ghs_poor', { login: 'github-actions[bot]', type: 'Bot', permissions: { contents: 'read' } })
    const error = await deployErrorOf(() => readPullRequest(under.client('ghs_poor'), 12))
    expect(error.reasonCode).toBe('github-permission-missing')
    expect(error.message).toBe(
      'The token may not read pull request #12 (403, Resource not accessible by integration). GitHub asks for the permissions pull_requests=read.'
    )
    expect(error.advice).toContain('"pull-requests: read"')
    expect(under.api.requests).toHaveLength(1)
  })

  test('of a token that GitHub does not know says so, and does not show it', async () => {
    await using under = await apiUnderTest()
    const error = await deployErrorOf(() => readDefaultBranch(under.client('ghs_expired')))
    expect(error.reasonCode).toBe('github-permission-missing')
    expect(error.message).toContain('401, Bad credentials')
    expect(error.advice).toContain('expired')
    expect(`${error.message} ${error.advice} ${JSON.stringify(error.cause)}`).not.toContain('ghs_expired')
  })

  test('that hides what is there counts as a missing permission', async () => {
    await using under = await apiUnderTest()
    const error = await deployErrorOf(() => readPullRequest(under.github, 99))
    expect(error.reasonCode).toBe('github-permission-missing')
    expect(error.message).toContain('404, Not Found')
  })

  test('for another reason gives that', async () => {
    await using under = await apiUnderTest()
    under.api.repository.addPull({ number: 12 })
    const purpose = { to: 'comment', permission: 'pull-requests: write' }
    const body = 'x'.repeat(65_537)
    const error = await deployErrorOf(() =>
      under.github.call(purpose, octokit =>
        octokit.rest.issues.createComment({ ...under.github.repository, issue_number: 12, body })
      )
    )
    expect(error.reasonCode).toBe('github-refused')
    expect(error.message).toContain('Body is too long')
  })
})

describe('a call that adds', () => {
  const lost: [string, Trouble][] = [
    ['the answer was lost', { kind: 'answer-lost' }],
    ['the answer was 502', { kind: 'answer-502' }],
    ['the answer broke off', { kind: 'answer-cut' }]
  ]

  test.each(lost)('is not made twice when %s', async (_, trouble) => {
    await using under = await apiUnderTest()
    const { repository } = under.api
    repository.addPull({ number: 12 })
    under.api.next(1, trouble, /^POST/)
    const id = await post(under.github, () => Promise.resolve(repository.comments[0]?.id))
    expect(repository.comments).toMatchObject([{ id, body: 'text' }])
    expect(under.lines()).toEqual(['POST /issues/12/comments'])
  })

  const refused: [string, Trouble][] = [
    ['the connection broke before', { kind: 'connection-lost' }],
    ['GitHub failed before', { kind: 'server-error', status: 500 }],
    ['a limit refused it', { kind: 'secondary-rate-limit', retryAfter: 2 }]
  ]

  test.each(refused)('is made again when %s', async (_, trouble) => {
    await using under = await apiUnderTest()
    const { repository } = under.api
    repository.addPull({ number: 12 })
    under.api.next(2, trouble, /^POST/)
    await post(under.github, () => Promise.resolve(repository.comments[0]?.id))
    expect(repository.comments).toHaveLength(1)
    expect(under.lines()).toEqual(Array(3).fill('POST /issues/12/comments'))
    expect(under.waits).toHaveLength(2)
  })

  test('looks no more when it is refused for good', async () => {
    await using under = await apiUnderTest()
    const error = await deployErrorOf(() => post(under.github, () => Promise.reject(new Error('not to be asked'))))
    expect(error.reasonCode).toBe('github-permission-missing')
    expect(under.api.requests).toHaveLength(1)
  })

  test('fails after three more tries', async () => {
    await using under = await apiUnderTest()
    under.api.next(9, { kind: 'connection-lost' })
    const error = await deployErrorOf(() => post(under.github, () => Promise.resolve(undefined)))
    expect(error.reasonCode).toBe('github-unreachable')
    expect(under.api.requests).toHaveLength(4)
  })
})

describe('a cancelled run', () => {
  const reason = new DeployError('cancelled', 'The job was cancelled.', 'Run it again.')

  test('ends a call that is under way', async () => {
    await using under = await apiUnderTest()
    under.api.next(1, { kind: 'slow', milliseconds: 5000 })
    const controller = new AbortController()
    const github = under.client(WORKFLOW_TOKEN, { signal: controller.signal })
    const started = Date.now()
    setTimeout(() => {
      controller.abort(reason)
    }, 50)
    expect(await deployErrorOf(() => readDefaultBranch(github))).toBe(reason)
    expect(Date.now() - started).toBeLessThan(2000)
    expect(under.waits).toEqual([])
  })

  test('ends the wait before another try', async () => {
    await using under = await apiUnderTest()
    under.api.next(1, { kind: 'secondary-rate-limit', retryAfter: 50 })
    const controller = new AbortController()
    const say = () => {
      setTimeout(() => {
        controller.abort(reason)
      }, 20)
    }
    const trigger = { apiUrl: under.api.url, owner: 'acme', repo: 'shop' }
    const github = new GitHub(WORKFLOW_TOKEN, trigger, { signal: controller.signal, say })
    const started = Date.now()
    expect(await deployErrorOf(() => readDefaultBranch(github))).toBe(reason)
    expect(Date.now() - started).toBeLessThan(2000)
  })

  test('makes no call that is not made yet', async () => {
    await using under = await apiUnderTest()
    const github = under.client(WORKFLOW_TOKEN, { signal: AbortSignal.abort(reason) })
    expect(await deployErrorOf(() => readDefaultBranch(github))).toBe(reason)
    expect(await deployErrorOf(() => post(github, () => Promise.resolve(1)))).toBe(reason)
    expect(under.api.requests).toEqual([])
  })
})

test.each(['', 'ghs_1 2', 'ghs_1\n', 'ghs_ü'])('the token %j is refused before it gets into a header', async token => {
  await using under = await apiUnderTest()
  const error = await deployErrorOf(() => under.client(token))
  expect(error.reasonCode).toBe('github-permission-missing')
  expect(token !== '' && error.message.includes(token)).toBe(false)
})
