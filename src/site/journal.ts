import { together } from '../transport/in-flight'
import { isBroken } from '../transport/network-error'
import type { RemoteEntry, Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import type { NewDocument } from './document'
import { findJournal, type FoundJournal } from './found-journal'
import type { Inventory } from './inventory'
import { changed, ended, type JournalContent } from './journal-content'
import { JournalFolder } from './journal-folder'
import { backupsName, inventoryName, isRecord, isWaste, journalName, movesName, type Needed } from './journal-names'
import { JournalProgress } from './journal-progress'
import { parseMoves, type Move, type ReleaseEntry } from './release-entry'

/**
 * The action's records of an app on a site. Each state is a document of its own, `journal-<n>.json`, that takes a name
 * which nothing has yet: the highest number counts, and a server that cannot replace a file by a rename need not. Its
 * companions are the inventory (`files-<n>.json`), the moves of a switch (`moves-<id>.json`), the replaced files
 * (`backup-<id>/`) and the progress of the release at work (`progress-<id>-<n>.json`).
 */
export class Journal {
  /** Absent, read, or there and not to be read. */
  readonly state: FoundJournal['state']
  /** What the action put on the site, as far as it is known for sure. */
  readonly files: Inventory
  readonly #folder: JournalFolder
  readonly #progress: JournalProgress
  /** Of the journal that counts. */
  #number: number
  /** The highest that was ever tried: a name is never used twice. */
  #lastNumber: number
  /** Those before it that are still there. */
  readonly #outdated: number[] = []
  #content: JournalContent
  /** What counts when all is recorded that is being recorded. */
  #coming: JournalContent
  /** What is written down and may be recorded yet. */
  readonly #prepared = new Set<Draft>()
  #isAside = false

  private constructor(folder: JournalFolder, found: FoundJournal) {
    this.state = found.state
    this.files = found.files
    this.#folder = folder
    this.#progress = new JournalProgress(folder, () => this.unfinished?.id, found.segments)
    this.#number = found.number
    this.#lastNumber = found.lastNumber
    this.#content = found.content
    this.#coming = found.content
  }

  /**
   * Reads the journal. One that is broken or foreign counts as unknown, which is said: then everything is uploaded and
   * nothing deleted.
   *
   * @param folder the state folder of the app, absolute
   * @param entries its listing
   * @throws DeployError `journal-newer`
   */
  static async read(
    transport: Transport,
    folder: string,
    target: string,
    entries: readonly RemoteEntry[],
    warn: (text: string) => void
  ): Promise<Journal> {
    const ofApp = new JournalFolder(transport, folder, entries)
    return new Journal(ofApp, await findJournal(ofApp, target, warn))
  }

  /** Releases that are over, the oldest first. */
  get releases(): readonly ReleaseEntry[] {
    return this.#content.releases
  }

  /** The release that is being made, or that a run before has left so. */
  get unfinished(): ReleaseEntry | undefined {
    return this.#content.unfinished ?? undefined
  }

  /** Where the backups of a release lie, absolute. */
  backupFolder(id: string): string {
    return joinRemote(this.#folder.path, backupsName(id))
  }

  /**
   * Records that a release begins, before it writes anything.
   *
   * @param overwritten paths that will be written in place: from now on their content is not known, whatever happens
   */
  async begin(entry: ReleaseEntry, overwritten: Iterable<string>): Promise<void> {
    const known = this.files.size
    for (const path of overwritten) this.files.delete(path)
    this.#progress.restart()
    const isSame = this.files.size === known && this.#content.unfinished === null
    await this.#write({ ...this.#content, unfinished: entry }, !isSame)
  }

  /** Records a file that is on the site now. It is written down with others, a little later. */
  note(path: string, size: number, sha256: string): void {
    const file = { size, sha256 }
    this.files.set(path, file)
    this.#progress.note(path, file)
  }

  /** Takes back what was noted of a file that is not on the site any more. */
  forget(path: string): void {
    this.files.delete(path)
    this.#progress.forget(path)
  }

  /** Writes down the progress that is noted so far. */
  flush(): Promise<void> {
    return this.#progress.flush()
  }

  /** Records how far the release has come. */
  async advance(change: Partial<ReleaseEntry>): Promise<void> {
    await this.#write({ ...this.#content, unfinished: changed(this.#content, change) }, false)
  }

  /**
   * Prepares to record how far the release has come, which takes longer than recording it. That it begins need not be
   * recorded yet.
   *
   * @returns records it, after that; in between only what is prepared may be recorded, in the order in which it was
   */
  async prepare(change: Partial<ReleaseEntry>): Promise<() => Promise<void>> {
    return this.#recordLater(await this.#draft({ ...this.#coming, unfinished: changed(this.#coming, change) }, false))
  }

  /** Prepares to end the release that is being made, as `prepare` does, and as `finish` records it. */
  async prepareFinish(change: Partial<ReleaseEntry> | undefined): Promise<() => Promise<void>> {
    const outcome = changed(this.#coming, change ?? {})
    await this.#progress.settle()
    const record = this.#recordLater(await this.#draft(ended(this.#content, change && outcome), true))
    return async () => {
      await record()
      this.#progress.clear()
    }
  }

  /** Takes away what was prepared and will not be recorded. */
  async discard(): Promise<void> {
    const documents = [...this.#prepared].flatMap(draft => draft.documents)
    this.#prepared.clear()
    await this.#folder.discard(documents)
  }

  /** Records the moves of a switch, before the first of them. */
  saveMoves(id: string, moves: readonly (readonly Move[])[]): Promise<void> {
    return this.#folder.write([{ name: movesName(id), kind: 'moves', content: moves }])
  }

  /** @throws DeployError `journal-unreadable` */
  async readMoves(id: string): Promise<Move[][]> {
    const name = movesName(id)
    return parseMoves(await this.#folder.read(name, 'moves'), name)
  }

  /**
   * Ends the release that is being made, and records what is on the site now.
   *
   * @param outcome how it ended; undefined for one that clients never saw, of which nothing is kept
   */
  async finish(outcome: ReleaseEntry | undefined): Promise<void> {
    await this.#progress.settle()
    this.#progress.clear()
    await this.#write(ended(this.#content, outcome), true)
  }

  /** Takes a release up again, to undo it. */
  async reopen(entry: ReleaseEntry): Promise<void> {
    await this.#write({ ...this.#content, unfinished: entry }, false)
  }

  /** Removes what no release needs any more: documents before this one, progress, backups of old releases. */
  async sweep(): Promise<void> {
    const needed = this.#needed()
    await this.#folder.sweep(name => isWaste(name, needed))
  }

  /** The same of what not even an undoing of the last release needs: the documents before this one, and progress. */
  async sweepDocuments(): Promise<void> {
    const needed = this.#needed()
    await this.#folder.sweep(name => isRecord(name) && isWaste(name, needed))
  }

  #needed(): Needed {
    const releases = this.#content.releases.filter(({ phase }) => phase === 'released')
    return {
      documents: new Set([journalName(this.#number), this.#content.files]),
      releases: new Set([...releases, this.unfinished].map(entry => entry?.id)),
      unfinished: this.unfinished?.id,
      left: this.#content.left
    }
  }

  #recordLater(draft: Draft): () => Promise<void> {
    this.#prepared.add(draft)
    return async () => {
      this.#prepared.delete(draft)
      await this.#count(draft)
    }
  }

  /** A journal that is not needed any more goes; one that could not be read is kept for people to look at. */
  async #putAway(number: number | undefined): Promise<void> {
    if (number === undefined) return
    const name = journalName(number)
    try {
      if (this.state === 'unreadable' && !this.#isAside) await this.#folder.putAside(name)
      else await this.#folder.remove(name)
      this.#isAside = true
    } catch (error) {
      // What stays is swept away later: the number tells that it is old.
      if (isBroken(error)) throw error
    }
  }

  async #write(content: JournalContent, withFiles: boolean): Promise<void> {
    await this.#count(await this.#draft(content, withFiles))
  }

  /** Writes the next state down, where it does not count yet. */
  async #draft(content: JournalContent, withFiles: boolean): Promise<Draft> {
    const number = (this.#lastNumber += 1)
    const files = withFiles ? inventoryName(number) : content.files
    const next = { ...content, files }
    this.#coming = next
    const documents: NewDocument[] = [{ name: journalName(number), kind: 'journal', content: next }]
    // The one that counts stays until there is another.
    const outdated = this.#outdated.splice(0)
    await together([
      this.#folder.draft(documents),
      withFiles ? this.#folder.writeInventory(inventoryName(number), this.files) : Promise.resolve(),
      ...outdated.map(before => this.#putAway(before))
    ])
    return { number, content: next, documents }
  }

  async #count({ number, content, documents }: Draft): Promise<void> {
    await this.#folder.name(documents)
    if (this.#number > 0) this.#outdated.push(this.#number)
    this.#number = number
    this.#content = content
    if (this.state === 'unreadable') await this.#putAway(this.#outdated.pop())
  }
}

/** A state that is written down and does not count yet. */
interface Draft {
  readonly number: number
  readonly content: JournalContent
  readonly documents: readonly NewDocument[]
}
