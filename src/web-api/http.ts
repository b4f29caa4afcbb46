import { rootCertificates } from 'node:tls'
import { Agent, EnvHttpProxyAgent, fetch, request, type Dispatcher } from 'undici'
import { messageOf, type ReasonCode } from '../errors'
import { networkError } from '../transport/network-error'

/** A web server's answer, or why there is none; a failed call is data here, since the caller decides what it means. */
export type Answer =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers: Headers
      readonly body: string
      /** The body goes on after what was read. */
      readonly isCut?: boolean
    }
  | {
      readonly kind: 'failure'
      readonly reason: string
      readonly isUntrusted: boolean
      /** What kind of failure, where that is known: `timeout`, `tls-failed`, `unreachable`. */
      readonly code?: ReasonCode | undefined
    }

interface Headers {
  get(name: string): string | null
}

/** How much of a body is read: longer ones are no health answers, and what a smoke check looks for should come early. */
export const bodyLimit = 1024 * 1024

/** GET requests that trust a private CA where one is given, and go through a proxy where the runner has one. */
export class Http implements AsyncDisposable {
  readonly #agent: Dispatcher

  /** @param serverName which certificate to ask for and to expect; undefined = that of the host in the URL */
  constructor(tlsCa: string | undefined, allowAnyCertificate: boolean, serverName?: string) {
    const connect = {
      rejectUnauthorized: !allowAnyCertificate,
      ...(tlsCa === undefined ? {} : { ca: [...rootCertificates, tlsCa] }),
      ...(serverName === undefined ? {} : { servername: serverName })
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
  get(url: string, headers: Record<string, string>, timeoutMs: number, stop: AbortSignal): Promise<Answer> {
    return this.#call(url, timeoutMs, stop, async signal => {
      const { status, headers: received, body } = await fetch(url, { headers, dispatcher: this.#agent, signal })
      return { kind: 'answer', status, headers: received, ...(await readStart(body)) }
    })
  }

  /**
   * One request: a redirect is an answer like any other, and `headers` may name another `host` than the URL does, which
   * fetch would not send.
   *
   * @param stop ends the call
   * @throws its reason
   */
  getOnce(url: string, headers: Record<string, string>, timeoutMs: number, stop: AbortSignal): Promise<Answer> {
    return this.#call(url, timeoutMs, stop, async signal => {
      const { statusCode, headers: received, body } = await request(url, { headers, dispatcher: this.#agent, signal })
      const get = (name: string): string | null => [received[name.toLowerCase()]].flat()[0] ?? null
      return { kind: 'answer', status: statusCode, headers: { get }, ...(await readStart(body)) }
    })
  }

  async #call(
    url: string,
    timeoutMs: number,
    stop: AbortSignal,
    work: (signal: AbortSignal) => Promise<Answer>
  ): Promise<Answer> {
    const limit = AbortSignal.timeout(timeoutMs)
    try {
      return await work(AbortSignal.any([limit, stop]))
    } catch (error) {
      stop.throwIfAborted()
      if (limit.aborted) {
        const reason = `no answer within ${Math.round(timeoutMs / 1000)} s`
        return { kind: 'failure', reason, isUntrusted: false, code: 'timeout' }
      }
      const cause = deepestCause(error)
      const code = networkError(new URL(url).host, cause)?.reasonCode
      return { kind: 'failure', reason: messageOf(cause), isUntrusted: code === 'certificate-untrusted', code }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close()
  }
}

async function readStart(body: AsyncIterable<Uint8Array> | null): Promise<{ body: string; isCut: boolean }> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    chunks.push(chunk)
    length += chunk.length
    if (length > bodyLimit) break
  }
  const bytes = Buffer.concat(chunks)
  return { body: bytes.subarray(0, bodyLimit).toString('utf8'), isCut: length > bodyLimit }
}

/** What fetch and the agents wrap; the innermost error tells what happened. */
function deepestCause(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? deepestCause(error.cause) : error
}

function hasProxy(): boolean {
  return ['http_proxy', 'https_proxy'].some(name => process.env[name] ?? process.env[name.toUpperCase()])
}
