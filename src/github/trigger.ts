import { readFileSync } from 'node:fs'
import { DeployError, messageOf } from '../errors'
import { pullRequestFrom, type PullRequest, type PullRequestJson } from './pull-request'

/** What started the run. */
export interface Trigger {
  /** `push`, `pull_request` …; in a workflow that was called, the event of its caller. */
  readonly event: string
  /** Of the event: `opened`, `closed`, `published` … */
  readonly action: string | undefined
  readonly owner: string
  readonly repo: string
  /**
   * The commit that the run is about: for a merged pull request what the merge put on the base branch, for another one
   * its head; for `workflow_run` the commit of the run before; otherwise GITHUB_SHA.
   */
  readonly sha: string
  /** The branch that the commit is on; undefined for a tag, a fork's branch, and for pull requests. */
  readonly branch: string | undefined
  /** Undefined when the payload does not say. */
  readonly defaultBranch: string | undefined
  /** The payload's, as it was when the event happened. */
  readonly pullRequest: PullRequest | undefined
  /** The commit comes from another repository. */
  readonly isFork: boolean
  /** Of the REST API, without a slash at its end; GitHub Enterprise has its own. */
  readonly apiUrl: string
  readonly runId: string
  /** The page of this attempt of the run. */
  readonly runUrl: string
}

interface Payload {
  readonly action?: string
  readonly repository?: { readonly default_branch?: string }
  readonly pull_request?: PullRequestJson
  readonly workflow_run?: {
    readonly head_sha: string
    readonly head_branch: string | null
    readonly head_repository?: { readonly full_name: string } | null
  }
}

/**
 * Reads the variables that GitHub sets for every step, and the file with the event's payload.
 *
 * @throws DeployError `event-not-supported` outside a run of GitHub Actions, or when the payload cannot be read
 */
export function readTrigger(environment: NodeJS.ProcessEnv): Trigger {
  const event = required(environment, 'GITHUB_EVENT_NAME')
  const repository = required(environment, 'GITHUB_REPOSITORY')
  const runId = required(environment, 'GITHUB_RUN_ID')
  const payload = readPayload(required(environment, 'GITHUB_EVENT_PATH'))
  const [owner = '', repo = ''] = repository.split('/')
  const server = environment.GITHUB_SERVER_URL || 'https://github.com'
  const pullRequest = payload.pull_request && pullRequestFrom(payload.pull_request)
  const earlier = event === 'workflow_run' ? payload.workflow_run : undefined
  const isFork = earlier
    ? earlier.head_repository?.full_name.toLowerCase() !== repository.toLowerCase()
    : (pullRequest?.isFork ?? false)
  return {
    event,
    action: payload.action,
    owner,
    repo,
    sha: earlier?.head_sha ?? shaOf(pullRequest) ?? required(environment, 'GITHUB_SHA'),
    branch: pullRequest || isFork ? undefined : earlier ? (earlier.head_branch ?? undefined) : branchOf(environment),
    defaultBranch: payload.repository?.default_branch,
    pullRequest,
    isFork,
    apiUrl: (environment.GITHUB_API_URL || 'https://api.github.com').replace(/\/+$/, ''),
    runId,
    runUrl: `${server}/${repository}/actions/runs/${runId}/attempts/${environment.GITHUB_RUN_ATTEMPT || '1'}`
  }
}

function shaOf(pullRequest: PullRequest | undefined): string | undefined {
  return pullRequest?.mergeCommit ?? pullRequest?.headSha
}

function branchOf({ GITHUB_REF: ref }: NodeJS.ProcessEnv): string | undefined {
  return /^refs\/heads\/(.+)$/s.exec(ref ?? '')?.[1]
}

function readPayload(path: string): Payload {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Payload
  } catch (error) {
    throw new DeployError(
      'event-not-supported',
      `The payload of the event cannot be read from ${path}: ${messageOf(error)}`,
      'GitHub writes this file for each job. In a container, mount the folder that GITHUB_EVENT_PATH names.',
      error
    )
  }
}

function required(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name]
  if (value) return value
  throw new DeployError(
    'event-not-supported',
    `${name} is not set, so it is not known what started the run.`,
    'gate, environment and pull-request-comment work in GitHub Actions only. Leave them out elsewhere.'
  )
}
