import { createHash } from 'node:crypto'
import { DeployError, messageOf } from '../errors'
import type { GitHubSettings } from '../inputs/settings'
import type { Announced } from '../release/run'
import { GitHub } from './client'
import { keepComment } from './comment'
import type { Passage } from './decision'
import { Deployment, type DeploymentState } from './deployment'
import { passGate, pullRequestOf } from './pass-gate'
import type { Trigger } from './trigger'
import { undoDeployment, type KnownRelease } from './undone-deployment'

/** Where it is told what happens on GitHub's side. */
export interface WorkflowLog {
  info(text: string): void
  warning(text: string): void
  /** Leaves a note for the post step; undefined when there is nothing left to end. */
  rememberDeployment(state: DeploymentState | undefined): void
}

/** How a run ended, for GitHub. */
export type Ending =
  | { readonly kind: 'released' | 'failed'; readonly text: string; readonly appUrl: string | undefined }
  | {
      readonly kind: 'undone'
      readonly from: KnownRelease
      readonly to: KnownRelease
      readonly target: string
      readonly appUrl: string | undefined
    }

/**
 * The workflow run that this step is a part of, as GitHub knows it. Its gate decides; what is told to GitHub after that,
 * deployment and comment, is a report: where it fails there is a warning, and the release counts.
 */
export class Workflow {
  readonly #trigger: Trigger
  readonly #settings: GitHubSettings
  readonly #log: WorkflowLog
  #passage: Passage | undefined
  #beginning: Promise<Deployment | undefined> = Promise.resolve(undefined)

  constructor(trigger: Trigger, settings: GitHubSettings, log: WorkflowLog) {
    this.#trigger = trigger
    this.#settings = settings
    this.#log = log
  }

  /**
   * Asks the gate; undefined when there is none.
   *
   * @throws DeployError with the reason code of its refusal
   */
  async admit(signal: AbortSignal): Promise<Passage | undefined> {
    const { gate, token } = this.#settings
    if (!gate) return undefined
    const github = token === undefined ? undefined : this.#connect(signal)
    this.#passage = await passGate(this.#trigger, gate, github, text => {
      this.#log.info(text)
    })
    return this.#passage
  }

  /** Creates the deployment of a release, while the release goes on. */
  announce({ releaseId, app, version, target }: Announced, signal: AbortSignal): void {
    const { environment } = this.#settings
    if (environment === undefined) return
    const { runId, runUrl, sha } = this.#trigger
    const request = {
      environment,
      sha: this.#passage?.pullRequest?.mergeCommit ?? sha,
      description: `${app} ${version}`,
      note: { releaseId, version, target: keyOf(target) },
      runId,
      runUrl
    }
    this.#beginning = this.#attempt(`The deployment to ${environment} could not be created`, async () => {
      const deployment = await Deployment.begin(this.#connect(signal), request)
      this.#log.rememberDeployment(deployment.state)
      return deployment
    })
  }

  /**
   * Tells GitHub how the run ended.
   *
   * @param signal ends the telling, and no more
   * @returns the id of the deployment, where there is one
   */
  async end(ending: Ending, signal: AbortSignal): Promise<number | undefined> {
    const deployment = await this.#beginning
    const { environment } = this.#settings
    await this.#attempt('The deployment could not be brought to its end', async () => {
      if (ending.kind === 'undone') {
        const { runUrl } = this.#trigger
        const undone = { ...ending, target: keyOf(ending.target), environment: environment ?? '', runUrl }
        if (environment !== undefined) await undoDeployment(this.#connect(signal), undone)
        return
      }
      if (!deployment) return
      const again = new Deployment(this.#connect(signal), deployment.state)
      if (ending.kind === 'released') await again.succeed(ending.text, ending.appUrl)
      else await again.fail(ending.text)
      this.#log.rememberDeployment(undefined)
    })
    return deployment?.state.id
  }

  /** Keeps the comment on the pull request that the run is about, where one is wanted. */
  async comment(target: string, body: string, signal: AbortSignal): Promise<void> {
    if (!this.#settings.isCommentWanted) return
    if (this.#trigger.event === 'pull_request' && this.#trigger.isFork) {
      this.#log.info('GitHub lets no run that a fork started write a comment; the job summary has the plan.')
      return
    }
    await this.#attempt('The comment on the pull request could not be written', async () => {
      const github = this.#connect(signal)
      const number = this.#passage?.pullRequest?.number ?? (await pullRequestOf(this.#trigger, github))
      if (number === undefined) {
        this.#log.info('No pull request belongs to this run, so there is none to comment on.')
        return
      }
      const { url, change } = await keepComment(github, number, keyOf(target), body)
      this.#log.info(`The comment on pull request #${number} is ${change}: ${url}`)
    })
  }

  #connect(signal: AbortSignal): GitHub {
    return new GitHub(this.#settings.token ?? '', this.#trigger, {
      signal,
      say: text => {
        this.#log.info(text)
      }
    })
  }

  async #attempt<T>(failure: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      const advice = error instanceof DeployError ? ` ${error.advice}` : ''
      this.#log.warning(`${failure}: ${messageOf(error)}${advice}`)
      return undefined
    }
  }
}

/** Tells targets apart; where they are is nobody's business on a public page. */
function keyOf(target: string): string {
  return createHash('sha256').update(target).digest('hex').slice(0, 16)
}
