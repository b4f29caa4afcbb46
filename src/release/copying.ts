import type { PlannedFile } from '../plan/plan'
import type { Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'

/** Milliseconds that copying takes longer than sending a file without content: more requests. */
const extraMs = 0.5

/** Bytes a millisecond that a line is trusted with until it is measured. */
const presumedRate = 100_000

/** The line carries what it has carried in the best of such spans; in others there was less to send. */
const spanMs = 200

/** Copies on the server, while that is faster than sending and the server can do it. */
export class Copying {
  /** Files that were copied. */
  count = 0
  readonly #transport: Transport
  #spanBegan = performance.now()
  #sent = 0
  #rate: number | undefined
  #isPossible = true

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Bytes that the server has confirmed. */
  noteSent(bytes: number): void {
    this.#sent += bytes
    const elapsed = performance.now() - this.#spanBegan
    if (elapsed < spanMs) return
    this.#rate = Math.max(this.#rate ?? 0, this.#sent / elapsed)
    this.#spanBegan += elapsed
    this.#sent = 0
  }

  /** @returns the content's hash, or undefined for a file that is to be sent */
  async copied({ path, size, copyOf }: PlannedFile): Promise<string | undefined> {
    if (copyOf === undefined || !this.#isPossible || !this.#pays(size)) return undefined
    const { root } = this.#transport
    if (await this.#transport.copy(joinRemote(root, copyOf.path), joinRemote(root, path))) {
      this.count += 1
      return copyOf.sha256
    }
    this.#isPossible = false
    return undefined
  }

  #pays(size: number): boolean {
    // Where a file needs a connection of its own, sending it takes longer whatever its size.
    return this.#transport.sendsByConnection || size > (this.#rate ?? presumedRate) * extraMs
  }
}
