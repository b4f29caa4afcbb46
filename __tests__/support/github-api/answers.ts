export interface ApiAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Written as JSON, but for a text, which is a page. */
  readonly body?: unknown
}

/** An error as GitHub writes it. */
export function refusal(
  status: number,
  message: string,
  more: { readonly headers?: Readonly<Record<string, string>>; readonly errors?: readonly unknown[] } = {}
): ApiAnswer {
  const { headers = {}, errors } = more
  return {
    status,
    headers,
    body: {
      message,
      ...(errors ? { errors } : {}),
      documentation_url: 'https://docs.github.com/rest',
      status: String(status)
    }
  }
}

/** How the next requests fare instead of being answered well. */
export type Trouble =
  /** With `retry-after` when it is given, as GitHub mostly sends it. */
  | { readonly kind: 'secondary-rate-limit'; readonly retryAfter?: number; readonly status?: 403 | 429 }
  /** The limit of an hour, which ends in so many seconds. */
  | { readonly kind: 'rate-limit'; readonly resetIn: number }
  | { readonly kind: 'server-error'; readonly status: 500 | 502 | 503 | 504 }
  /** Carried out, but the connection breaks before the answer. */
  | { readonly kind: 'answer-lost' }
  /** Carried out, but GitHub answers 502. */
  | { readonly kind: 'answer-502' }
  /** The answer breaks off in its middle. */
  | { readonly kind: 'answer-cut' }
  /** The connection breaks at once, and nothing is carried out. */
  | { readonly kind: 'connection-lost' }
  | { readonly kind: 'slow'; readonly milliseconds: number }

const unicorn = '<!DOCTYPE html>\n<html><head><title>Unicorn! &middot; GitHub</title></head><body></body></html>\n'

/** What is answered in trouble; undefined for the kinds that are about the connection. */
export function troubled(trouble: Trouble): ApiAnswer | undefined {
  switch (trouble.kind) {
    case 'secondary-rate-limit':
      return refusal(
        trouble.status ?? 403,
        'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
        { headers: trouble.retryAfter === undefined ? {} : { 'retry-after': String(trouble.retryAfter) } }
      )
    case 'rate-limit':
      return refusal(403, 'API rate limit exceeded for installation ID 4711.', {
        headers: {
          'x-ratelimit-limit': '1000',
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + trouble.resetIn)
        }
      })
    case 'server-error':
      return { status: trouble.status, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: unicorn }
    default:
      return undefined
  }
}
