import { forEachInFlight } from '../transport/in-flight'
import type { RemoteEntry, Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import { draftDocuments, nameDrafts, readDocument, writeDocument, type NewDocument } from './document'
import { parseRows, rowsOf, type Inventory } from './inventory'
import { stagedName } from './temporary-name'

/** The state folder of an app: what lies in it, as it was listed, and as this run has changed it since. */
export class JournalFolder {
  /** Absolute. */
  readonly path: string
  readonly #transport: Transport
  readonly #lying: Map<string, RemoteEntry['kind']>

  constructor(transport: Transport, path: string, entries: readonly RemoteEntry[]) {
    this.path = path
    this.#transport = transport
    this.#lying = new Map(entries.map(({ name, kind }) => [name, kind]))
  }

  /** What lies in it, in the order of the listing. */
  get names(): string[] {
    return [...this.#lying.keys()]
  }

  get fileNames(): string[] {
    return [...this.#lying].flatMap(([name, kind]) => (kind === 'file' ? [name] : []))
  }

  /** How many documents are worth reading side by side. */
  get inFlight(): number {
    return this.#transport.inFlight
  }

  /** @throws DeployError `journal-newer`, `journal-unreadable` */
  read(name: string, kind: string): Promise<unknown> {
    return readDocument(this.#transport, this.path, name, kind)
  }

  /**
   * @param name null where nothing is known
   * @throws DeployError as read
   */
  async readInventory(name: string | null): Promise<Inventory> {
    return name === null ? new Map() : parseRows(await this.read(name, 'files'), name)
  }

  /** At once by its name, although it may break off: it is read only if a journal names it, and that comes after it. */
  async writeInventory(name: string, files: Inventory): Promise<void> {
    this.#lying.set(name, 'file')
    await writeDocument(this.#transport, this.path, { name, kind: 'files', content: rowsOf(files) })
  }

  /** Writes documents so that there is none of each or all. */
  async write(documents: readonly NewDocument[]): Promise<void> {
    await this.draft(documents)
    await this.name(documents)
  }

  /** The first half of it, which takes longer: until they are named, they do not count. */
  async draft(documents: readonly NewDocument[]): Promise<void> {
    for (const { name } of documents) this.#lying.set(stagedName(name), 'file')
    await draftDocuments(this.#transport, this.path, documents)
  }

  /** The second half of it. */
  async name(documents: readonly NewDocument[]): Promise<void> {
    for (const { name } of documents) this.#lying.set(name, 'file')
    await nameDrafts(this.#transport, this.path, documents)
    for (const { name } of documents) this.#lying.delete(stagedName(name))
  }

  /** Takes drafts away that will not be named. */
  async discard(documents: readonly NewDocument[]): Promise<void> {
    for (const { name } of documents) await this.remove(stagedName(name))
  }

  async remove(name: string): Promise<void> {
    await this.#transport.remove(joinRemote(this.path, name))
    this.#lying.delete(name)
  }

  /** Gives a document that could not be read a name of which the action knows nothing: people may want to look at it. */
  async putAside(name: string): Promise<void> {
    const path = joinRemote(this.path, name)
    await this.#transport.rename(path, `${path}.unreadable`)
    this.#lying.delete(name)
  }

  /** Removes all that is waste, with what is in it. */
  async sweep(isWaste: (name: string) => boolean): Promise<void> {
    const waste = [...this.#lying].filter(([name]) => isWaste(name))
    await forEachInFlight(waste, this.#transport.inFlight, async ([name, kind]) => {
      if (kind === 'folder') await this.#removeBackups(name)
      else await this.remove(name)
    })
  }

  /** Backups lie side by side in one folder. */
  async #removeBackups(name: string): Promise<void> {
    const folder = joinRemote(this.path, name)
    const entries = await this.#transport.list(folder)
    await forEachInFlight(entries, this.#transport.inFlight, entry =>
      this.#transport.remove(joinRemote(folder, entry.name))
    )
    await this.#transport.removeFolder(folder)
    this.#lying.delete(name)
  }
}
