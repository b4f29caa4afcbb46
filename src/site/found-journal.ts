import { DeployError } from '../errors'
import { forEachInFlight } from '../transport/in-flight'
import { unreadable } from './document'
import type { Inventory } from './inventory'
import { emptyContent, parseContent, type JournalContent } from './journal-content'
import type { JournalFolder } from './journal-folder'
import { inventoryName, journalName, numberOf, progressName } from './journal-names'

/** What a state folder has of a journal. */
export interface FoundJournal {
  /** Absent, read, or there and not to be read. */
  readonly state: 'absent' | 'read' | 'unreadable'
  /** Of the journal that counts; 0 where there is none. */
  readonly number: number
  /** The highest that a journal or an inventory has. */
  readonly lastNumber: number
  readonly content: JournalContent
  /** What the action put on the site: the inventory, and the progress of the release at work. */
  readonly files: Inventory
  /** Of that progress. */
  readonly segments: number
}

/** What only one that can be read tells. */
type Known = Pick<FoundJournal, 'content' | 'files' | 'segments'>

/**
 * Reads the journal. One that is broken or foreign counts as unknown, which is said.
 *
 * @throws DeployError `journal-newer`
 */
export async function findJournal(
  folder: JournalFolder,
  target: string,
  warn: (text: string) => void
): Promise<FoundJournal> {
  const journals = numbersIn(folder, 'journal')
  const lastNumber = Math.max(0, ...journals, ...numbersIn(folder, 'files'))
  const nothing: Known = { content: emptyContent(target), files: new Map(), segments: 0 }
  if (journals.length === 0) return { state: 'absent', number: 0, lastNumber, ...nothing }
  const number = Math.max(...journals)
  try {
    return { state: 'read', number, lastNumber, ...(await readKnown(folder, journalName(number), target)) }
  } catch (error) {
    if (!(error instanceof DeployError) || error.reasonCode !== 'journal-unreadable') throw error
    warn(`${error.message} What is on the site is taken as unknown: everything is uploaded, nothing is deleted.`)
    const left = folder.names.filter(name => /^(backup|moves)-/.test(name))
    return { state: 'unreadable', number, lastNumber, ...nothing, content: { ...nothing.content, left } }
  }
}

/** @throws DeployError `journal-newer`, `journal-unreadable` */
async function readKnown(folder: JournalFolder, name: string, target: string): Promise<Known> {
  const last = Math.max(0, ...numbersIn(folder, 'files'))
  const likely = last > 0 ? inventoryName(last) : null
  // Asked for at once; which inventory counts is for the journal to say.
  const ahead = folder.readInventory(likely)
  ahead.catch(() => undefined)
  const content = parseContent(await folder.read(name, 'journal'), target, name)
  const names = folder.fileNames
  if (content.files !== null && !names.includes(content.files)) throw unreadable(content.files, 'it is missing')
  const files = await (content.files === likely ? ahead : folder.readInventory(content.files))
  const segments = names.filter(file => content.unfinished && file.startsWith(progressName(content.unfinished.id, '')))
  await forEachInFlight(segments.filter(isDocument), folder.inFlight, async segment => {
    for (const [path, file] of await folder.readInventory(segment)) files.set(path, file)
  })
  return { content, files, segments: segments.length }
}

function numbersIn(folder: JournalFolder, kind: 'journal' | 'files'): number[] {
  return folder.fileNames.flatMap(name => numberOf(name, kind) ?? [])
}

function isDocument(name: string): boolean {
  return name.endsWith('.json')
}
