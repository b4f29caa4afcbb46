import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ours, peers } from './clients'
import type { Client } from './clients/client'
import { requestsOf, send, type Bench } from './deliver'
import type { Distance } from './distance'
import { timeFirstByte, type FirstByte } from './first-byte'
import { setDistance } from './link'
import type { Options } from './options'
import { runPairs, type Turns } from './pairs'
import { withFirstByte, withLinearity, withRow, type Results } from './results'
import type { Run, Side } from './row'
import { FIRST_BYTE_PEERS, LINEARITY_FILES, scenarios, type Scenario } from './scenarios'
import { emptyRoot } from './servers'
import { writeCloud } from './sets'
import { median, ratioOf, significant, verdictOf } from './statistics'

/** One part of the bench, which makes one row of the results. */
export interface Part {
  readonly name: string
  readonly clients: readonly Client[]
  readonly run: (bench: Bench) => Promise<Outcome>
}

interface Outcome {
  readonly add: (results: Results) => Results
  /** For those who watch. */
  readonly line: string
}

/** The parts that the options ask for, those without the link first. */
export function partsOf({ distances, only, peers: wanted, pairs, scale }: Options): Part[] {
  const chosen = (names: readonly string[]): Client[] =>
    peers.filter(({ name }) => names.includes(name) && (wanted?.includes(name) ?? true))
  const all = [
    ...[ours, ...chosen(FIRST_BYTE_PEERS)].map(client => firstBytePart(client, pairs)),
    ...LINEARITY_FILES.map(files => linearityPart(Math.round(files * scale), pairs)),
    ...distances.flatMap(distance =>
      scenarios.flatMap(scenario => chosen(scenario.peers).map(peer => pairsPart(scenario, distance, peer, pairs)))
    )
  ]
  return all.filter(({ name }) => only.test(name))
}

function pairsPart(scenario: Scenario, distance: Distance, peer: Client, pairs: number): Part {
  return {
    name: `${scenario.name}, ${distance.label}, ${peer.name}`,
    clients: [ours, peer],
    run: async bench => {
      if (distance.roundTrip > 0) setDistance(distance)
      const { files, bytes } = await bench.workshop.set(scenario.set)
      const turns = await runPairs(bench, scenario, distance, pairs, peer)
      const row = {
        scenario: scenario.name,
        distance: distance.label,
        files,
        bytes,
        at: now(),
        ours: await sideOf(turns.ours, await countedOnce(bench, scenario, turns.ours)),
        peer: await sideOf(turns.peer, await countedOnce(bench, scenario, turns.peer))
      }
      const [theirs, mine] = [verdictOf(row.peer.runs), verdictOf(row.ours.runs)]
      const line = `${told(row.peer)} against ${told(row.ours)}, ratio ${ratioOf(theirs, mine) || 'none'}`
      return { add: results => withRow(results, row), line }
    }
  }
}

function linearityPart(files: number, times: number): Part {
  return {
    name: `linearity, ${files} files`,
    clients: [ours],
    run: async bench => {
      const server = await bench.workshop.server('sftp')
      const set = await writeCloud(join(bench.workshop.folder, `cloud-${files}`), files)
      const runs: Run[] = []
      for (let time = 0; time < times; time++) {
        await emptyRoot(server)
        runs.push(await send(bench, server, set, { client: ours, variant: '' }))
      }
      await rm(set.folder, { recursive: true })
      const side = await sideOf({ carrier: { client: ours, variant: '' }, trials: [], runs }, undefined)
      const row = { files: set.files, bytes: set.bytes, at: now(), ours: side }
      return { add: results => withLinearity(results, row), line: told(side) }
    }
  }
}

function firstBytePart(client: Client, times: number): Part {
  const [variant = ''] = client.variants('sftp')
  return {
    name: `first-byte, ${client.name}`,
    clients: [client],
    run: async bench => {
      const set = await bench.workshop.set('cloud')
      const runs: FirstByte[] = []
      for (let time = 0; time < times; time++) runs.push(await timeFirstByte(bench, set, { client, variant }))
      const row = { client: client.name, version: await client.version(), at: now(), runs }
      const line = `${significant(median(runs.map(({ firstByte }) => firstByte)))} s`
      return { add: results => withFirstByte(results, row), line }
    }
  }
}

async function sideOf(
  { carrier: { client, variant }, trials, runs }: Pick<Turns, 'carrier' | 'trials' | 'runs'>,
  requests: number | undefined
): Promise<Side> {
  return { client: client.name, version: await client.version(), variant, trials, runs, ...(requests && { requests }) }
}

/** The requests of a client in a scenario, which no distance changes. */
function countedOnce(bench: Bench, scenario: Scenario, { carrier, runs }: Turns): Promise<number | undefined> {
  const key = `${scenario.name} ${carrier.client.name}`
  const known = bench.requests.get(key)
  if (known !== undefined) return known
  // A client that gets nowhere has nothing to count.
  if (verdictOf(runs).kind !== 'times') return Promise.resolve(undefined)
  const counted = requestsOf(bench, scenario, carrier)
  bench.requests.set(key, counted)
  return counted
}

function told({ client, variant, runs }: Side): string {
  const verdict = verdictOf(runs)
  const name = variant === '' ? client : `${client} (${variant})`
  if (verdict.kind === 'failed') return `${name} fails (${verdict.faults[0] ?? ''})`
  if (verdict.kind === 'capped') return `${name} > ${significant(verdict.seconds)} s`
  const failures = verdict.faults.length > 0 ? `, ${verdict.faults.length} of ${runs.length} fail` : ''
  return `${name} ${significant(verdict.seconds.median)} s${failures}`
}

function now(): string {
  return new Date().toISOString()
}
