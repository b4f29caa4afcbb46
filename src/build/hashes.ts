import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { hashOf, type Content } from '../transport/content'

/** How long the event loop waits for hashing at a time, in milliseconds: much less than a round trip. */
const sliceMs = 4

/** A near server answers before: there is nothing to wait for, and for a first release no hash is asked for. */
const patienceMs = 150

/** SHA-256 of a build's files, each file read once for it. */
export class Hashes {
  readonly #known = new Map<string, string>()
  #isWanted = true

  /** In base64url. */
  of(content: Content): string {
    if ('bytes' in content) return hashOf(content)
    let hash = this.#known.get(content.localPath)
    if (hash === undefined) this.#known.set(content.localPath, (hash = hashOf(content)))
    return hash
  }

  /**
   * Hashes files before they are asked for, while the run waits for a server. One that cannot be read is left to whoever
   * asks for it.
   */
  async ahead(files: Iterable<Content>): Promise<void> {
    await sleep(patienceMs, undefined, { ref: false })
    let began = performance.now()
    for (const file of files) {
      if (!this.#isWanted) return
      try {
        this.of(file)
      } catch {
        return
      }
      if (performance.now() - began < sliceMs) continue
      await turn()
      began = performance.now()
    }
  }

  /** Nothing more will be asked for. */
  stop(): void {
    this.#isWanted = false
  }
}
