import type { GitHub } from './client'

/** What the action writes into the payload of a deployment that it makes. */
export interface DeploymentNote {
  /** Of the release in the journal; it may not be known yet when the deployment is made. */
  readonly releaseId?: string | undefined
  readonly version?: string | undefined
  /** Which app on which site: several may share an environment. */
  readonly target: string
  /** Of this one deployment alone. */
  readonly key: string
}

export interface FoundDeployment {
  readonly id: number
  /** Undefined when somebody else made it. */
  readonly note: DeploymentNote | undefined
}

export interface DeploymentStatus {
  readonly state: 'in_progress' | 'success' | 'failure' | 'inactive'
  readonly description: string
  readonly runUrl: string
  readonly appUrl: string | undefined
}

/** Also where it is read: whoever makes a deployment needs both. */
const permission = 'deployments: write'

/** That of a running job is among the newest; each one more that is looked at costs a request. */
const newest = 10

/** The deployments to an environment, the newest first, at most the 100 newest. */
export async function listDeployments(
  github: GitHub,
  environment: string,
  filter: { readonly sha?: string } = {}
): Promise<FoundDeployment[]> {
  const { data } = await github.call({ to: `list the deployments to ${environment}`, permission }, octokit =>
    octokit.rest.repos.listDeployments({ ...github.repository, environment, ...filter, per_page: 100 })
  )
  return data.map(({ id, payload }) => ({ id, note: noteOf(payload) }))
}

/**
 * The deployment that GitHub made for the `environment:` of this job: one whose status leads to a job of this run.
 * Its creator does not tell: that may be the one who started the run. Its commit does not either: for a pull request it
 * is another one than what is released.
 */
export async function findJobDeployment(
  github: GitHub,
  environment: string,
  runId: string
): Promise<number | undefined> {
  const others = (await listDeployments(github, environment)).filter(({ note }) => !note)
  for (const { id } of others.slice(0, newest)) {
    const statuses = await listStatuses(github, id)
    if (statuses.some(({ log_url, target_url }) => [log_url, target_url].some(url => isOfRun(url, runId)))) return id
  }
  return undefined
}

/** Adds a status, unless it was added by a try whose answer got lost. */
export async function writeStatus(github: GitHub, id: number, status: DeploymentStatus): Promise<void> {
  const { state, runUrl, appUrl } = status
  const description = status.description.slice(0, 140)
  await github.add(
    { to: `set the deployment ${id} to ${state}`, permission },
    async octokit => {
      await octokit.rest.repos.createDeploymentStatus({
        ...github.repository,
        deployment_id: id,
        state,
        description,
        log_url: runUrl,
        ...(appUrl === undefined ? {} : { environment_url: appUrl })
      })
      return true
    },
    async () => {
      const last = (await listStatuses(github, id))[0]
      return (last?.state === state && last.log_url === runUrl) || undefined
    }
  )
}

export function isOurs({ note }: FoundDeployment, { key }: DeploymentNote): boolean {
  return note?.key === key
}

/** The newest first. */
async function listStatuses(github: GitHub, id: number) {
  const { data } = await github.call({ to: `read the statuses of deployment ${id}`, permission }, octokit =>
    octokit.rest.repos.listDeploymentStatuses({ ...github.repository, deployment_id: id, per_page: 100 })
  )
  return data
}

function isOfRun(url: string | undefined, runId: string): boolean {
  return url?.includes(`/actions/runs/${runId}/job/`) ?? false
}

/** GitHub gives a payload back as it got it, or as text. */
function noteOf(payload: unknown): DeploymentNote | undefined {
  const value: unknown = typeof payload === 'string' ? parsed(payload) : payload
  if (typeof value !== 'object' || value === null || !('powerserver-hot-deploy' in value)) return undefined
  const note = value['powerserver-hot-deploy']
  return typeof note === 'object' && note !== null && 'target' in note ? (note as DeploymentNote) : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
