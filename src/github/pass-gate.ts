import { DeployError } from '../errors'
import type { GitHub } from './client'
import type { GateConditions } from './conditions'
import type { Passage } from './decision'
import { decide, pullThatBrought, strayBranch, subjectOf, type GateFacts } from './gate'
import { readDefaultBranch, readPullRequest, readPullsOfCommit, readReviews } from './pull-requests'
import type { Trigger } from './trigger'

/**
 * Reads what the gate needs to know, and decides. Facts come from the API, since the payload of an event is as old as
 * the event; without a token the payload has to do, which it can for plans, and for merges that need no approvals.
 *
 * @param github undefined without a token
 * @param say told of what the decision is made from
 * @throws DeployError with the reason code of a refusal; `github-permission-missing` also where a token is needed
 */
export async function passGate(
  trigger: Trigger,
  conditions: GateConditions,
  github: GitHub | undefined,
  say: (text: string) => void
): Promise<Passage> {
  const stray = strayBranch(trigger, conditions)
  if (stray) return stray
  const facts = github ? await ask(trigger, conditions, github) : factsOfPayload(trigger, conditions)
  for (const { number, isMerged, isOpen, baseBranch } of facts.pullsOfCommit) {
    const state = isMerged ? 'merged' : isOpen ? 'open' : 'closed'
    say(`Commit ${trigger.sha.slice(0, 7)}: pull request #${number} into ${baseBranch}, ${state}`)
  }
  for (const { reviewer, state, commit } of facts.reviews ?? []) {
    say(
      `Review: ${reviewer ?? 'an account that is gone'}, ${state}, of ${commit?.slice(0, 7) ?? 'a commit that is gone'}`
    )
  }
  const decision = decide(trigger, facts, conditions)
  if (decision.action !== 'fail') return decision
  throw new DeployError(decision.reasonCode, decision.message, decision.advice)
}

/** The number of the pull request that a run is about, without judging it; undefined when there is none. */
export async function pullRequestOf(trigger: Trigger, github: GitHub): Promise<number | undefined> {
  if (trigger.pullRequest) return trigger.pullRequest.number
  if (subjectOf(trigger) !== 'commit') return undefined
  const { branch, sha, defaultBranch } = trigger
  const pullsOfCommit = await readPullsOfCommit(github, sha, branch)
  return pullThatBrought(trigger, { pullsOfCommit, defaultBranch }, { baseBranch: undefined })?.number
}

const nothing: GateFacts = { pullRequest: undefined, pullsOfCommit: [], defaultBranch: undefined, reviews: undefined }

async function ask(trigger: Trigger, conditions: GateConditions, github: GitHub): Promise<GateFacts> {
  const reviewsOf = async (number: number | undefined) =>
    number !== undefined && conditions.requiredApprovals > 0 ? await readReviews(github, number) : undefined
  const subject = subjectOf(trigger)
  if (subject === 'pull-request' && trigger.pullRequest) {
    const pullRequest = await readPullRequest(github, trigger.pullRequest.number)
    return { ...nothing, pullRequest, reviews: await reviewsOf(pullRequest.number) }
  }
  if (subject !== 'commit') return nothing
  const { branch, sha } = trigger
  const isTag = branch === undefined && !trigger.isFork
  const defaultBranch =
    trigger.defaultBranch ??
    (isTag && conditions.baseBranch === undefined ? await readDefaultBranch(github) : undefined)
  const facts = { ...nothing, defaultBranch, pullsOfCommit: await readPullsOfCommit(github, sha, branch) }
  return { ...facts, reviews: await reviewsOf(pullThatBrought(trigger, facts, conditions)?.number) }
}

function factsOfPayload(trigger: Trigger, { requiredApprovals }: GateConditions): GateFacts {
  const { pullRequest, action } = trigger
  const subject = subjectOf(trigger)
  const isMerge = subject === 'pull-request' && action === 'closed' && pullRequest?.isMerged
  if (subject === 'commit' || (isMerge && requiredApprovals > 0)) {
    throw new DeployError(
      'github-permission-missing',
      `Without github-token it cannot be known ${isMerge ? 'who approved the pull request' : `how commit ${trigger.sha.slice(0, 7)} came in`}.`,
      'Leave github-token out, so that it is the token of the workflow, and give the job the permission "pull-requests: read".'
    )
  }
  return { ...nothing, pullRequest }
}
