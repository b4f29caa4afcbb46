import { createHash } from 'node:crypto'
import { DeployError, messageOf } from '../errors'
import { forEachInFlight } from '../transport/in-flight'
import type { Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import { readBytes } from './read-bytes'
import { stagedName } from './temporary-name'

/** Version of all documents in the state folder. A later action may write a higher one, which this one leaves alone. */
const schema = 1

/** Items of a list that are turned into text at a time. */
const itemsAtOnce = 500

/** 50,000 files take some 7 MB. */
const limit = 128 * 1024 * 1024

/** Where the content begins: behind all that a document says of itself. */
const contentMark = ',"content":'

/** What a document says of itself. */
interface Envelope {
  readonly schema: number
  readonly kind: string
  /** SHA-256 of the content as JSON, in hex. */
  readonly sha256: string
  readonly content: unknown
}

/** A document to be written. */
export interface NewDocument {
  readonly name: string
  readonly kind: string
  /** As JSON; something iterable as a list of what it gives. */
  readonly content: unknown
}

/** Writes documents beside their names, which nothing has yet: named by renames afterwards, there is none of each or all. */
export async function draftDocuments(
  transport: Transport,
  folder: string,
  documents: readonly NewDocument[]
): Promise<void> {
  await forEachInFlight(documents, transport.inFlight, async ({ name, kind, content }) => {
    await transport.write(stagedName(joinRemote(folder, name)), { bytes: encodeDocument(kind, content) })
  })
}

/** Writes a document by its name: until that is done there is a part of it. */
export async function writeDocument(
  transport: Transport,
  folder: string,
  { name, kind, content }: NewDocument
): Promise<void> {
  await transport.write(joinRemote(folder, name), { bytes: encodeDocument(kind, content) })
}

/** Gives documents that lie beside their names these names, in this order. */
export async function nameDrafts(
  transport: Transport,
  folder: string,
  documents: readonly Pick<NewDocument, 'name'>[]
): Promise<void> {
  for (const { name } of documents) {
    const path = joinRemote(folder, name)
    await transport.rename(stagedName(path), path)
  }
}

/**
 * Reads a document.
 *
 * @throws DeployError `journal-newer` for one of a later version of the action; `journal-unreadable` for one that is
 * broken, or something else
 */
export async function readDocument(transport: Transport, folder: string, name: string, kind: string): Promise<unknown> {
  const path = joinRemote(folder, name)
  return decodeDocument(await readBytes(transport, path, limit), kind, path)
}

/** A document's bytes. */
export function encodeDocument(kind: string, content: unknown): Buffer {
  const sum = createHash('sha256')
  const pieces: Buffer[] = []
  for (const text of isIterable(content) ? listed(content) : [JSON.stringify(content)]) {
    const piece = Buffer.from(text)
    sum.update(piece)
    pieces.push(piece)
  }
  const envelope: Omit<Envelope, 'content'> = { schema, kind, sha256: sum.digest('hex') }
  const head = JSON.stringify(envelope).slice(0, -1)
  return Buffer.concat([Buffer.from(head + contentMark), ...pieces, Buffer.from('}\n')])
}

function isIterable(content: unknown): content is Iterable<unknown> {
  return typeof content === 'object' && content !== null && Symbol.iterator in content
}

/** A list as JSON, in pieces: as one text, that of 50,000 files would be in memory several times. */
function* listed(items: Iterable<unknown>): Generator<string, void> {
  let texts: string[] = []
  let before = '['
  for (const item of items) {
    texts.push(JSON.stringify(item))
    if (texts.length < itemsAtOnce) continue
    yield before + texts.join(',')
    before = ','
    texts = []
  }
  if (texts.length > 0) yield before + texts.join(',')
  yield texts.length === 0 && before === '[' ? '[]' : ']'
}

/** What a document holds, see readDocument. */
export function decodeDocument(bytes: Buffer, kind: string, path: string): unknown {
  const envelope = parse(bytes, path)
  if (typeof envelope.schema === 'number' && envelope.schema > schema) {
    throw new DeployError(
      'journal-newer',
      `"${path}" is from a newer version of this action (schema ${envelope.schema}, this one knows ${schema}).`,
      'Use that version in the workflow. What it left on the site is not for this one to judge.'
    )
  }
  const isOurs = envelope.schema === schema && envelope.kind === kind && envelope.content !== undefined
  if (!isOurs) throw unreadable(path, 'it is something else')
  if (sumOf(contentIn(bytes)) !== envelope.sha256) throw unreadable(path, 'its checksum is wrong')
  return envelope.content
}

function parse(bytes: Buffer, path: string): Partial<Envelope> {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof value === 'object' && value !== null) return value
  } catch (error) {
    throw unreadable(path, messageOf(error), error)
  }
  throw unreadable(path, 'it is something else')
}

/** A part of the journal that cannot be used. */
export function unreadable(path: string, what: string, cause?: unknown): DeployError {
  return new DeployError(
    'journal-unreadable',
    `"${path}" cannot be read: ${what}.`,
    'Put the file back from a backup of the server. Without a journal a deploy goes on, uploads everything and deletes nothing; a rollback, and the repair of a switch that broke off, need what it says.',
    cause
  )
}

/** The content as it was written. */
function contentIn(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.indexOf(contentMark) + contentMark.length, bytes.lastIndexOf('}'))
}

function sumOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
