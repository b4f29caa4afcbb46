import type { SiteAddress } from '../site/site-url'
import type { Jump } from './jump'
import { JumpConnection } from './jump-connection'
import type { JumpStream } from './jump-stream'

/**
 * The way to servers that the runner cannot reach: one connection to a host in between, which is made when it is first
 * needed, shared by all that goes through it, and made anew when it has broken.
 */
export class JumpHost implements AsyncDisposable {
  readonly #jump: Jump
  readonly #warn: (text: string) => void
  readonly #giveUp: AbortSignal
  #connection: Promise<JumpConnection> | undefined

  /**
   * @param warn hears of a host key that is trusted unseen
   * @param giveUp ends the connection at once when it is aborted
   */
  constructor(jump: Jump, warn: (text: string) => void, giveUp: AbortSignal) {
    this.#jump = jump
    this.#warn = warn
    this.#giveUp = giveUp
  }

  /**
   * Has the jump host connect to a server.
   *
   * @throws DeployError that says which of the two it was: `unreachable`, `timeout`, `connection-lost`,
   * `too-many-connections`; of the jump host alone, `host-key-mismatch`, `authentication-failed`
   */
  async reach(address: SiteAddress): Promise<JumpStream> {
    this.#giveUp.throwIfAborted()
    const connection = await this.#connected()
    return connection.forward(address)
  }

  /**
   * Gives the connection up if it still owes an answer that it owed when the work was told to stop: it may never come,
   * and nobody could undo anything over it.
   *
   * @param sinceMs how long ago the work was told to stop
   */
  dropSilent(sinceMs: number): void {
    this.#connection?.then(
      connection => {
        connection.dropSilent(sinceMs)
      },
      () => undefined
    )
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#connection?.then(
      connection => {
        connection.end()
      },
      () => undefined
    )
    return Promise.resolve()
  }

  #connected(): Promise<JumpConnection> {
    this.#connection ??= JumpConnection.open(this.#jump, this.#warn, this.#giveUp, () => {
      this.#connection = undefined
    })
    return this.#connection
  }
}
