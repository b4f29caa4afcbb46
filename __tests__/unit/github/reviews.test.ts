import { describe, expect, test } from '@jest/globals'
import { countReviews, type Review } from '../../../src/github/reviews'
import { HEAD, review } from './samples'

const pullRequest = { author: 'alice', headSha: HEAD }
const old = '1234567890'.repeat(4)
const changes = { state: 'CHANGES_REQUESTED' }

type Row = [title: string, reviews: Review[], approvedBy: string[], changesRequestedBy: string[], notCounted: number]

describe('the last decisive review of each reviewer counts', () => {
  test.each<Row>([
    ['nobody', [], [], [], 0],
    ['one', [review()], ['bob'], [], 0],
    ['two', [review(), review({ reviewer: 'carol' })], ['bob', 'carol'], [], 0],
    ['twice the same', [review(), review()], ['bob'], [], 0],
    ['a comment after it', [review(), review({ state: 'COMMENTED' })], ['bob'], [], 0],
    ['a review that is not sent yet', [review(), review({ state: 'PENDING', submittedAt: '' })], ['bob'], [], 0],
    ['dismissed', [review({ state: 'DISMISSED' })], [], [], 0],
    ['dismissed after it', [review(), review({ state: 'DISMISSED' })], [], [], 0],
    ['approved again after that', [review({ state: 'DISMISSED' }), review()], ['bob'], [], 0],
    ['changes requested', [review(changes)], [], ['bob'], 0],
    ['changes requested after it', [review(), review(changes)], [], ['bob'], 0],
    ['approved after changes', [review(changes), review()], ['bob'], [], 0],
    ['a comment after changes', [review(changes), review({ state: 'COMMENTED' })], [], ['bob'], 0],
    ['changes of one, approval of another', [review(changes), review({ reviewer: 'carol' })], ['carol'], ['bob'], 0],
    ['changes of an earlier commit', [review({ ...changes, commit: old })], [], ['bob'], 0],
    ['changes by an outsider', [review({ ...changes, association: 'NONE' })], [], [], 0],
    ['changes by an account that is gone', [review({ ...changes, reviewer: undefined })], [], ['a deleted account'], 0],
    ['an owner', [review({ association: 'OWNER' })], ['bob'], [], 0],
    ['a collaborator', [review({ association: 'COLLABORATOR' })], ['bob'], [], 0],
    ['a contributor', [review({ association: 'CONTRIBUTOR' })], [], [], 1],
    ['an outsider', [review({ association: 'NONE' })], [], [], 1],
    ['of an earlier commit', [review({ commit: old })], [], [], 1],
    ['of a commit that is gone', [review({ commit: undefined })], [], [], 1],
    ['of an earlier commit, then of the head', [review({ commit: old }), review()], ['bob'], [], 0],
    ['by the author', [review({ reviewer: 'alice' })], [], [], 1],
    ['by an account that is gone', [review({ reviewer: undefined })], [], [], 1]
  ])('%s', (_, reviews, approvedBy, changesRequestedBy, notCounted) => {
    const count = countReviews(pullRequest, reviews)
    expect(count).toMatchObject({ approvedBy, changesRequestedBy })
    expect(count.notCounted).toHaveLength(notCounted)
  })
})

test('their time counts, not the order of the list', () => {
  const first = review(changes)
  const second = review()
  expect(countReviews(pullRequest, [second, first])).toMatchObject({ approvedBy: ['bob'], changesRequestedBy: [] })
})

test('an approval that does not count is named with its reason', () => {
  const reviews = [
    review({ commit: old }),
    review({ reviewer: 'alice' }),
    review({ reviewer: 'mallory', association: 'NONE' }),
    review({ reviewer: undefined })
  ]
  expect(countReviews(pullRequest, reviews).notCounted).toEqual([
    'bob approved 1234567, before the last commit came',
    'alice approved and is the author',
    'mallory approved and has no write access (NONE)',
    'an account that is gone approved'
  ])
})
