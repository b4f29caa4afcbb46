import { refusal, type ApiAnswer } from './answers'
import type { ApiDeployment, ApiRepository, ApiUser } from './repository'

export type Level = 'read' | 'write'

export interface ApiRequest {
  readonly repository: ApiRepository
  readonly user: ApiUser
  /** What the groups of the route matched. */
  readonly parts: readonly string[]
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
}

export interface Route {
  readonly method: string
  /** Of the whole path below that of the repository. */
  readonly path: RegExp
  /** Any one of these is enough. */
  readonly permissions: readonly `${string}=${Level}`[]
  /** An array is a list, and is answered in pages. */
  answer(request: ApiRequest): ApiAnswer | readonly unknown[]
}

const notFound = refusal(404, 'Not Found')

export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: /^$/,
    permissions: ['metadata=read'],
    answer: ({ repository }) => ok({ full_name: repository.fullName, default_branch: repository.defaultBranch })
  },
  {
    method: 'GET',
    path: /^\/pulls\/(\d+)$/,
    permissions: ['pull_requests=read'],
    answer: ({ repository, parts }) => {
      const pull = repository.pulls.get(Number(parts[0]))
      return pull ? ok(pull) : notFound
    }
  },
  {
    method: 'GET',
    path: /^\/pulls\/(\d+)\/reviews$/,
    permissions: ['pull_requests=read'],
    answer: ({ repository, parts }) =>
      repository.pulls.has(Number(parts[0])) ? (repository.reviews.get(Number(parts[0])) ?? []) : notFound
  },
  {
    method: 'GET',
    path: /^\/commits\/([^/]+)\/pulls$/,
    permissions: ['pull_requests=read'],
    answer: ({ repository, parts: [sha = ''] }) => {
      if (sha.startsWith('0')) return refusal(422, `No commit found for SHA: ${sha}`)
      // A list leaves `merged` out.
      const pulls = (repository.pullsOfCommit.get(sha) ?? []).map(number => repository.pulls.get(number))
      return pulls.map(pull => ({ ...pull, merged: undefined }))
    }
  },
  {
    method: 'GET',
    path: /^\/compare\/(.+)\.\.\.([^/]+)$/,
    permissions: ['contents=read'],
    answer: ({ repository, parts: [base = '', sha = ''] }) => {
      const commits = repository.branches.get(base)
      return commits ? ok({ status: commits.has(sha) ? 'behind' : 'diverged', commits: [], files: [] }) : notFound
    }
  },
  {
    method: 'GET',
    path: /^\/issues\/(\d+)\/comments$/,
    permissions: ['issues=read', 'pull_requests=read'],
    answer: ({ repository, parts }) => repository.comments.filter(({ issue }) => issue === Number(parts[0]))
  },
  {
    method: 'POST',
    path: /^\/issues\/(\d+)\/comments$/,
    permissions: ['issues=write', 'pull_requests=write'],
    answer: ({ repository, parts, user, body }) => {
      const number = Number(parts[0])
      if (!repository.pulls.has(number)) return notFound
      return tooLong(body) ?? { status: 201, body: repository.addComment(number, user, String(body.body)) }
    }
  },
  {
    method: 'PATCH',
    path: /^\/issues\/comments\/(\d+)$/,
    permissions: ['issues=write', 'pull_requests=write'],
    answer: ({ repository, parts, body }) => {
      const comment = repository.comments.find(({ id }) => id === Number(parts[0]))
      if (!comment) return notFound
      const refused = tooLong(body)
      if (refused) return refused
      comment.body = String(body.body)
      return ok(comment)
    }
  },
  {
    method: 'GET',
    path: /^\/deployments$/,
    permissions: ['deployments=read'],
    answer: ({ repository, query }) =>
      repository.deployments
        .filter(({ sha }) => [null, sha].includes(query.get('sha')))
        .filter(({ environment }) => [null, environment].includes(query.get('environment')))
        .map(withoutStatuses)
  },
  {
    method: 'POST',
    path: /^\/deployments$/,
    permissions: ['deployments=write'],
    answer: ({ repository, user, body }) => {
      const ref = String(body.ref)
      if (ref.startsWith('0')) return refusal(422, `No ref found for: ${ref}`)
      const { environment, description, payload, auto_merge: merges, required_contexts: contexts } = body
      if (merges !== false) return refusal(409, "Conflict merging main into the deployment's ref.")
      if (!Array.isArray(contexts) || contexts.length > 0) {
        return refusal(409, 'Conflict: Commit status checks failed for the ref.')
      }
      const made = repository.addDeployment({
        sha: ref,
        ref,
        environment: String(environment),
        description: typeof description === 'string' ? description : null,
        payload,
        creator: user
      })
      return { status: 201, body: withoutStatuses(made) }
    }
  },
  {
    method: 'GET',
    path: /^\/deployments\/(\d+)\/statuses$/,
    permissions: ['deployments=read'],
    answer: ({ repository, parts }) => deploymentOf(repository, parts)?.statuses ?? notFound
  },
  {
    method: 'POST',
    path: /^\/deployments\/(\d+)\/statuses$/,
    permissions: ['deployments=write'],
    answer: ({ repository, parts, user, body }) => {
      const deployment = deploymentOf(repository, parts)
      if (!deployment) return notFound
      if (typeof body.description === 'string' && body.description.length > 140) {
        return refusal(422, 'Validation Failed', {
          errors: [{ resource: 'DeploymentStatus', code: 'custom', field: 'description', message: 'is too long' }]
        })
      }
      const { state, description, log_url, environment_url } = body as Record<string, string | undefined>
      const status = {
        state: state ?? '',
        description: description ?? '',
        log_url: log_url ?? '',
        environment_url: environment_url ?? ''
      }
      return { status: 201, body: repository.addStatus(deployment, status, user) }
    }
  }
]

function ok(body: unknown): ApiAnswer {
  return { status: 200, body }
}

function tooLong(body: Readonly<Record<string, unknown>>): ApiAnswer | undefined {
  if (String(body.body).length <= 65_536) return undefined
  return refusal(422, 'Validation Failed', {
    errors: [
      {
        resource: 'IssueComment',
        code: 'unprocessable',
        field: 'data',
        message: 'Body is too long (maximum is 65536 characters)'
      }
    ]
  })
}

function deploymentOf(repository: ApiRepository, parts: readonly string[]): ApiDeployment | undefined {
  return repository.deployments.find(({ id }) => id === Number(parts[0]))
}

function withoutStatuses(deployment: ApiDeployment): unknown {
  return { ...deployment, statuses: undefined }
}
