// npm run bench: the action against other clients, on this machine, with servers of its own.
import { catchInterruption } from '../demo/interruption'
import type { Bench } from './deliver'
import { isOnServerSide, runOnServerSide, SERVER_ADDRESS } from './link'
import { describeMachine } from './machine'
import { readOptions, type Options } from './options'
import { partsOf } from './parts'
import { writeReport } from './report-files'
import { letNoPortRest } from './ports'
import { openResults, writeResults } from './results'
import { openWorkshop } from './workshop'

async function run(options: Options, signal: AbortSignal): Promise<void> {
  const parts = partsOf(options)
  if (parts.length === 0) throw new Error('No part of the bench has such a name.')
  // What is not installed had better be known now than in an hour.
  for (const client of new Set(parts.flatMap(({ clients }) => clients))) await client.version()
  let results = await openResults(options.out, await describeMachine(), options.scale)
  const address = isOnServerSide() ? SERVER_ADDRESS : '127.0.0.1'
  if (isOnServerSide()) await letNoPortRest()
  await using workshop = await openWorkshop(address, options.scale)
  const bench: Bench = { workshop, capSeconds: options.capSeconds, signal, requests: new Map() }
  for (const [number, part] of parts.entries()) {
    const { add, line } = await part.run(bench)
    results = add(results)
    await writeResults(options.out, results)
    console.log(`${number + 1}/${parts.length} ${part.name}: ${line}`)
  }
  for (const file of await writeReport(options.out, results)) console.log(file)
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  const takesLink = options.distances.some(({ roundTrip }) => roundTrip > 0)
  if (takesLink && !isOnServerSide()) return runOnServerSide()
  using interruption = catchInterruption()
  await run(options, interruption.signal)
  return 0
}

main().then(
  exitCode => {
    process.exitCode = exitCode
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
)
