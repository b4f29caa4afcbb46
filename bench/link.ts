import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { Distance } from './distance'

/** The address of the servers' side, which has no delay from there. */
export const SERVER_ADDRESS = '10.77.0.2'

const program = process.env.BENCH_LINK || './bench/link.sh'
const INSIDE = 'BENCH_IS_INSIDE'

/** Makes the link as long as it is to be. Servers and clients stay. */
export function setDistance({ roundTrip, rate }: Distance): void {
  run(['up', String(roundTrip / 2), ...(rate === undefined ? [] : [String(rate)])])
}

/** The command that starts a client at that distance from the servers. */
export function clientSide({ roundTrip }: Distance): string[] {
  return roundTrip === 0 ? [] : [program, 'exec', 'cli']
}

/** Is this process on the servers' side of the link? */
export function isOnServerSide(): boolean {
  return process.env[INSIDE] !== undefined
}

/**
 * Starts this program again on the servers' side of the link, and waits for its end: the servers that it starts are there
 * then, and so are clients without a delay. A link that was not there before is removed at the end.
 */
export async function runOnServerSide(): Promise<number> {
  const wasThere = spawnSync(program, ['exec', 'srv', 'true']).status === 0
  run(['up', '0'])
  // What the terminal tells this process to do, it tells the other one as well, which has to clear away first.
  const stay = (): void => undefined
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stay)
  const [node, ...words] = process.argv
  const child = spawn(program, ['exec', 'srv', node ?? 'node', ...process.execArgv, ...words], {
    env: { ...process.env, [INSIDE]: 'yes' },
    stdio: 'inherit'
  })
  const [exitCode] = (await once(child, 'close')) as [number | null]
  if (!wasThere) run(['down'])
  return exitCode ?? 1
}

/** What makes the link, for the record. */
export function linkName(): string {
  return process.env.BENCH_LINK ? 'BENCH_LINK' : 'bench/link.sh'
}

function run(words: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr.trim()}`)
}
