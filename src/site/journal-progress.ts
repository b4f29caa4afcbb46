import { rowsOf, type Inventory, type KnownFile } from './inventory'
import type { JournalFolder } from './journal-folder'
import { progressName } from './journal-names'

/** Files that a segment holds at most, and how long one waits to be recorded. */
const segmentFiles = 500
const segmentMs = 2_000

/**
 * What a release has put on a site since the last inventory. It is written down in segments, each a document of its own,
 * of many files and a little later.
 */
export class JournalProgress {
  readonly #folder: JournalFolder
  readonly #release: () => string | undefined
  #unrecorded: Inventory = new Map()
  #segments: number
  #lastSegment = Date.now()
  #recording: Promise<void> = Promise.resolve()
  #isRecording = false

  /**
   * @param release the id of the release at work, if there is one: without one nothing is written down
   * @param segments how many it has already
   */
  constructor(folder: JournalFolder, release: () => string | undefined, segments: number) {
    this.#folder = folder
    this.#release = release
    this.#segments = segments
  }

  /** Counts the segments of another release from now on. */
  restart(): void {
    this.#segments = 0
  }

  note(path: string, file: KnownFile): void {
    this.#unrecorded.set(path, file)
    const isDue = this.#unrecorded.size >= segmentFiles || Date.now() - this.#lastSegment >= segmentMs
    if (this.#isRecording || !isDue) return
    this.#isRecording = true
    // What fails here fails again at the next flush, and there it is heard.
    void this.flush()
      .catch(() => undefined)
      .finally(() => {
        this.#isRecording = false
      })
  }

  forget(path: string): void {
    this.#unrecorded.delete(path)
  }

  /** Writes down what is noted so far. */
  flush(): Promise<void> {
    this.#recording = this.#recording.catch(() => undefined).then(() => this.#record())
    return this.#recording
  }

  /** Waits for what is being written down, whatever becomes of it. */
  async settle(): Promise<void> {
    await this.#recording.catch(() => undefined)
  }

  /** Forgets all that was noted: an inventory has it. */
  clear(): void {
    this.#unrecorded = new Map()
  }

  async #record(): Promise<void> {
    const release = this.#release()
    if (this.#unrecorded.size === 0 || release === undefined) return
    const files = this.#unrecorded
    this.#unrecorded = new Map()
    this.#segments += 1
    this.#lastSegment = Date.now()
    const name = progressName(release, this.#segments)
    try {
      await this.#folder.write([{ name, kind: 'files', content: rowsOf(files) }])
    } catch (error) {
      for (const [path, file] of files) if (!this.#unrecorded.has(path)) this.#unrecorded.set(path, file)
      throw error
    }
  }
}
