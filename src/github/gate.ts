import { matchesBranch } from './branch-glob'
import { judge, lacks, strayOf, type GateConditions } from './conditions'
import { list, skip, type Decision, type Passage, type Refusal } from './decision'
import type { PullRequest } from './pull-request'
import type { Review } from './reviews'
import type { Trigger } from './trigger'

/** What the decision is made from, beside the trigger. Undefined is what was not needed, or could not be asked. */
export interface GateFacts {
  /** The event's pull request: as the API has it now, else as the payload has it. */
  readonly pullRequest: PullRequest | undefined
  /** Those that the API associates with the commit, merged or not, into any branch. */
  readonly pullsOfCommit: readonly PullOfCommit[]
  readonly defaultBranch: string | undefined
  /** Of the pull request that counts. */
  readonly reviews: readonly Review[] | undefined
}

export interface PullOfCommit extends PullRequest {
  /** The base branch holds the commit. Commits of a squashed or rebased branch are associated too, and are not on it. */
  readonly isCommitInBase: boolean
}

/** What an event is about, for the gate. */
export type Subject = 'pull-request' | 'commit' | 'merge-queue' | 'nothing'

const subjects = new Map<string, Subject>([
  ['pull_request', 'pull-request'],
  ['pull_request_target', 'pull-request'],
  ['push', 'commit'],
  ['workflow_dispatch', 'commit'],
  ['repository_dispatch', 'commit'],
  ['schedule', 'commit'],
  ['release', 'commit'],
  ['workflow_run', 'commit'],
  ['deployment', 'commit'],
  ['merge_group', 'merge-queue']
])

export function subjectOf({ event }: Pick<Trigger, 'event'>): Subject {
  return subjects.get(event) ?? 'nothing'
}

/**
 * Whether a run deploys, plans, does nothing, or fails.
 *
 * An event of a pull request is about that one: closed and merged deploys, closed alone skips, anything else plans. Any
 * other event is about a commit, and that must have come in by a merged pull request; so it never deploys from a
 * branch that was pushed to directly. A pull request into another branch or without a label is none of this workflow's
 * and skips; one that lacks reviews fails.
 *
 * The base branch, when no `baseBranch` is given: for an event of a pull request any, since the workflow's `branches:`
 * filter says which. For a commit the branch of the run; for a tag the default branch.
 *
 * What it guarantees: the commit is on the base branch, a merged pull request put it there, and that one meets the
 * conditions. What it does not: that each commit below came the same way (a branch rule does that), and that `package`
 * was built from it. With `pull_request_target` and `workflow_run` GitHub gives secrets to runs that a fork started.
 * For those there is a plan at most, which writes nothing; but a job that builds what the fork wrote has run its
 * code beside the secrets, whatever is decided here.
 */
export function decide(trigger: Trigger, facts: GateFacts, conditions: GateConditions): Decision {
  switch (subjectOf(trigger)) {
    case 'pull-request':
      return facts.pullRequest ? ofPullRequest(trigger, facts.pullRequest, facts, conditions) : unsupported(trigger)
    case 'commit':
      return ofCommit(trigger, facts, conditions)
    case 'merge-queue':
      return skip('pull-request-not-merged', 'The merge queue tries the pull request, and has not merged it yet.')
    case 'nothing':
      return unsupported(trigger)
  }
}

/** The answer for a commit on a branch that is not the base branch; for it nothing need be asked. */
export function strayBranch(trigger: Trigger, { baseBranch }: GateConditions): Passage | undefined {
  const { branch } = trigger
  if (subjectOf(trigger) !== 'commit' || branch === undefined || baseBranch === undefined) return undefined
  if (matchesBranch(baseBranch, branch)) return undefined
  return skip('base-branch-differs', `The run is on the branch ${branch}, and base-branch is ${baseBranch}.`)
}

/** The merged pull request that brought the commit of a run, of those that may; undefined = none did. */
export function pullThatBrought(
  { sha, branch, isFork }: Pick<Trigger, 'sha' | 'branch' | 'isFork'>,
  { pullsOfCommit, defaultBranch }: Pick<GateFacts, 'pullsOfCommit' | 'defaultBranch'>,
  { baseBranch }: Pick<GateConditions, 'baseBranch'>
): PullOfCommit | undefined {
  if (isFork) return undefined
  const isBase = (base: string) =>
    branch !== undefined
      ? base === branch
      : baseBranch === undefined
        ? base === defaultBranch
        : matchesBranch(baseBranch, base)
  const merged = pullsOfCommit
    .filter(pull => pull.isMerged && pull.isCommitInBase && isBase(pull.baseBranch))
    // The first to be merged brought it; later ones only had it in their branch too.
    .toSorted((a, b) => Date.parse(a.mergedAt ?? '') - Date.parse(b.mergedAt ?? ''))
  return merged.find(pull => pull.mergeCommit === sha) ?? merged[0]
}

function ofPullRequest(trigger: Trigger, pull: PullRequest, facts: GateFacts, conditions: GateConditions): Decision {
  const name = `Pull request #${pull.number}`
  const stray = strayOf(pull, conditions)
  if (trigger.action !== 'closed') {
    if (!pull.isOpen) {
      const state = pull.isMerged ? 'merged' : 'closed'
      return skip('event-outdated', `${name} was ${state} after this run was started, so a plan is of no use.`, pull)
    }
    if (stray?.reasonCode === 'base-branch-differs') return stray
    const missing = lacks(pull, facts.reviews, conditions)
    const text =
      missing.length === 0
        ? `${name} is open: this is the plan of what its merge publishes.`
        : `${name} is open: this is a plan. For its merge to be published it still needs ${list(missing)}.`
    return { action: 'plan', reasonCode: 'pull-request-open', text, pullRequest: pull }
  }
  if (!pull.isMerged) {
    return skip('pull-request-not-merged', `${name} was closed without a merge, so there is nothing to publish.`, pull)
  }
  return stray ?? judge(pull, facts.reviews, conditions)
}

function ofCommit(trigger: Trigger, facts: GateFacts, conditions: GateConditions): Decision {
  const { sha, branch } = trigger
  const { baseBranch } = conditions
  const stray = strayBranch(trigger, conditions)
  if (stray) return stray
  const pull = pullThatBrought(trigger, facts, conditions)
  if (pull) return strayOf(pull, conditions) ?? judge(pull, facts.reviews, conditions)
  const elsewhere = trigger.isFork
    ? undefined
    : facts.pullsOfCommit.find(({ isMerged, isCommitInBase }) => isMerged && isCommitInBase)
  if (branch === undefined && baseBranch !== undefined && elsewhere)
    return strayOf(elsewhere, conditions) ?? notMerged()
  return notMerged()

  function notMerged(): Refusal {
    const place = branch ?? baseBranch ?? facts.defaultBranch ?? 'the default branch'
    return {
      action: 'fail',
      reasonCode: 'commit-not-merged',
      message: `Commit ${sha.slice(0, 7)} did not come into ${place} by a merged pull request: ${found(trigger, facts)}.`,
      advice:
        'Merge it by a pull request. A branch rule that requires one keeps direct pushes out. To release from tags of another branch, name that in base-branch.',
      pullRequest: undefined
    }
  }
}

/** What the API knows of a commit that no pull request brought. */
function found({ isFork }: Trigger, { pullsOfCommit }: GateFacts): string {
  if (isFork) return 'it is on a branch of a fork'
  if (pullsOfCommit.length === 0) return 'GitHub knows of no pull request with this commit'
  return pullsOfCommit
    .map(({ number, isMerged, isOpen, isCommitInBase, baseBranch }) => {
      if (!isMerged) return `#${number} into ${baseBranch} is ${isOpen ? 'open' : 'closed without a merge'}`
      return isCommitInBase
        ? `#${number} was merged into ${baseBranch}`
        : `#${number} was merged into ${baseBranch} in other commits, by a squash or a rebase`
    })
    .join(', ')
}

function unsupported({ event }: Trigger): Refusal {
  return {
    action: 'fail',
    reasonCode: 'event-not-supported',
    message: `The event ${event} brings neither a pull request nor a commit that the gate could judge.`,
    advice: `Start the workflow by one of ${[...subjects.keys()].join(', ')}, or leave gate out.`,
    pullRequest: undefined
  }
}
