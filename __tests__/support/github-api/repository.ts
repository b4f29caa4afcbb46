export interface ApiPull {
  readonly number: number
  readonly title: string
  readonly html_url: string
  state: 'open' | 'closed'
  draft: boolean
  merged: boolean
  merged_at: string | null
  merge_commit_sha: string | null
  readonly user: ApiUser | null
  author_association: string
  readonly base: { readonly ref: string; readonly sha: string; readonly repo: { readonly full_name: string } }
  readonly head: { readonly ref: string; sha: string; readonly repo: { readonly full_name: string } | null }
  labels: { readonly name: string }[]
}

export interface ApiUser {
  readonly login: string
  readonly type: 'User' | 'Bot'
}

export interface ApiReview {
  readonly id: number
  readonly user: ApiUser | null
  state: string
  readonly commit_id: string | null
  readonly author_association: string
  readonly submitted_at: string
}

export interface ApiComment {
  readonly id: number
  readonly issue: number
  readonly html_url: string
  body: string
  readonly user: ApiUser
}

export interface ApiStatus {
  readonly id: number
  readonly state: string
  readonly description: string
  readonly log_url: string
  readonly target_url: string
  readonly environment_url: string
  readonly creator: ApiUser
}

export interface ApiDeployment {
  readonly id: number
  readonly sha: string
  readonly ref: string
  readonly task: string
  readonly environment: string
  readonly description: string | null
  readonly payload: unknown
  readonly production_environment: boolean
  readonly creator: ApiUser
  /** The newest first. */
  readonly statuses: ApiStatus[]
}

export interface NewPull {
  readonly number: number
  readonly title?: string
  readonly base?: string
  readonly branch?: string
  readonly headSha?: string
  /** Of the repository that the branch is in; null when it is gone. */
  readonly headRepository?: string | null
  readonly author?: string | null
  readonly labels?: readonly string[]
  readonly state?: 'open' | 'closed'
  /** What the merge put on the base branch. */
  readonly mergedAs?: string
  readonly mergedAt?: string
}

/** What there is in the one repository of the API, as tests set it up and look at it afterwards. */
export class ApiRepository {
  readonly fullName: string
  defaultBranch = 'main'
  readonly pulls = new Map<number, ApiPull>()
  /** Which pull requests GitHub associates with a commit. */
  readonly pullsOfCommit = new Map<string, number[]>()
  /** Which commits each branch holds, as far as it matters. */
  readonly branches = new Map<string, Set<string>>([['main', new Set()]])
  readonly reviews = new Map<number, ApiReview[]>()
  readonly comments: ApiComment[] = []
  /** The newest first. */
  readonly deployments: ApiDeployment[] = []
  #lastId = 4_000_000_000

  constructor(fullName: string) {
    this.fullName = fullName
  }

  nextId(): number {
    return ++this.#lastId
  }

  addPull(pull: NewPull): ApiPull {
    const { number, author = 'alice', headRepository = this.fullName, mergedAs } = pull
    const json: ApiPull = {
      number,
      title: pull.title ?? 'Show the invoice',
      html_url: `https://github.com/${this.fullName}/pull/${number}`,
      state: mergedAs === undefined ? (pull.state ?? 'open') : 'closed',
      draft: false,
      merged: mergedAs !== undefined,
      merged_at: mergedAs === undefined ? null : (pull.mergedAt ?? '2026-03-02T10:00:00Z'),
      // Before the merge it is that of a merge on trial.
      merge_commit_sha: mergedAs ?? 'd'.repeat(40),
      user: author === null ? null : { login: author, type: 'User' },
      author_association: 'MEMBER',
      base: { ref: pull.base ?? 'main', sha: 'b'.repeat(40), repo: { full_name: this.fullName } },
      head: {
        ref: pull.branch ?? 'invoice',
        sha: pull.headSha ?? 'c'.repeat(40),
        repo: headRepository === null ? null : { full_name: headRepository }
      },
      labels: (pull.labels ?? []).map(name => ({ name }))
    }
    this.pulls.set(number, json)
    this.associate(json.head.sha, number)
    if (mergedAs !== undefined) {
      this.associate(mergedAs, number)
      const branch = this.branches.get(json.base.ref) ?? new Set()
      this.branches.set(json.base.ref, branch.add(mergedAs))
    }
    return json
  }

  associate(sha: string, number: number): void {
    const numbers = this.pullsOfCommit.get(sha) ?? []
    if (!numbers.includes(number)) this.pullsOfCommit.set(sha, [...numbers, number])
  }

  addReview(number: number, reviewer: string | null, state: string, more: Partial<ApiReview> = {}): ApiReview {
    const reviews = this.reviews.get(number) ?? []
    const review: ApiReview = {
      id: this.nextId(),
      user: reviewer === null ? null : { login: reviewer, type: 'User' },
      state,
      commit_id: this.pulls.get(number)?.head.sha ?? null,
      author_association: 'MEMBER',
      submitted_at: new Date(Date.UTC(2026, 2, 1) + reviews.length * 60_000).toISOString(),
      ...more
    }
    this.reviews.set(number, [...reviews, review])
    return review
  }

  addComment(issue: number, user: ApiUser, body: string): ApiComment {
    const id = this.nextId()
    const html_url = `https://github.com/${this.fullName}/pull/${issue}#issuecomment-${id}`
    const comment = { id, issue, html_url, user, body }
    this.comments.push(comment)
    return comment
  }

  addDeployment(deployment: Partial<ApiDeployment> & { readonly environment: string }): ApiDeployment {
    const made: ApiDeployment = {
      id: this.nextId(),
      sha: 'a'.repeat(40),
      ref: 'main',
      task: 'deploy',
      description: null,
      payload: {},
      production_environment: deployment.environment === 'production',
      creator: { login: 'github-actions[bot]', type: 'Bot' },
      statuses: [],
      ...deployment
    }
    this.deployments.unshift(made)
    return made
  }

  /** The deployment that GitHub makes for a job with `environment:`. */
  addDeploymentOfJob(environment: string, runId: string, creator = 'alice'): ApiDeployment {
    const deployment = this.addDeployment({ environment, creator: { login: creator, type: 'User' } })
    const url = `https://github.com/${this.fullName}/actions/runs/${runId}/job/58000000001`
    const user = { login: 'github-actions[bot]', type: 'Bot' } as const
    this.addStatus(deployment, { state: 'in_progress', log_url: url, target_url: url }, user)
    return deployment
  }

  /** With `auto_inactive`, as GitHub has it by default. */
  addStatus(
    deployment: ApiDeployment,
    status: Partial<ApiStatus> & { readonly state: string },
    creator: ApiUser
  ): ApiStatus {
    const log_url = status.log_url ?? ''
    const made = {
      id: this.nextId(),
      description: '',
      environment_url: '',
      ...status,
      log_url,
      target_url: status.target_url ?? log_url,
      creator
    }
    if (status.state === 'success') {
      for (const other of this.deployments) {
        const isBefore = other.id < deployment.id && other.environment === deployment.environment
        if (isBefore && !other.production_environment && other.statuses[0]?.state === 'success') {
          this.addStatus(other, { state: 'inactive' }, creator)
        }
      }
    }
    deployment.statuses.unshift(made)
    return made
  }
}
