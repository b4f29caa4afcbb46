/** A pull request, as far as the gate, the comment and the report need it. */
export interface PullRequest {
  readonly number: number
  readonly title: string
  /** Its page. */
  readonly url: string
  readonly isOpen: boolean
  readonly isMerged: boolean
  /** What the merge put on the base branch: the merge commit, the squashed one, the last of the rebased ones. */
  readonly mergeCommit: string | undefined
  readonly mergedAt: string | undefined
  /** Undefined when the account is gone. */
  readonly author: string | undefined
  readonly baseBranch: string
  /** The last commit of its branch; at a merge, the one that was merged. */
  readonly headSha: string
  /** Its branch is in another repository, or in one that is gone. */
  readonly isFork: boolean
  readonly labels: readonly string[]
}

/** A pull request as both the API and the payload of an event write it. */
export interface PullRequestJson {
  readonly number: number
  readonly title: string
  readonly html_url: string
  readonly state: string
  readonly merged_at?: string | null
  readonly merge_commit_sha?: string | null
  readonly user?: { readonly login: string } | null
  readonly base: { readonly ref: string; readonly repo?: { readonly full_name: string } | null }
  readonly head: { readonly ref: string; readonly sha: string; readonly repo?: { readonly full_name: string } | null }
  readonly labels?: readonly { readonly name?: string }[]
}

export function pullRequestFrom(json: PullRequestJson): PullRequest {
  const isMerged = Boolean(json.merged_at)
  return {
    number: json.number,
    title: json.title,
    url: json.html_url,
    isOpen: json.state === 'open',
    isMerged,
    // Before the merge it names a commit that GitHub merged on trial.
    mergeCommit: (isMerged && json.merge_commit_sha) || undefined,
    mergedAt: json.merged_at ?? undefined,
    author: json.user?.login,
    baseBranch: json.base.ref,
    headSha: json.head.sha,
    isFork: json.head.repo?.full_name !== json.base.repo?.full_name || !json.head.repo,
    labels: (json.labels ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]))
  }
}
