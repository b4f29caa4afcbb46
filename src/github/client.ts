import { setTimeout as sleep } from 'node:timers/promises'
import { getOctokit } from '@actions/github'
import { DeployError } from '../errors'
import { isUncertain, requestError, waitBefore, type Purpose } from './request-error'
import type { Trigger } from './trigger'

export type Octokit = ReturnType<typeof getOctokit>

export interface GitHubOptions {
  /** Ends every call, with its reason. */
  readonly signal: AbortSignal
  /** Told of each try that comes after the first. */
  readonly say?: (text: string) => void
  /** For one request. GitHub itself gives up after 10 s. */
  readonly timeoutMs?: number
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
}

const retries = 3

/**
 * The REST API of the repository that the run is in. Every request has a time limit and is made up to four times, as
 * long as trying again makes sense: no answer, a broken one, 5xx, and a rate limit that lasts a minute at most.
 */
export class GitHub {
  /** `owner` and `repo`, as most calls want them. */
  readonly repository: { readonly owner: string; readonly repo: string }
  readonly #octokit: Octokit
  readonly #signal: AbortSignal
  readonly #say: (text: string) => void
  readonly #timeoutMs: number
  readonly #pause: (milliseconds: number, signal: AbortSignal) => Promise<unknown>

  /** @throws DeployError `github-permission-missing` for what cannot be a token */
  constructor(
    token: string,
    { apiUrl, owner, repo }: Pick<Trigger, 'apiUrl' | 'owner' | 'repo'>,
    options: GitHubOptions
  ) {
    // In a header it would fail with a message that shows it.
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw new DeployError(
        'github-permission-missing',
        token === '' ? 'github-token is empty.' : 'github-token holds a character that no token has.',
        'Leave github-token out for the token of the workflow, or look at the secret that it comes from.'
      )
    }
    this.repository = { owner, repo }
    this.#signal = options.signal
    this.#say = options.say ?? (() => undefined)
    this.#timeoutMs = options.timeoutMs ?? 20_000
    this.#pause = options.pause ?? ((milliseconds, signal) => sleep(milliseconds, undefined, { signal }))
    this.#octokit = getOctokit(token, { baseUrl: apiUrl })
    this.#octokit.hook.wrap('request', (request, options) =>
      this.#patiently(options.method, async () => {
        const signal = AbortSignal.any([AbortSignal.timeout(this.#timeoutMs), this.#signal])
        // Changed in place: hooks further in are given these options, whatever is passed on.
        const answer = await request(Object.assign(options, { request: { ...options.request, signal } }))
        // octokit takes an answer that broke off, and a proxy's page, for a text.
        if (answer.status !== 204 && typeof answer.data === 'string') throw new Error('the answer is not whole')
        return answer
      })
    )
  }

  /**
   * Makes calls that may be made twice: those that read, and those that set what they set.
   *
   * @throws DeployError `github-permission-missing`, `github-refused`, `github-unreachable`; the signal's reason
   */
  async call<T>(purpose: Purpose, work: (octokit: Octokit) => Promise<T>): Promise<T> {
    try {
      return await work(this.#octokit)
    } catch (error) {
      this.#signal.throwIfAborted()
      throw requestError(error, purpose)
    }
  }

  /**
   * Makes one call that adds something. When it is not certain whether GitHub has carried it out, looks before it
   * makes it again.
   *
   * @param find what the call would have added; undefined when it is not there
   * @throws as `call`
   */
  async add<T>(
    purpose: Purpose,
    work: (octokit: Octokit) => Promise<T>,
    find: () => Promise<T | undefined>
  ): Promise<T> {
    for (let retry = 0; ; retry++) {
      try {
        return await work(this.#octokit)
      } catch (error) {
        this.#signal.throwIfAborted()
        if (retry === retries || !isUncertain(error)) throw requestError(error, purpose)
        await this.#wait(retry, error)
        const found = await find()
        if (found !== undefined) return found
      }
    }
  }

  /** Each single request, pages of a list included. */
  async #patiently<T>(method: string, request: () => Promise<T>): Promise<T> {
    for (let retry = 0; ; retry++) {
      this.#signal.throwIfAborted()
      try {
        return await request()
      } catch (error) {
        this.#signal.throwIfAborted()
        const mayHaveAdded = method === 'POST' && isUncertain(error)
        if (retry === retries || mayHaveAdded || !(await this.#wait(retry, error))) throw error
      }
    }
  }

  /** @returns false when another try is of no use */
  async #wait(retry: number, error: unknown): Promise<boolean> {
    const milliseconds = waitBefore(retry, error, Date.now())
    if (milliseconds === undefined) return false
    const reason = error instanceof Error ? error.message : String(error)
    this.#say(`GitHub: ${reason}. Trying again in ${Math.ceil(milliseconds / 1000)} s (${retry + 1} of ${retries}).`)
    try {
      await this.#pause(milliseconds, this.#signal)
    } finally {
      this.#signal.throwIfAborted()
    }
    return true
  }
}
