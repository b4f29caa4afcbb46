import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { FirstByte } from './first-byte'
import type { Machine } from './machine'
import type { Row, Side } from './row'

/** How the action does with so many files. */
export interface LinearityRow {
  readonly files: number
  readonly bytes: number
  readonly at: string
  readonly ours: Side
}

/** How soon a client is heard of. */
export interface FirstByteRow {
  readonly client: string
  readonly version: string
  readonly at: string
  readonly runs: readonly FirstByte[]
}

/** All that was measured on one machine, as it is on disk. */
export interface Results {
  readonly machine: Machine
  /** Share of the files of each set that was sent. */
  readonly scale: number
  readonly rows: readonly Row[]
  readonly linearity: readonly LinearityRow[]
  readonly firstBytes: readonly FirstByteRow[]
}

const FILE = 'results.json'

/** The results in a folder; undefined where there are none. */
export async function readResults(folder: string): Promise<Results | undefined> {
  const file = join(folder, FILE)
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Results) : undefined
}

/** The results that a bench adds to. Those of another machine or scale do not compare. */
export async function openResults(folder: string, machine: Machine, scale: number): Promise<Results> {
  const there = await readResults(folder)
  if (there === undefined) return { machine, scale, rows: [], linearity: [], firstBytes: [] }
  if (there.scale === scale && isDeepStrictEqual(there.machine, machine)) return there
  throw new Error(
    `The results in ${folder} are of another machine, server, link or scale: give another folder with --out.`
  )
}

export async function writeResults(folder: string, results: Results): Promise<void> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, FILE)
  await writeFile(`${file}.new`, `${JSON.stringify(results, null, 1)}\n`)
  await rename(`${file}.new`, file)
}

/** The results with a new row, which replaces the one that was made of the same before. */
export function withRow(results: Results, row: Row): Results {
  return { ...results, rows: [...results.rows.filter(each => keyOf(each) !== keyOf(row)), row] }
}

/** The same for a number of files. */
export function withLinearity(results: Results, row: LinearityRow): Results {
  return { ...results, linearity: [...results.linearity.filter(({ files }) => files !== row.files), row] }
}

/** The same for a client's first byte. */
export function withFirstByte(results: Results, row: FirstByteRow): Results {
  return { ...results, firstBytes: [...results.firstBytes.filter(({ client }) => client !== row.client), row] }
}

function keyOf({ scenario, distance, peer }: Row): string {
  return [scenario, distance, peer.client].join(' ')
}
