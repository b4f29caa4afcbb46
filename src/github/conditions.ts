import { matchesBranch } from './branch-glob'
import { list, skip, type Decision } from './decision'
import type { PullRequest } from './pull-request'
import { countReviews, type Review } from './reviews'

/** What the pull request of a release must have. */
export interface GateConditions {
  /** Glob of the branch that it goes to; undefined = see `decide`. */
  readonly baseBranch: string | undefined
  /** All of them; case does not count, as on GitHub. */
  readonly requiredLabels: readonly string[]
  /** 0 = reviews are not looked at. */
  readonly requiredApprovals: number
}

/** The answer for a pull request that this workflow is not meant for. */
export function strayOf(pull: PullRequest, { baseBranch, requiredLabels }: GateConditions) {
  const name = `Pull request #${pull.number}`
  if (baseBranch !== undefined && !matchesBranch(baseBranch, pull.baseBranch)) {
    return skip('base-branch-differs', `${name} goes to ${pull.baseBranch}, and base-branch is ${baseBranch}.`, pull)
  }
  const missing = missingLabels(pull, requiredLabels)
  return missing.length === 0 ? undefined : skip('label-missing', `${name} does not have ${list(missing)}.`, pull)
}

/** A merged pull request of this workflow: does it have the reviews it needs? */
export function judge(pull: PullRequest, reviews: readonly Review[] | undefined, conditions: GateConditions): Decision {
  const { requiredApprovals } = conditions
  const name = `Pull request #${pull.number}`
  if (requiredApprovals > 0) {
    const count = countReviews(pull, reviews ?? [])
    if (count.changesRequestedBy.length > 0) {
      return {
        action: 'fail',
        reasonCode: 'changes-requested',
        message: `${name} was merged while changes were requested by ${list(count.changesRequestedBy)}.`,
        advice: 'Have the request for changes dismissed or followed by an approval on GitHub, then run the job again.',
        pullRequest: pull
      }
    }
    if (count.approvedBy.length < requiredApprovals) {
      const others = count.notCounted.length === 0 ? '' : ` Not counted: ${count.notCounted.join('; ')}.`
      return {
        action: 'fail',
        reasonCode: 'approvals-missing',
        message: `${name} has ${approvals(count.approvedBy.length)} of its head ${pull.headSha.slice(0, 7)}, and required-approvals is ${requiredApprovals}.${others}`,
        advice:
          'An approval of the head that is given now counts too: run the job again after it. A branch rule that requires approvals keeps such a merge from happening.',
        pullRequest: pull
      }
    }
  }
  return {
    action: 'deploy',
    reasonCode: undefined,
    text: `${name} was merged into ${pull.baseBranch}, and meets all conditions.`,
    pullRequest: pull
  }
}

/** What an open pull request would have to get before its merge deploys. */
export function lacks(pull: PullRequest, reviews: readonly Review[] | undefined, conditions: GateConditions): string[] {
  const missing = missingLabels(pull, conditions.requiredLabels)
  const { requiredApprovals: wanted } = conditions
  if (wanted === 0) return missing
  if (!reviews) return [...missing, `${approvals(wanted)} (without a token they cannot be counted)`]
  const { approvedBy, changesRequestedBy, notCounted } = countReviews(pull, reviews)
  if (approvedBy.length < wanted) {
    const others = notCounted.length === 0 ? '' : ` (not counted: ${notCounted.join('; ')})`
    missing.push(`${approvals(wanted - approvedBy.length, 'more ')}${others}`)
  }
  if (changesRequestedBy.length > 0) missing.push(`a new review by ${list(changesRequestedBy)}, who requested changes`)
  return missing
}

function missingLabels({ labels }: PullRequest, required: readonly string[]): string[] {
  const present = new Set(labels.map(label => label.toLowerCase()))
  return required.filter(label => !present.has(label.toLowerCase())).map(label => `the label "${label}"`)
}

function approvals(count: number, more = ''): string {
  return count === 0 ? 'no approval' : `${count} ${more}${count === 1 ? 'approval' : 'approvals'}`
}
