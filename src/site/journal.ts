import { DeployError } from '../errors'
import { forEachInFlight, together } from '../transport/in-flight'
import { isBroken } from '../transport/network-error'
import type { RemoteEntry, Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import { draftDocuments, nameDrafts, readDocument, unreadable, writeDocument, type NewDocument } from './document'
import { parseRows, rowsOf, type Inventory } from './inventory'
import {
  backupsName,
  inventoryName,
  isRecord,
  isWaste,
  journalName,
  movesName,
  numberOf,
  progressName
} from './journal-names'
import { parseEntry, parseMoves, type Move, type ReleaseEntry } from './release-entry'
import { stagedName } from './temporary-name'

/** Releases that can be undone: the backups of older ones go. */
const keptReleases = 3

/** Files that a segment of the progress holds at most, and how long one waits to be recorded. */
const segmentFiles = 500
const segmentMs = 2_000

interface Content {
  readonly target: string
  readonly releases: readonly ReleaseEntry[]
  readonly unfinished: ReleaseEntry | null
  /** Name of the document with the inventory; null where nothing is known. */
  readonly files: string | null
  /** What a journal that could not be read has left: it may hold the only copy of a file, so it is for people to judge. */
  readonly left: readonly string[]
}

/**
 * The action's records of an app on a site. Each state is a document of its own, `journal-<n>.json`, that takes a name
 * which nothing has yet: the highest number counts, and a server that cannot replace a file by a rename need not. Its
 * companions are the inventory (`files-<n>.json`), the moves of a switch (`moves-<id>.json`), the replaced files
 * (`backup-<id>/`) and the progress of the release at work (`progress-<id>-<n>.json`).
 */
export class Journal {
  /** Absent, read, or there and not to be read. */
  readonly state: 'absent' | 'read' | 'unreadable'
  /** What the action put on the site, as far as it is known for sure. */
  readonly files: Inventory
  readonly #transport: Transport
  readonly #folder: string
  readonly #target: string
  /** Of the journal that counts. */
  #number: number
  /** The highest that was ever tried: a name is never used twice. */
  #lastNumber: number
  /** Those before it that are still there. */
  readonly #outdated: number[] = []
  #content: Content
  /** What counts when all is recorded that is being recorded. */
  #coming: Content
  /** What lies in the folder: as it was listed, and as this run has changed it since. */
  readonly #lying: Map<string, RemoteEntry['kind']>
  /** What is written down and may be recorded yet. */
  readonly #prepared = new Set<Draft>()
  #unrecorded: Inventory = new Map()
  #segments = 0
  #isAside = false
  #lastSegment = Date.now()
  #recording: Promise<void> = Promise.resolve()
  #isRecording = false

  private constructor(
    transport: Transport,
    folder: string,
    target: string,
    entries: readonly RemoteEntry[],
    read: { state: Journal['state']; number: number; lastNumber: number; content: Content; files: Inventory }
  ) {
    this.#transport = transport
    this.#folder = folder
    this.#target = target
    this.#lying = new Map(entries.map(({ name, kind }) => [name, kind]))
    this.state = read.state
    this.files = read.files
    this.#number = read.number
    this.#lastNumber = read.lastNumber
    this.#content = read.content
    this.#coming = read.content
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
    const names = entries.flatMap(({ name, kind }) => (kind === 'file' ? [name] : []))
    const numbers = names.flatMap(name => numberOf(name, 'journal') ?? []).sort((a, b) => b - a)
    const lastNumber = Math.max(0, ...numbers, ...names.flatMap(name => numberOf(name, 'files') ?? []))
    const empty: Content = { target, releases: [], unfinished: null, files: null, left: [] }
    const [number] = numbers
    if (number === undefined) {
      return new Journal(transport, folder, target, entries, {
        state: 'absent',
        number: 0,
        lastNumber,
        content: empty,
        files: new Map()
      })
    }
    try {
      const name = journalName(number)
      const newest = Math.max(0, ...names.flatMap(file => numberOf(file, 'files') ?? []))
      const likely = newest > 0 ? inventoryName(newest) : null
      // Asked for at once; which inventory counts is for the journal to say.
      const ahead = readInventory(transport, folder, likely)
      ahead.catch(() => undefined)
      const content = parseContent(await readDocument(transport, folder, name, 'journal'), target, name)
      if (content.files !== null && !names.includes(content.files)) throw unreadable(content.files, 'it is missing')
      const files = await (content.files === likely ? ahead : readInventory(transport, folder, content.files))
      const segments = names.filter(
        file => content.unfinished && file.startsWith(progressName(content.unfinished.id, ''))
      )
      await forEachInFlight(segments.filter(isDocument), transport.inFlight, async segment => {
        for (const [path, file] of await readInventory(transport, folder, segment)) files.set(path, file)
      })
      const journal = new Journal(transport, folder, target, entries, {
        state: 'read',
        number,
        lastNumber,
        content,
        files
      })
      journal.#segments = segments.length
      return journal
    } catch (error) {
      if (!(error instanceof DeployError) || error.reasonCode !== 'journal-unreadable') throw error
      warn(`${error.message} What is on the site is taken as unknown: everything is uploaded, nothing is deleted.`)
      return new Journal(transport, folder, target, entries, {
        state: 'unreadable',
        number,
        lastNumber,
        content: { ...empty, left: entries.flatMap(({ name }) => (/^(backup|moves)-/.test(name) ? [name] : [])) },
        files: new Map()
      })
    }
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
    return joinRemote(this.#folder, backupsName(id))
  }

  /**
   * Records that a release begins, before it writes anything.
   *
   * @param overwritten paths that will be written in place: from now on their content is not known, whatever happens
   */
  async begin(entry: ReleaseEntry, overwritten: Iterable<string>): Promise<void> {
    const known = this.files.size
    for (const path of overwritten) this.files.delete(path)
    this.#segments = 0
    const isSame = this.files.size === known && this.#content.unfinished === null
    await this.#write({ ...this.#content, unfinished: entry }, !isSame)
  }

  /** Records a file that is on the site now. It is written down with others, a little later. */
  note(path: string, size: number, sha256: string): void {
    const file = { size, sha256 }
    this.files.set(path, file)
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

  /** Takes back what was noted of a file that is not on the site any more. */
  forget(path: string): void {
    this.files.delete(path)
    this.#unrecorded.delete(path)
  }

  /** Writes down the progress that is noted so far. */
  flush(): Promise<void> {
    this.#recording = this.#recording.catch(() => undefined).then(() => this.#record())
    return this.#recording
  }

  /** Records how far the release has come. */
  async advance(change: Partial<ReleaseEntry>): Promise<void> {
    const { unfinished } = this.#content
    if (!unfinished) throw new Error('No release is being made.')
    await this.#write({ ...this.#content, unfinished: { ...unfinished, ...change } }, false)
  }

  /**
   * Prepares to record how far the release has come, which takes longer than recording it. That it begins need not be
   * recorded yet.
   *
   * @returns records it, after that; in between only what is prepared may be recorded, in the order in which it was
   */
  async prepare(change: Partial<ReleaseEntry>): Promise<() => Promise<void>> {
    const { unfinished } = this.#coming
    if (!unfinished) throw new Error('No release is being made.')
    return this.#recordLater(await this.#draft({ ...this.#coming, unfinished: { ...unfinished, ...change } }, false))
  }

  /** Prepares to end the release that is being made, as `prepare` does, and as `finish` records it. */
  async prepareFinish(change: Partial<ReleaseEntry> | undefined): Promise<() => Promise<void>> {
    const { unfinished } = this.#coming
    if (!unfinished) throw new Error('No release is being made.')
    await this.#recording.catch(() => undefined)
    const draft = await this.#draft(this.#ended(change && { ...unfinished, ...change }), true)
    const record = this.#recordLater(draft)
    return async () => {
      await record()
      this.#unrecorded = new Map()
    }
  }

  /** Takes away what was prepared and will not be recorded. */
  async discard(): Promise<void> {
    const documents = [...this.#prepared].flatMap(draft => draft.documents)
    this.#prepared.clear()
    for (const { name } of documents) await this.#remove(stagedName(name))
  }

  /** Records the moves of a switch, before the first of them. */
  saveMoves(id: string, moves: readonly (readonly Move[])[]): Promise<void> {
    return this.#lay([{ name: movesName(id), kind: 'moves', content: moves }])
  }

  /** @throws DeployError `journal-unreadable` */
  async readMoves(id: string): Promise<Move[][]> {
    const name = movesName(id)
    return parseMoves(await readDocument(this.#transport, this.#folder, name, 'moves'), name)
  }

  /**
   * Ends the release that is being made, and records what is on the site now.
   *
   * @param outcome how it ended; undefined for one that clients never saw, of which nothing is kept
   */
  async finish(outcome: ReleaseEntry | undefined): Promise<void> {
    await this.#recording.catch(() => undefined)
    this.#unrecorded = new Map()
    await this.#write(this.#ended(outcome), true)
  }

  /** Takes a release up again, to undo it. */
  async reopen(entry: ReleaseEntry): Promise<void> {
    await this.#write({ ...this.#content, unfinished: entry }, false)
  }

  /** Removes what no release needs any more: documents before this one, progress, backups of old releases. */
  async sweep(): Promise<void> {
    await this.#removeAll(this.#waste())
  }

  /** The same of what not even an undoing of the last release needs: the documents before this one, and progress. */
  async sweepDocuments(): Promise<void> {
    await this.#removeAll(this.#waste().filter(([name]) => isRecord(name)))
  }

  #waste(): [string, RemoteEntry['kind']][] {
    const releases = this.#content.releases.filter(({ phase }) => phase === 'released')
    const needed = {
      documents: new Set([journalName(this.#number), this.#content.files]),
      releases: new Set([...releases, this.unfinished].map(entry => entry?.id)),
      unfinished: this.unfinished?.id,
      left: this.#content.left
    }
    return [...this.#lying].filter(([name]) => isWaste(name, needed))
  }

  async #removeAll(waste: readonly [string, RemoteEntry['kind']][]): Promise<void> {
    await forEachInFlight(waste, this.#transport.inFlight, async ([name, kind]) => {
      if (kind !== 'folder') await this.#remove(name)
      else {
        await removeBackups(this.#transport, joinRemote(this.#folder, name))
        this.#lying.delete(name)
      }
    })
  }

  #ended(outcome: ReleaseEntry | undefined): Content {
    const others = this.#content.releases.filter(({ id }) => id !== outcome?.id)
    return { ...this.#content, releases: outcome ? newest([...others, outcome]) : others, unfinished: null }
  }

  #recordLater(draft: Draft): () => Promise<void> {
    this.#prepared.add(draft)
    return async () => {
      this.#prepared.delete(draft)
      await this.#count(draft)
    }
  }

  async #record(): Promise<void> {
    const { unfinished } = this.#content
    if (this.#unrecorded.size === 0 || !unfinished) return
    const files = this.#unrecorded
    this.#unrecorded = new Map()
    this.#segments += 1
    this.#lastSegment = Date.now()
    const name = progressName(unfinished.id, this.#segments)
    try {
      await this.#lay([{ name, kind: 'files', content: rowsOf(files) }])
    } catch (error) {
      for (const [path, file] of files) if (!this.#unrecorded.has(path)) this.#unrecorded.set(path, file)
      throw error
    }
  }

  /** A journal that is not needed any more goes; one that could not be read is kept for people to look at. */
  async #putAway(number: number | undefined): Promise<void> {
    if (number === undefined) return
    const name = journalName(number)
    const path = joinRemote(this.#folder, name)
    try {
      if (this.state === 'unreadable' && !this.#isAside) {
        await this.#transport.rename(path, `${path}.unreadable`)
        this.#lying.delete(name)
      } else await this.#remove(name)
      this.#isAside = true
    } catch (error) {
      // What stays is swept away later: the number tells that it is old.
      if (isBroken(error)) throw error
    }
  }

  async #write(content: Content, withFiles: boolean): Promise<void> {
    await this.#count(await this.#draft(content, withFiles))
  }

  /** Writes the next state down, where it does not count yet. */
  async #draft(content: Content, withFiles: boolean): Promise<Draft> {
    const number = (this.#lastNumber += 1)
    const files = withFiles ? inventoryName(number) : content.files
    const next = { ...content, target: this.#target, files }
    this.#coming = next
    const documents: NewDocument[] = [{ name: journalName(number), kind: 'journal', content: next }]
    // The one that counts stays until there is another.
    const outdated = this.#outdated.splice(0)
    await together([
      this.#layStaged(documents),
      withFiles ? this.#layInventory(inventoryName(number)) : Promise.resolve(),
      ...outdated.map(before => this.#putAway(before))
    ])
    return { number, content: next, documents }
  }

  async #count({ number, content, documents }: Draft): Promise<void> {
    await this.#name(documents)
    if (this.#number > 0) this.#outdated.push(this.#number)
    this.#number = number
    this.#content = content
    if (this.state === 'unreadable') await this.#putAway(this.#outdated.pop())
  }

  /** At once by its name, although it may break off: it is read only if a journal names it, and that comes after it. */
  async #layInventory(name: string): Promise<void> {
    this.#lying.set(name, 'file')
    await writeDocument(this.#transport, this.#folder, { name, kind: 'files', content: rowsOf(this.files) })
  }

  async #lay(documents: readonly NewDocument[]): Promise<void> {
    await this.#layStaged(documents)
    await this.#name(documents)
  }

  async #layStaged(documents: readonly NewDocument[]): Promise<void> {
    for (const { name } of documents) this.#lying.set(stagedName(name), 'file')
    await draftDocuments(this.#transport, this.#folder, documents)
  }

  async #name(documents: readonly NewDocument[]): Promise<void> {
    for (const { name } of documents) this.#lying.set(name, 'file')
    await nameDrafts(this.#transport, this.#folder, documents)
    for (const { name } of documents) this.#lying.delete(stagedName(name))
  }

  async #remove(name: string): Promise<void> {
    await this.#transport.remove(joinRemote(this.#folder, name))
    this.#lying.delete(name)
  }
}

/** A state that is written down and does not count yet. */
interface Draft {
  readonly number: number
  readonly content: Content
  readonly documents: readonly NewDocument[]
}

/** The last ones that stand, and what was rolled back since; in the order in which they were begun. */
function newest(releases: readonly ReleaseEntry[]): ReleaseEntry[] {
  const inOrder = [...releases].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
  const oldest = inOrder.filter(({ phase }) => phase === 'released').slice(-keptReleases)[0]
  const since = inOrder.filter(({ startedAt }) => startedAt >= (oldest?.startedAt ?? ''))
  return since.filter(({ phase }, n) => phase === 'released' || n >= since.length - keptReleases)
}

function isDocument(name: string): boolean {
  return name.endsWith('.json')
}

function parseContent(value: unknown, target: string, name: string): Content {
  const content = value as Partial<Content> | null
  const isContent = Array.isArray(content?.releases) && (content.files === null || typeof content.files === 'string')
  if (!isContent) throw unreadable(name, 'it is incomplete')
  if (content.target !== target) throw unreadable(name, `it is about "${String(content.target)}" and not "${target}"`)
  return {
    target,
    releases: (content.releases as unknown[]).map(entry => parseEntry(entry, name)),
    unfinished: content.unfinished ? parseEntry(content.unfinished, name) : null,
    files: content.files ?? null,
    left: Array.isArray(content.left) ? content.left : []
  }
}

async function readInventory(transport: Transport, folder: string, name: string | null): Promise<Inventory> {
  if (name === null) return new Map()
  return parseRows(await readDocument(transport, folder, name, 'files'), name)
}

/** Backups lie side by side in one folder. */
async function removeBackups(transport: Transport, folder: string): Promise<void> {
  const entries = await transport.list(folder)
  await forEachInFlight(entries, transport.inFlight, ({ name }) => transport.remove(joinRemote(folder, name)))
  await transport.removeFolder(folder)
}
