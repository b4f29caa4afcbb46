// npm run bench:report -- FOLDER: makes tables and plots of results again.
import { RESULTS } from './options'
import { writeReport } from './report-files'
import { readResults } from './results'

async function report(folder: string): Promise<void> {
  const results = await readResults(folder)
  if (results === undefined) throw new Error(`There are no results in ${folder}.`)
  for (const file of await writeReport(folder, results)) console.log(file)
}

report(process.argv[2] ?? RESULTS).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
