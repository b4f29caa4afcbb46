import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from './clients/client'
import type { Distance } from './distance'
import { clientSide } from './link'
import { countRequests } from './requests'
import { untilPortsAreFree } from './ports'
import type { Run } from './row'
import type { Scenario } from './scenarios'
import { copyAll, emptyRoot, type BenchServer } from './servers'
import { faultOf } from './verify'
import type { FileSet } from './sets'
import type { Workshop } from './workshop'

/** What all deliveries of a bench share. */
export interface Bench {
  readonly workshop: Workshop
  readonly capSeconds: number
  readonly signal: AbortSignal
  /** How many requests clients need, by scenario and client. */
  readonly requests: Map<string, Promise<number | undefined>>
}

/** Which client delivers, and how. */
export interface Carrier {
  readonly client: Client
  readonly variant: string
}

const HERE: Distance = { roundTrip: 0, rate: undefined, label: '0 ms' }

/** Lets a client do what a scenario wants of it, on a server that is as it has to be before, and checks the outcome. */
export async function deliver(
  bench: Bench,
  scenario: Scenario,
  carrier: Carrier,
  distance: Distance,
  capSeconds = bench.capSeconds
): Promise<Run> {
  const server = await bench.workshop.server(scenario.protocol)
  const obstacle = await prepare(bench, server, scenario, carrier)
  if (obstacle !== undefined) return { seconds: 0, cpuSeconds: 0, peakMegabytes: 0, fault: obstacle }
  if (scenario.protocol !== 'sftp') await untilPortsAreFree()
  return send({ ...bench, capSeconds }, server, await bench.workshop.set(scenario.set), carrier, distance)
}

/** Counts the requests of such a delivery on a server that logs them; undefined when it has failed, or logs none. */
export async function requestsOf(bench: Bench, scenario: Scenario, carrier: Carrier): Promise<number | undefined> {
  const server = await bench.workshop.server(scenario.protocol, { isLogging: true })
  if ((await prepare(bench, server, scenario, carrier)) !== undefined) return undefined
  const before = (await server.commands()).length
  const { fault, isCapped } = await send(bench, server, await bench.workshop.set(scenario.set), carrier, HERE)
  if (fault !== undefined || isCapped) return undefined
  return countRequests(scenario.protocol, (await server.commands()).slice(before))
}

/** Sends a set to a server and checks what is there then. */
export async function send(
  { workshop, capSeconds, signal }: Bench,
  server: BenchServer,
  set: FileSet,
  { client, variant }: Carrier,
  distance: Distance = HERE
): Promise<Run> {
  const bounds = { side: clientSide(distance), capSeconds, folder: workshop.folder, signal }
  const { run } = await client.send({ server, set }, variant, bounds)
  signal.throwIfAborted()
  if (run.isCapped || run.fault !== undefined) return run
  const fault = await faultOf(server.root, set)
  return fault === undefined ? run : { ...run, fault }
}

/**
 * Makes the server as the scenario has it before: empty, or as this client's own delivery of another set left it. Says
 * why that cannot be had.
 */
async function prepare(
  bench: Bench,
  server: BenchServer,
  { protocol, before }: Scenario,
  carrier: Carrier
): Promise<string | undefined> {
  await emptyRoot(server)
  if (before === undefined) return undefined
  const left = join(bench.workshop.folder, `left-${protocol}-${before}-${carrier.client.name}`)
  if (existsSync(left)) {
    await copyAll(left, server.root)
    return undefined
  }
  const { fault, isCapped } = await send(bench, server, await bench.workshop.set(before), carrier)
  const reason = isCapped ? `takes more than ${bench.capSeconds} s` : fault
  if (reason !== undefined) return `cannot send ${before} in the first place: ${reason}`
  await copyAll(server.root, left)
  return undefined
}
