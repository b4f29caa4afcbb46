import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { columns } from './screen'

/** The job summary of one release, as Markdown. */
export type JobSummary = string

/** Writes the summaries of all steps of a job as GitHub shows them: one below the other. */
export async function writeJobSummary(path: string, summaries: readonly JobSummary[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${summaries.join('\n\n')}\n`)
}

/** What a reader looks for first: what became of it, before and after, how much was done. */
export function essentialsOf(summary: JobSummary): string[] {
  const lines = summary.split('\n')
  const headline = lines.filter(line => line.startsWith('## '))
  const tableAt = lines.findIndex(line => line.startsWith('|'))
  const afterTable = lines.findIndex((line, number) => number > tableAt && !line.startsWith('|'))
  const rows = tableAt < 0 ? [] : lines.slice(tableAt, afterTable).filter(line => !/^\|[\s|:-]+\|$/.test(line))
  const counts = lines.filter(line => /^\d.* uploaded/.test(line))
  const cells = rows.map(row => row.split('|').slice(1, -1).map(plain))
  return [...headline.map(plain), ...columns(cells), ...counts.map(plain)]
}

function plain(markdown: string): string {
  return markdown
    .replace(/^#+ /, '')
    .replace(/\\(.)/g, '$1')
    .replace(/[`*]|\p{Extended_Pictographic} */gu, '')
    .trim()
}
