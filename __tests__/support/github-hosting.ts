import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runAction, type Options, type Run } from '../../scripts/as-runner.mjs'
import { EVENT_COMMITS, eventEnvironment, type EventName } from './github-api/events'
import { startGitHubApi, WORKFLOW_TOKEN, type GitHubApi } from './github-api'
import { startHosting, type Hosting } from './hosting'
import type { SamplePackage } from './sample-package'
import { startSftpServer } from './sftp-server'

/** A site, and GitHub with a repository whose pull request #12 the events of the fixtures are about. */
export interface GitHubHosting extends AsyncDisposable {
  readonly hosting: Hosting
  readonly api: GitHubApi
  /** 1.05 on side A, and 1.06 for side B. */
  readonly one: SamplePackage
  readonly two: SamplePackage
  /** Merges the pull request. */
  merge(): void
  /** Releases `two` to side B as a workflow that such an event has started. */
  runOn(event: EventName, inputs?: Record<string, string>, options?: Options): Promise<Run>
  /** Variables and inputs of such a run. */
  inputs(more?: Record<string, string>): Record<string, string>
  environment(event: EventName): Record<string, string>
}

/** @param isReleased 1.05 is on the site */
export async function startGitHubHosting(isReleased = true): Promise<GitHubHosting> {
  const hosting = await startHosting(await startSftpServer())
  const api = await startGitHubApi()
  const { repository } = api
  const { head, merge } = EVENT_COMMITS
  repository.addPull({ number: 12, title: 'Show the | invoice', headSha: head, labels: ['release'] })
  const one = await hosting.build('one', { version: '1.05', build: 'one' })
  const two = await hosting.build('two', { version: '1.06', build: 'two' })
  await mkdir(join(hosting.server.root, 'api_b'), { recursive: true })
  const inputs = (more: Record<string, string> = {}): Record<string, string> =>
    hosting.inputs(two, 'b', { gate: 'merged-pull-request', 'github-token': WORKFLOW_TOKEN, ...more })
  const environment = (event: EventName): Record<string, string> => eventEnvironment(event, api.url)
  if (isReleased) {
    const first = await runAction(hosting.inputs(one, 'a'))
    if (first.exitCode !== 0) throw new Error(first.log)
  }
  return {
    hosting,
    api,
    one,
    two,
    merge: () => {
      repository.addPull({
        number: 12,
        title: 'Show the | invoice',
        headSha: head,
        labels: ['release'],
        mergedAs: merge
      })
    },
    inputs,
    environment,
    runOn: (event, more = {}, options = {}) =>
      runAction(inputs(more), { ...options, env: { ...environment(event), ...options.env } }),
    [Symbol.asyncDispose]: async () => {
      await api.stop()
      await hosting[Symbol.asyncDispose]()
    }
  }
}
