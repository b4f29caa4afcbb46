import type { GateConditions } from '../../../src/github/conditions'
import type { GateFacts, PullOfCommit } from '../../../src/github/gate'
import type { Review } from '../../../src/github/reviews'
import type { Trigger } from '../../../src/github/trigger'

export const MERGE = '9'.repeat(40)
export const HEAD = 'c'.repeat(40)

/** A pull request that was merged into `main`, but for what a test says. */
export function pull(more: Partial<PullOfCommit> = {}): PullOfCommit {
  return {
    number: 12,
    title: 'Show the invoice',
    url: 'https://github.com/acme/shop/pull/12',
    isOpen: false,
    isMerged: true,
    mergeCommit: MERGE,
    mergedAt: '2026-03-02T10:00:00Z',
    author: 'alice',
    baseBranch: 'main',
    headSha: HEAD,
    isFork: false,
    labels: [],
    isCommitInBase: true,
    ...more
  }
}

export function openPull(more: Partial<PullOfCommit> = {}): PullOfCommit {
  const open = { isOpen: true, isMerged: false, mergeCommit: undefined, mergedAt: undefined, isCommitInBase: false }
  return pull({ ...open, ...more })
}

/** A push to `main` of what pull request #12 brought, but for what a test says. */
export function trigger(more: Partial<Trigger> = {}): Trigger {
  return {
    event: 'push',
    action: undefined,
    owner: 'acme',
    repo: 'shop',
    sha: MERGE,
    branch: 'main',
    defaultBranch: 'main',
    pullRequest: undefined,
    isFork: false,
    apiUrl: 'https://api.github.com',
    runId: '7001',
    runUrl: 'https://github.com/acme/shop/actions/runs/7001/attempts/1',
    ...more
  }
}

export function conditions(more: Partial<GateConditions> = {}): GateConditions {
  return { baseBranch: undefined, requiredLabels: [], requiredApprovals: 0, ...more }
}

export function facts(more: Partial<GateFacts> = {}): GateFacts {
  return { pullRequest: undefined, pullsOfCommit: [], defaultBranch: 'main', reviews: undefined, ...more }
}

let minute = 0

/** An approval of the head by a member, but for what a test says; each is later than the one before. */
export function review(more: Partial<Review> = {}): Review {
  const submittedAt = new Date(Date.UTC(2026, 2, 1) + minute++ * 60_000).toISOString()
  return { reviewer: 'bob', state: 'APPROVED', commit: HEAD, association: 'MEMBER', submittedAt, ...more }
}
