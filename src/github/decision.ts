import type { ReasonCode } from '../errors'
import type { PullRequest } from './pull-request'

/** What a run may do, with a text that says why. */
export type Passage =
  | {
      readonly action: 'deploy'
      readonly reasonCode: undefined
      readonly text: string
      readonly pullRequest: PullRequest
    }
  | {
      readonly action: 'plan'
      readonly reasonCode: 'pull-request-open'
      readonly text: string
      readonly pullRequest: PullRequest
    }
  | {
      readonly action: 'skip'
      readonly reasonCode: ReasonCode
      readonly text: string
      readonly pullRequest: PullRequest | undefined
    }

/** The step fails. */
export interface Refusal {
  readonly action: 'fail'
  readonly reasonCode: ReasonCode
  readonly message: string
  readonly advice: string
  readonly pullRequest: PullRequest | undefined
}

export type Decision = Passage | Refusal

export function skip(reasonCode: ReasonCode, text: string, pullRequest?: PullRequest) {
  return { action: 'skip', reasonCode, text, pullRequest } as const
}

/** `a, b and c`. */
export function list(items: readonly string[]): string {
  return items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`
}
