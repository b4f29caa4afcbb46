import { randomUUID } from 'node:crypto'
import type { GitHub } from './client'
import { findJobDeployment, isOurs, listDeployments, writeStatus, type DeploymentNote } from './deployments'

export interface DeploymentRequest {
  readonly environment: string
  /** The commit that is released. */
  readonly sha: string
  /** What is released and where to, in words: at most 140 characters of it are shown. */
  readonly description: string
  /** What tells this release from others, for a rollback to find its deployment. */
  readonly note: Omit<DeploymentNote, 'key'>
  readonly runId: string
  readonly runUrl: string
}

/** All that is needed to go on with a deployment in another process; plain JSON. */
export interface DeploymentState {
  readonly id: number
  /** GitHub made it for the `environment:` of the job, and sets its status when the job ends. */
  readonly isOfJob: boolean
  readonly runUrl: string
}

/**
 * The GitHub deployment of a release. A job that has `environment:` of the same name has one already, which GitHub
 * makes and ends itself: then that one is used, and nothing is written to it. It gets its URL from the `url:` beside
 * that `environment:`.
 *
 * Whether it goes to production, GitHub knows by its name. With `auto_inactive`, which is GitHub's default, a
 * success ends the deployments before it in the environment, except in production; so two apps want two environments.
 */
export class Deployment {
  readonly state: DeploymentState
  readonly #github: GitHub

  /** One that was begun before, perhaps by a process that is no more. */
  constructor(github: GitHub, state: DeploymentState) {
    this.#github = github
    this.state = state
  }

  /**
   * Creates it, or finds that of the job, and says that it is in progress.
   *
   * @throws DeployError `github-permission-missing`, `github-refused`, `github-unreachable`; the signal's reason
   */
  static async begin(github: GitHub, request: DeploymentRequest): Promise<Deployment> {
    const { environment, sha, runId, runUrl } = request
    const ofJob = await findJobDeployment(github, environment, runId)
    if (ofJob !== undefined) return new Deployment(github, { id: ofJob, isOfJob: true, runUrl })
    const note: DeploymentNote = { ...request.note, key: randomUUID() }
    const id = await github.add(
      { to: `create a deployment to ${environment}`, permission: 'deployments: write' },
      async octokit => {
        const { data } = await octokit.rest.repos.createDeployment({
          ...github.repository,
          ref: sha,
          environment,
          description: request.description.slice(0, 140),
          payload: { 'powerserver-hot-deploy': note },
          // The commit as it is: nothing is merged into it, and the gate has judged it.
          auto_merge: false,
          required_contexts: []
        })
        if ('id' in data) return data.id
        throw new Error(data.message ?? 'no deployment was made')
      },
      async () => (await listDeployments(github, environment, { sha })).find(found => isOurs(found, note))?.id
    )
    const deployment = new Deployment(github, { id, isOfJob: false, runUrl })
    await deployment.#write('in_progress', request.description)
    return deployment
  }

  /**
   * Released.
   *
   * @param appUrl where users find the app
   * @throws as `begin`
   */
  async succeed(description: string, appUrl: string | undefined): Promise<void> {
    await this.#write('success', description, appUrl)
  }

  /** Not released, or not known to be: failed, cancelled, killed. @throws as `begin` */
  async fail(description: string): Promise<void> {
    await this.#write('failure', description)
  }

  /** Released nothing new, or released and undone in the same run. @throws as `begin` */
  async retire(description: string): Promise<void> {
    await this.#write('inactive', description)
  }

  async #write(
    state: 'in_progress' | 'success' | 'failure' | 'inactive',
    text: string,
    appUrl?: string
  ): Promise<void> {
    const { id, isOfJob, runUrl } = this.state
    if (isOfJob) return
    await writeStatus(this.#github, id, { state, description: text, runUrl, appUrl })
  }
}
