import { subjectOf } from '../github/gate'
import { readTrigger } from '../github/trigger'
import type { GitHubSettings } from './settings'
import type { RawInputs } from './raw-inputs'

/** GitHub's own limit for the approvals that a branch rule may ask for. */
const mostApprovals = 6

/** What concerns GitHub. */
export function readGitHub(raw: RawInputs): GitHubSettings {
  const gate = raw.oneOf('gate', ['none', 'merged-pull-request'])
  if (gate === 'none') {
    for (const name of ['base-branch', 'required-labels', 'required-approvals'] as const) {
      if (raw.text(name) !== undefined)
        raw.problem(name, 'is set without gate: merged-pull-request, which it belongs to')
    }
  }
  return {
    token: raw.verbatim('github-token')?.trim(),
    gate: gate === 'none' ? undefined : readConditions(raw),
    environment: raw.text('environment'),
    isCommentWanted: raw.flag('pull-request-comment')
  }
}

function readConditions(raw: RawInputs): GitHubSettings['gate'] {
  const [baseBranch, ...more] = raw.lines('base-branch')
  if (more.length > 0) raw.problem('base-branch', 'has several lines; one glob is expected, such as release/*')
  return {
    baseBranch,
    requiredLabels: raw.lines('required-labels'),
    requiredApprovals: raw.text('required-approvals') === undefined ? 0 : raw.count('required-approvals', mostApprovals)
  }
}

/** Does anything need to know what started the run? */
export function isGitHubAsked({ gate, environment, isCommentWanted }: GitHubSettings): boolean {
  return gate !== undefined || environment !== undefined || isCommentWanted
}

/**
 * Is this a run that the gate lets do no more than plan, and that so may lack credentials?
 *
 * @param environment what the runner has set
 */
export function mayOnlyPlan(raw: RawInputs, environment: NodeJS.ProcessEnv): boolean {
  if (raw.text('gate') !== 'merged-pull-request') return false
  try {
    const trigger = readTrigger(environment)
    return subjectOf(trigger) === 'pull-request' && trigger.action !== 'closed'
  } catch {
    // The gate says it, after all inputs have been read.
    return false
  }
}
