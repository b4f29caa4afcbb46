import { resolve } from 'node:path'

/** Commits that the events in fixtures/events are about. */
export const EVENT_COMMITS = {
  /** What the merge of pull request #12 put on `main`. */
  merge: '9f2b6c1d4e8a7035b1c2d3e4f5a60718293a4b5c',
  /** The head of its branch. */
  head: 'c0ffee254729296a45a3885639ac7e10f9d54979',
  base: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
  /** GitHub's merge on trial. */
  trial: 'e5bd3914e2e596debea16f433f57875b5b90bcd6'
} as const

const { merge, base, trial } = EVENT_COMMITS

/** What a runner sets as GITHUB_SHA and GITHUB_REF for each of the events. */
const places = {
  'pull_request.opened': [trial, 'refs/pull/12/merge'],
  'pull_request.synchronize': [trial, 'refs/pull/12/merge'],
  'pull_request.labeled': [trial, 'refs/pull/12/merge'],
  'pull_request.merged': [merge, 'refs/heads/main'],
  'pull_request.closed': [trial, 'refs/pull/12/merge'],
  'pull_request.opened-from-fork': [trial, 'refs/pull/12/merge'],
  'pull_request.closed-fork-gone': [trial, 'refs/pull/12/merge'],
  'pull_request_target.opened-from-fork': [base, 'refs/heads/main'],
  'pull_request_target.merged': [merge, 'refs/heads/main'],
  'push.main': [merge, 'refs/heads/main'],
  'push.tag': [merge, 'refs/tags/v1.4'],
  'workflow_dispatch.main': [merge, 'refs/heads/main'],
  schedule: [merge, 'refs/heads/main'],
  repository_dispatch: [merge, 'refs/heads/main'],
  'release.published': [merge, 'refs/tags/v1.4'],
  'workflow_run.main': [merge, 'refs/heads/main'],
  'workflow_run.branch': [merge, 'refs/heads/main'],
  'workflow_run.from-fork': [merge, 'refs/heads/main'],
  deployment: [merge, 'refs/heads/main'],
  merge_group: [trial, `refs/heads/gh-readonly-queue/main/pr-12-${base}`],
  issue_comment: [merge, 'refs/heads/main']
} as const satisfies Record<string, readonly [sha: string, ref: string]>

export type EventName = keyof typeof places
export const EVENT_NAMES = Object.keys(places) as EventName[]

/** The variables of a step that this event has started, with its payload in fixtures/events. */
export function eventEnvironment(name: EventName, apiUrl = 'http://127.0.0.1:9'): Record<string, string> {
  const [sha, ref] = places[name]
  return {
    GITHUB_EVENT_NAME: name.replace(/\..*$/, ''),
    GITHUB_EVENT_PATH: resolve('__tests__/fixtures/events', `${name}.json`),
    GITHUB_SHA: sha,
    GITHUB_REF: ref,
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_API_URL: apiUrl,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_RUN_ID: '7001',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_JOB: 'release'
  }
}
