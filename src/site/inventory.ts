import { normaliseTarget } from '../transport/remote-path'
import { unreadable } from './document'

/** A file as the action put it on a site. */
export interface KnownFile {
  readonly size: number
  /** SHA-256 in base64url. */
  readonly sha256: string
}

/** What the action knows to have put on a site: path below the root -> content. */
export type Inventory = Map<string, KnownFile>

/** One file as it stands in a document. */
type Row = [path: string, size: number, sha256: string]

/** An inventory as a document's content: made as it is written, since all rows at once would be as large as the inventory. */
export function rowsOf(inventory: Inventory): Iterable<Row> {
  return {
    *[Symbol.iterator]() {
      for (const [path, { size, sha256 }] of inventory) yield [path, size, sha256]
    }
  }
}

/** @throws DeployError `journal-unreadable` for anything else than rowsOf makes */
export function parseRows(content: unknown, name: string): Inventory {
  if (!Array.isArray(content)) throw unreadable(name, 'it has no list of files')
  return new Map(
    content.map((row: unknown) => {
      if (!isRow(row)) throw unreadable(name, 'a file in it has no path, size and hash')
      const [path, size, sha256] = row
      return [path, { size, sha256 }]
    })
  )
}

function isRow(row: unknown): row is Row {
  if (!Array.isArray(row) || row.length !== 3) return false
  const [path, size, sha256] = row as unknown[]
  // What is known here may be deleted some day: a path that climbs is none of ours.
  const isPath = typeof path === 'string' && path !== '' && normaliseTarget(path) === path
  return isPath && typeof size === 'number' && typeof sha256 === 'string'
}
