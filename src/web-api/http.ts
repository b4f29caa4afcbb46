import { rootCertificates } from 'node:tls'
import { Agent, EnvHttpProxyAgent, fetch, type Dispatcher } from 'undici'
import { messageOf } from '../errors'
import { networkError } from '../transport/network-error'

/** A web server's answer, or why there is none; a failed call is data here, since the caller decides what it means. */
export type Answer =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Headers; readonly body: string }
  | { readonly kind: 'failure'; readonly reason: string; readonly isUntrusted: boolean }

interface Headers {
  get(name: string): string | null
}

/** Much longer bodies are no health answers; what a smoke check looks for should come early. */
const bodyLimit = 1024 * 1024

/** GET requests that trust a private CA where one is given, and go through a proxy where the runner has one. */
export class Http implements AsyncDisposable {
  readonly #agent: Dispatcher

  constructor(tlsCa: string | undefined, allowAnyCertificate: boolean) {
    const connect = {
      rejectUnauthorized: !allowAnyCertificate,
      ...(tlsCa === undefined ? {} : { ca: [...rootCertificates, tlsCa] })
    }
    // Behind a proxy the handshake with the target takes its options from requestTls.
    const options = { connect, requestTls: connect }
    // The agent for proxies warns that it is new, so it is used where there is one.
    this.#agent = hasProxy() ? new EnvHttpProxyAgent(options) : new Agent(options)
  }

  /**
   * Follows redirects. `headers` go to the first host only, as fetch does it.
   *
   * @param stop ends the call
   * @throws its reason
   */
  async get(url: string, headers: Record<string, string>, timeoutMs: number, stop: AbortSignal): Promise<Answer> {
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), stop])
      const response = await fetch(url, { headers, dispatcher: this.#agent, signal })
      const body = await readStart(response.body)
      return { kind: 'answer', status: response.status, headers: response.headers, body }
    } catch (error) {
      stop.throwIfAborted()
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
      const known = networkError(new URL(url).host, cause)
      return {
        kind: 'failure',
        reason: isTimeout(error) ? `no answer within ${Math.round(timeoutMs / 1000)} s` : messageOf(cause),
        isUntrusted: known?.reasonCode === 'certificate-untrusted'
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close()
  }
}

async function readStart(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    chunks.push(chunk)
    length += chunk.length
    if (length > bodyLimit) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}

function hasProxy(): boolean {
  return ['http_proxy', 'https_proxy'].some(name => process.env[name] ?? process.env[name.toUpperCase()])
}
