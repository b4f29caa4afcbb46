import { describe, expect, test } from '@jest/globals'
import { decide, subjectOf, type PullOfCommit } from '../../../src/github/gate'
import type { Trigger } from '../../../src/github/trigger'
import { conditions, facts, HEAD, MERGE, openPull, pull, review, trigger } from './samples'

const planActions = [
  'opened',
  'synchronize',
  'reopened',
  'edited',
  'labeled',
  'unlabeled',
  'ready_for_review',
  'converted_to_draft',
  'auto_merge_enabled'
]
const commitEvents = [
  'push',
  'workflow_dispatch',
  'repository_dispatch',
  'schedule',
  'release',
  'workflow_run',
  'deployment'
]

const onPull = (event: string, action: string) => trigger({ event, action, branch: undefined })

/** Every combination of the answers to some questions. */
function combinations<T extends Record<string, readonly unknown[]>>(questions: T): { [K in keyof T]: T[K][number] }[] {
  return Object.entries(questions).reduce<Record<string, unknown>[]>(
    (rows, [name, answers]) => rows.flatMap(row => answers.map(answer => ({ ...row, [name]: answer }))),
    [{}]
  ) as { [K in keyof T]: T[K][number] }[]
}

const yesNo = [true, false] as const
const reviewStates = ['enough', 'too-few', 'changes-requested'] as const
const reviewsOf = {
  enough: [review({ reviewer: 'bob' }), review({ reviewer: 'carol' })],
  'too-few': [review({ reviewer: 'bob' })],
  'changes-requested': [
    review({ reviewer: 'bob' }),
    review({ reviewer: 'carol' }),
    review({ reviewer: 'dave', state: 'CHANGES_REQUESTED' })
  ]
}
const demanding = conditions({ baseBranch: 'main', requiredLabels: ['Release'], requiredApprovals: 2 })
const verdicts = {
  enough: ['deploy', undefined],
  'too-few': ['fail', 'approvals-missing'],
  'changes-requested': ['fail', 'changes-requested']
} as const

describe('every combination: a pull request that was closed', () => {
  const rows = combinations({
    event: ['pull_request', 'pull_request_target'],
    isMerged: yesNo,
    isBase: yesNo,
    isLabelled: yesNo,
    reviews: reviewStates
  })

  test.each(rows)('%j', ({ event, isMerged, isBase, isLabelled, reviews }) => {
    const state = {
      baseBranch: isBase ? 'main' : 'develop',
      labels: isLabelled ? ['bug', 'release'] : ['bug'],
      isOpen: false
    }
    const pullRequest = isMerged ? pull(state) : openPull(state)
    const [action, reasonCode] = !isMerged
      ? ['skip', 'pull-request-not-merged']
      : !isBase
        ? ['skip', 'base-branch-differs']
        : !isLabelled
          ? ['skip', 'label-missing']
          : verdicts[reviews]
    const known = facts({ pullRequest, reviews: reviewsOf[reviews] })
    const decision = decide(onPull(event, 'closed'), known, demanding)
    expect(decision).toMatchObject({ action, reasonCode, pullRequest: { number: 12 } })
  })
})

describe('every combination: a pull request that is open', () => {
  const rows = combinations({
    event: ['pull_request', 'pull_request_target'],
    action: planActions,
    isBase: yesNo,
    isLabelled: yesNo,
    reviews: reviewStates
  })

  test.each(rows)('%j', ({ event, action, isBase, isLabelled, reviews }) => {
    const pullRequest = openPull({
      baseBranch: isBase ? 'main' : 'develop',
      labels: isLabelled ? ['RELEASE'] : []
    })
    const decision = decide(onPull(event, action), facts({ pullRequest, reviews: reviewsOf[reviews] }), demanding)
    if (!isBase) {
      expect(decision).toMatchObject({ action: 'skip', reasonCode: 'base-branch-differs' })
      return
    }
    expect(decision).toMatchObject({ action: 'plan', reasonCode: 'pull-request-open' })
    const text = 'text' in decision ? decision.text : ''
    expect(text.includes('the label "Release"')).toBe(!isLabelled)
    expect(text.includes('1 more approval')).toBe(reviews === 'too-few')
    expect(text.includes('a new review by dave, who requested changes')).toBe(reviews === 'changes-requested')
    expect(text.includes('still needs')).toBe(!isLabelled || reviews !== 'enough')
  })
})

describe('every combination: a commit', () => {
  const rows = combinations({
    event: commitEvents,
    place: ['main', 'develop', 'tag'],
    brought: ['by a merge', 'open', 'closed', 'by nothing'],
    isLabelled: yesNo,
    reviews: reviewStates
  })

  test.each(rows)('%j', ({ event, place, brought, isLabelled, reviews }) => {
    const branch = place === 'tag' ? undefined : place
    const state = { labels: isLabelled ? ['release'] : [] }
    const found = {
      'by a merge': [pull(state)],
      open: [openPull(state)],
      closed: [openPull({ ...state, isOpen: false })],
      'by nothing': []
    }[brought]
    const [action, reasonCode] =
      place === 'develop'
        ? ['skip', 'base-branch-differs']
        : brought !== 'by a merge'
          ? ['fail', 'commit-not-merged']
          : !isLabelled
            ? ['skip', 'label-missing']
            : verdicts[reviews]
    const known = facts({ pullsOfCommit: found ?? [], reviews: reviewsOf[reviews] })
    expect(decide(trigger({ event, branch }), known, demanding)).toMatchObject({ action, reasonCode })
  })
})

describe('the pull request that brought a commit', () => {
  type Row = [
    title: string,
    run: Partial<Trigger>,
    baseBranch: string | undefined,
    pulls: PullOfCommit[],
    number: number | undefined
  ]
  const rebased = { mergeCommit: '8'.repeat(40) }
  const later = { number: 13, mergedAt: '2026-03-03T10:00:00Z' }

  test.each<Row>([
    ['merge commit, squash, last of a rebase', {}, undefined, [pull()], 12],
    ['one of several rebased commits', {}, undefined, [pull(rebased)], 12],
    ['merged into another branch than that of the run', {}, undefined, [pull({ baseBranch: 'develop' })], undefined],
    [
      'the branch of a run that is not the default',
      { branch: 'develop' },
      undefined,
      [pull({ baseBranch: 'develop' })],
      12
    ],
    ['merged into the default, the run is elsewhere', { branch: 'develop' }, undefined, [pull()], undefined],
    ['a run on the branch of the pull request', { branch: 'invoice', sha: HEAD }, undefined, [pull()], undefined],
    [
      'a glob that the branch of the run matches',
      { branch: 'release/1' },
      'release/*',
      [pull({ baseBranch: 'release/1' })],
      12
    ],
    [
      'merged into another branch of that glob',
      { branch: 'release/1' },
      'release/*',
      [pull({ baseBranch: 'release/2' })],
      undefined
    ],
    ['a tag, merged into the default branch', { branch: undefined }, undefined, [pull()], 12],
    ['a tag, merged into another', { branch: undefined }, undefined, [pull({ baseBranch: 'develop' })], undefined],
    ['a tag on a base branch', { branch: undefined }, 'release/*', [pull({ baseBranch: 'release/1' })], 12],
    [
      'a tag on the branch of a squashed pull request',
      { branch: undefined, sha: HEAD },
      undefined,
      [pull({ isCommitInBase: false })],
      undefined
    ],
    ['an open one beside the merged one', {}, undefined, [openPull({ number: 9 }), pull()], 12],
    ['one into another branch beside it', {}, undefined, [pull({ number: 9, baseBranch: 'invoice' }), pull()], 12],
    [
      'the one that made the commit, of two',
      {},
      undefined,
      [pull({ ...rebased, number: 9, mergedAt: '2026-01-01T00:00:00Z' }), pull()],
      12
    ],
    ['the first to be merged, of two', {}, undefined, [pull({ ...rebased, ...later }), pull(rebased)], 12],
    [
      'a fork, whatever it calls its branch',
      { event: 'workflow_run', branch: undefined, isFork: true },
      undefined,
      [pull()],
      undefined
    ]
  ])('%s', (_, run, baseBranch, pullsOfCommit, number) => {
    const decision = decide(trigger(run), facts({ pullsOfCommit }), conditions({ baseBranch }))
    expect(decision).toMatchObject(
      number === undefined
        ? { action: 'fail', reasonCode: 'commit-not-merged' }
        : { action: 'deploy', pullRequest: { number } }
    )
  })

  test('into a branch that is not base-branch: a tag of it is none of this workflow', () => {
    const known = facts({ pullsOfCommit: [pull({ baseBranch: 'develop' })] })
    const decision = decide(trigger({ branch: undefined }), known, conditions({ baseBranch: 'main' }))
    expect(decision).toMatchObject({ action: 'skip', reasonCode: 'base-branch-differs', pullRequest: { number: 12 } })
  })
})

describe('what it says', () => {
  test('of a commit: what GitHub knows of it', () => {
    const said = (pullsOfCommit: PullOfCommit[], more: Partial<Trigger> = {}) => {
      const decision = decide(trigger(more), facts({ pullsOfCommit }), conditions())
      return 'message' in decision ? decision.message : ''
    }
    expect(said([])).toBe(
      'Commit 9999999 did not come into main by a merged pull request: GitHub knows of no pull request with this commit.'
    )
    expect(said([openPull(), pull({ number: 9, baseBranch: 'develop' })])).toContain(
      '#12 into main is open, #9 was merged into develop.'
    )
    expect(said([openPull({ isOpen: false })])).toContain('#12 into main is closed without a merge')
    expect(said([pull({ isCommitInBase: false })])).toContain('in other commits, by a squash or a rebase')
    expect(said([pull()], { isFork: true })).toContain('it is on a branch of a fork')
  })

  test('of reviews: how many count, and why others do not', () => {
    const reviews = [review(), review({ reviewer: 'alice' }), review({ reviewer: 'carol', commit: MERGE })]
    const known = facts({ pullRequest: pull(), reviews })
    expect(decide(onPull('pull_request', 'closed'), known, conditions({ requiredApprovals: 2 }))).toMatchObject({
      message:
        'Pull request #12 has 1 approval of its head ccccccc, and required-approvals is 2. Not counted: alice approved and is the author; carol approved 9999999, before the last commit came.'
    })
    const none = facts({ pullRequest: pull(), reviews: [] })
    expect(decide(onPull('pull_request', 'closed'), none, conditions({ requiredApprovals: 1 }))).toMatchObject({
      message: 'Pull request #12 has no approval of its head ccccccc, and required-approvals is 1.'
    })
  })

  test('of a plan without a token: that approvals cannot be counted', () => {
    const known = facts({ pullRequest: openPull() })
    expect(decide(onPull('pull_request', 'opened'), known, conditions({ requiredApprovals: 2 }))).toMatchObject({
      action: 'plan',
      text: 'Pull request #12 is open: this is a plan. For its merge to be published it still needs 2 approvals (without a token they cannot be counted).'
    })
  })

  test('of a label: which one is missing', () => {
    const known = facts({ pullRequest: pull({ labels: ['A'] }) })
    const asked = conditions({ requiredLabels: ['a', 'b', 'C'] })
    expect(decide(onPull('pull_request', 'closed'), known, asked)).toMatchObject({
      text: 'Pull request #12 does not have the label "b" and the label "C".'
    })
  })
})

test('reviews that nobody asked for do not count', () => {
  const known = facts({ pullRequest: pull(), reviews: reviewsOf['changes-requested'] })
  expect(decide(onPull('pull_request', 'closed'), known, conditions())).toMatchObject({ action: 'deploy' })
})

test('approvals that are asked for and were not read are missing', () => {
  const known = facts({ pullRequest: pull(), reviews: undefined })
  const decision = decide(onPull('pull_request', 'closed'), known, conditions({ requiredApprovals: 1 }))
  expect(decision).toMatchObject({ action: 'fail', reasonCode: 'approvals-missing' })
})

test.each(planActions)('%s of a pull request that was merged or closed since plans nothing', action => {
  for (const pullRequest of [pull(), openPull({ isOpen: false })]) {
    const decision = decide(onPull('pull_request', action), facts({ pullRequest }), conditions())
    expect(decision).toMatchObject({ action: 'skip', reasonCode: 'event-outdated' })
  }
})

test('closed, reopened and merged since: the API is newer than the event', () => {
  const decision = decide(onPull('pull_request', 'closed'), facts({ pullRequest: pull() }), conditions())
  expect(decision).toMatchObject({ action: 'deploy', pullRequest: { mergeCommit: MERGE } })
})

test('without base-branch a pull request into any branch deploys', () => {
  const known = facts({ pullRequest: pull({ baseBranch: 'anything' }) })
  expect(decide(onPull('pull_request', 'closed'), known, conditions())).toMatchObject({ action: 'deploy' })
})

test('the merge queue waits for the merge', () => {
  expect(decide(trigger({ event: 'merge_group' }), facts(), conditions())).toMatchObject({
    action: 'skip',
    reasonCode: 'pull-request-not-merged'
  })
})

test.each(['issue_comment', 'pull_request_review', 'issues', 'create', 'delete', 'check_run', 'watch', 'constructor'])(
  'the event %s is refused, even where its commit was merged',
  event => {
    const decision = decide(trigger({ event }), facts({ pullsOfCommit: [pull()], pullRequest: pull() }), conditions())
    expect(decision).toMatchObject({ action: 'fail', reasonCode: 'event-not-supported' })
  }
)

test('an event of a pull request without one is refused', () => {
  expect(subjectOf({ event: 'pull_request' })).toBe('pull-request')
  expect(decide(onPull('pull_request', 'opened'), facts(), conditions())).toMatchObject({ action: 'fail' })
})
