import { hostname } from 'node:os'
import type { LockOwner } from '../site/lock'

/** This run, as a lock and the journal name it: from the variables that GitHub sets for every step. */
export function thisRun(environment: NodeJS.ProcessEnv): LockOwner {
  const {
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: id,
    GITHUB_RUN_ATTEMPT: attempt = '1',
    GITHUB_JOB: job = ''
  } = environment
  if (!repository || !id) {
    return { name: `a run on ${hostname()}`, runUrl: undefined, githubRun: undefined, attempt: 1 }
  }
  return {
    name: `${repository}, run ${id}, attempt ${attempt}${job === '' ? '' : `, job ${job}`}`,
    runUrl: server === undefined ? undefined : `${server}/${repository}/actions/runs/${id}/attempts/${attempt}`,
    githubRun: `${repository}/${id}`,
    attempt: Number(attempt)
  }
}
