import { GitHub, type GitHubOptions } from '../../../src/github/client'
import { startGitHubApi, WORKFLOW_TOKEN, type GitHubApi } from '../../support/github-api'

/** A GitHub of this machine that goes with its scope, and a client whose waits take no time but are noted. */
export interface ApiUnderTest extends AsyncDisposable {
  readonly api: GitHubApi
  readonly github: GitHub
  /** Each wait before another try, in milliseconds. */
  readonly waits: number[]
  readonly said: string[]
  /** `METHOD /path` of each request so far, without the part that all share. */
  lines(): string[]
  /** A client with another token, or with other options. */
  client(token: string, options?: Partial<GitHubOptions>): GitHub
}

export async function apiUnderTest(basePath = ''): Promise<ApiUnderTest> {
  const api = await startGitHubApi('acme/shop', basePath)
  const waits: number[] = []
  const said: string[] = []
  const client = (token: string, options: Partial<GitHubOptions> = {}) =>
    new GitHub(
      token,
      { apiUrl: api.url, owner: 'acme', repo: 'shop' },
      {
        signal: new AbortController().signal,
        say: text => said.push(text),
        pause: milliseconds => Promise.resolve(waits.push(milliseconds)),
        ...options
      }
    )
  return {
    api,
    github: client(WORKFLOW_TOKEN),
    waits,
    said,
    lines: () => api.requests.map(({ method, path }) => `${method} ${path.replace(`${basePath}/repos/acme/shop`, '')}`),
    client,
    [Symbol.asyncDispose]: () => api.stop()
  }
}
