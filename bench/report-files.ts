import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { comparisonPlot } from './comparison-plot'
import { linearityPlot } from './linearity-plot'
import type { Results } from './results'
import { tablesOf } from './table'

/** Writes tables and plots of results into a folder, and says where. */
export async function writeReport(folder: string, results: Results): Promise<string[]> {
  const files: [string, string][] = [['results.md', tablesOf(results)]]
  if (results.rows.length > 0) files.push(['comparison.svg', comparisonPlot(results)])
  if (results.linearity.length > 0) files.push(['linearity.svg', linearityPlot(results)])
  for (const [name, content] of files) await writeFile(join(folder, name), content)
  return files.map(([name]) => join(folder, name))
}
