/** A review of a pull request. */
export interface Review {
  /** Undefined when the account is gone. */
  readonly reviewer: string | undefined
  readonly state: string
  /** The commit that was reviewed. */
  readonly commit: string | undefined
  /** What the reviewer is to the repository: `OWNER`, `MEMBER`, `COLLABORATOR`, `CONTRIBUTOR`, `NONE` … */
  readonly association: string
  /** ISO 8601. */
  readonly submittedAt: string
}

export interface ReviewCount {
  readonly approvedBy: readonly string[]
  /** Those who asked for changes and have neither approved nor been dismissed since. */
  readonly changesRequestedBy: readonly string[]
  /** One part of a sentence for each approval that does not count: who, and why. */
  readonly notCounted: readonly string[]
}

/** These take a former review's place; a comment does not. */
const decisive = ['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED']

/** Others may review a public repository as well, and GitHub does not count them either. */
const insiders = ['OWNER', 'MEMBER', 'COLLABORATOR']

/**
 * Counts the last decisive review of each reviewer, of those with a say in the repository. An approval counts when it
 * is of the head and not of the author's. A request for changes stays open when commits come after it, as on GitHub.
 */
export function countReviews(
  { author, headSha }: { readonly author: string | undefined; readonly headSha: string },
  reviews: readonly Review[]
): ReviewCount {
  const approvedBy: string[] = []
  const changesRequestedBy: string[] = []
  const notCounted: string[] = []
  for (const { reviewer, state, commit, association } of latest(reviews)) {
    const mayDecide = insiders.includes(association)
    if (state === 'CHANGES_REQUESTED' && mayDecide) changesRequestedBy.push(reviewer ?? 'a deleted account')
    if (state !== 'APPROVED') continue
    if (reviewer === undefined) notCounted.push('an account that is gone approved')
    else if (reviewer === author) notCounted.push(`${reviewer} approved and is the author`)
    else if (!mayDecide) notCounted.push(`${reviewer} approved and has no write access (${association})`)
    else if (commit !== headSha) notCounted.push(`${reviewer} approved ${short(commit)}, before the last commit came`)
    else approvedBy.push(reviewer)
  }
  return { approvedBy, changesRequestedBy, notCounted }
}

function latest(reviews: readonly Review[]): Review[] {
  const byReviewer = new Map<string | undefined, Review>()
  const inOrder = reviews.toSorted((a, b) => Date.parse(a.submittedAt) - Date.parse(b.submittedAt))
  for (const review of inOrder) if (decisive.includes(review.state)) byReviewer.set(review.reviewer, review)
  return [...byReviewer.values()]
}

function short(commit: string | undefined): string {
  return commit?.slice(0, 7) ?? 'a commit that is gone'
}
