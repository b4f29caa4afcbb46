import type { GitHub } from './client'
import type { PullOfCommit } from './gate'
import { pullRequestFrom, type PullRequest } from './pull-request'
import { refusedWith } from './request-error'
import type { Review } from './reviews'

const readPulls = 'pull-requests: read'
const perPage = 100

/** One pull request as it is now. */
export async function readPullRequest(github: GitHub, number: number): Promise<PullRequest> {
  const { data } = await github.call({ to: `read pull request #${number}`, permission: readPulls }, octokit =>
    octokit.rest.pulls.get({ ...github.repository, pull_number: number })
  )
  return pullRequestFrom(data)
}

/** All reviews of a pull request, the ones that were dismissed or followed by others included. */
export async function readReviews(github: GitHub, number: number): Promise<Review[]> {
  const reviews = await github.call(
    { to: `read the reviews of pull request #${number}`, permission: readPulls },
    octokit =>
      octokit.paginate(octokit.rest.pulls.listReviews, { ...github.repository, pull_number: number, per_page: perPage })
  )
  return reviews.map(({ user, state, commit_id, author_association, submitted_at }) => ({
    // It may be null, whatever the types say: the account can be gone.
    reviewer: (user as { login: string } | null)?.login,
    state,
    commit: commit_id ?? undefined,
    association: author_association,
    submittedAt: submitted_at ?? ''
  }))
}

/**
 * The pull requests that GitHub associates with a commit, merged or not.
 *
 * @param branch that holds the commit, where that is known
 */
export async function readPullsOfCommit(
  github: GitHub,
  sha: string,
  branch: string | undefined
): Promise<PullOfCommit[]> {
  const pulls = await listPullsOfCommit(github, sha)
  const isHeldBy = new Map<string, Promise<boolean>>()
  return Promise.all(
    pulls.map(async pull => {
      const { baseBranch, isMerged, mergeCommit } = pull
      if (!isMerged) return { ...pull, isCommitInBase: false }
      if (mergeCommit === sha || baseBranch === branch) return { ...pull, isCommitInBase: true }
      const isHeld = isHeldBy.get(baseBranch) ?? holds(github, baseBranch, sha)
      isHeldBy.set(baseBranch, isHeld)
      return { ...pull, isCommitInBase: await isHeld }
    })
  )
}

/** The branch that GitHub shows first. */
export async function readDefaultBranch(github: GitHub): Promise<string> {
  const { data } = await github.call({ to: 'read the repository', permission: 'contents: read' }, octokit =>
    octokit.rest.repos.get(github.repository)
  )
  return data.default_branch
}

async function listPullsOfCommit(github: GitHub, sha: string): Promise<PullRequest[]> {
  try {
    const pulls = await github.call(
      { to: `read the pull requests of commit ${sha.slice(0, 7)}`, permission: readPulls },
      octokit =>
        octokit.paginate(octokit.rest.repos.listPullRequestsAssociatedWithCommit, {
          ...github.repository,
          commit_sha: sha,
          per_page: perPage
        })
    )
    return pulls.map(pullRequestFrom)
  } catch (error) {
    // No such commit: it went with a force push.
    if (refusedWith(error) === 422) return []
    throw error
  }
}

async function holds(github: GitHub, branch: string, sha: string): Promise<boolean> {
  try {
    const { data } = await github.call(
      { to: `compare commit ${sha.slice(0, 7)} with ${branch}`, permission: 'contents: read' },
      octokit =>
        octokit.rest.repos.compareCommitsWithBasehead({
          ...github.repository,
          basehead: `${branch}...${sha}`,
          per_page: 1
        })
    )
    return data.status === 'identical' || data.status === 'behind'
  } catch (error) {
    // The branch was deleted.
    if (refusedWith(error) === 404) return false
    throw error
  }
}
