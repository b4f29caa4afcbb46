import type { ReadinessSettings, ReadinessUrl } from '../inputs/settings'
import { together } from '../transport/in-flight'
import { Http } from './http'
import { Sessions, type SessionAnswer, type SessionSource } from './sessions'

/**
 * The sessions of a farm of Web APIs: each server knows its own, so all are asked, and the sum counts. What one of them does
 * not tell is not known of the farm; one that is retired has none.
 */
export class FarmSessions implements SessionSource {
  readonly url: string
  readonly #servers: readonly SessionSource[]

  /** @param url that clients use @param servers at least one */
  constructor(url: string, servers: readonly SessionSource[]) {
    this.url = url
    this.#servers = servers
  }

  /** @throws DeployError as Sessions */
  async count(signal: AbortSignal, timeoutMs?: number): Promise<SessionAnswer<number>> {
    const answer = await this.#askAll(server => server.count(signal, timeoutMs))
    if (answer.kind === 'unknown') return answer
    return { kind: 'known', value: answer.value.reduce((sum, count) => sum + count, 0) }
  }

  /** @throws DeployError as Sessions */
  async applications(signal: AbortSignal, timeoutMs?: number): Promise<SessionAnswer<readonly string[]>> {
    const answer = await this.#askAll(server => server.applications(signal, timeoutMs))
    return answer.kind === 'unknown' ? answer : { kind: 'known', value: answer.value.flat() }
  }

  /** @returns what those say that run */
  async #askAll<T>(ask: (server: SessionSource) => Promise<SessionAnswer<T>>): Promise<SessionAnswer<T[]>> {
    const [only, ...more] = this.#servers
    if (only && more.length === 0) {
      const answer = await ask(only)
      return answer.kind === 'unknown' ? answer : { kind: 'known', value: [answer.value] }
    }
    const answers = await together(this.#servers.map(async server => ({ url: server.url, answer: await ask(server) })))
    const unknown = answers.flatMap(({ url, answer }) => (answer.kind === 'unknown' ? [{ url, answer }] : []))
    const silent = unknown.filter(({ answer }) => !answer.isRetired)
    if (silent.length === 0 && unknown.length < answers.length) {
      return { kind: 'known', value: answers.flatMap(({ answer }) => (answer.kind === 'known' ? [answer.value] : [])) }
    }
    const told = silent.length > 0 ? silent : unknown
    return {
      kind: 'unknown',
      state: told.map(({ url, answer }) => `${url} says ${answer.state}`).join('; '),
      isRetired: silent.length === 0,
      waitMs: Math.max(...told.map(({ answer }) => answer.waitMs))
    }
  }
}

/** The session calls to each server of some Web APIs, by connections of their own. */
export class SessionCalls implements AsyncDisposable {
  readonly sessions: FarmSessions
  readonly #connections: readonly Http[]

  /** @param url that clients use @param servers where they answer, at least one */
  constructor(
    url: string,
    servers: readonly ReadinessUrl[],
    { tlsCa, allowAnyCertificate, authorization }: ReadinessSettings
  ) {
    const calls = servers.map(server => {
      const http = new Http(tlsCa, allowAnyCertificate, server.host?.replace(/:\d+$/, ''))
      return { http, sessions: new Sessions(http, server, authorization) }
    })
    this.#connections = calls.map(({ http }) => http)
    this.sessions = new FarmSessions(
      url,
      calls.map(({ sessions }) => sessions)
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#connections.map(http => http[Symbol.asyncDispose]()))
  }
}
