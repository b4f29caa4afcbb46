import { spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Run } from './row'

/** Where and for how long a client may run. */
export interface Bounds {
  /** A command in front of the client's, which starts it on the far side of the link; none for this side. */
  readonly side: readonly string[]
  readonly capSeconds: number
  /** A folder for the result. */
  readonly folder: string
  readonly signal: AbortSignal
}

/** A client's command, run as it is. */
export interface Command {
  readonly words: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface Measured {
  readonly run: Run
  /** When it was started, in milliseconds since 1970. */
  readonly began: number
}

/** The program that measures what it is given. */
export const MEASURE = './bench/measure.sh'

const LAST_WORDS = 300

/** The variables that tell measure.sh what to do. */
export function measureVariables({ side, capSeconds, folder }: Bounds, program = ''): Record<string, string> {
  return {
    BENCH_RESULT: resultFile(folder),
    BENCH_CAP: String(capSeconds),
    BENCH_SIDE: side.join(' '),
    BENCH_PROGRAM: program
  }
}

/** Runs a client's command to its end. */
export async function measure({ words, env }: Command, bounds: Bounds): Promise<Measured> {
  const child = spawn(MEASURE, words, {
    env: { ...process.env, ...env, ...measureVariables(bounds) },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: bounds.signal
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  // An abort is an error of the child, which closes later. once() would not wait for that.
  child.on('error', () => undefined)
  const exitCode = await new Promise<number | null>(resolve => child.on('close', resolve))
  return readResult(bounds, exitCode === 0 ? undefined : `exit code ${exitCode ?? 'none'}: ${lastWords(output)}`)
}

/** Reads what measure.sh wrote, and removes it. */
export async function readResult({ folder, capSeconds }: Bounds, fault: string | undefined): Promise<Measured> {
  const text = (await readFile(resultFile(folder), 'utf8')).replaceAll(',', '.')
  await rm(resultFile(folder))
  const lines = text.trimEnd().split('\n')
  const [began = 0, ended = 0] = numbers(lines.at(-1))
  const [user = 0, system = 0, kilobytes = 0] = lines.length > 1 ? numbers(lines.at(-2)) : []
  const seconds = ended - began
  const run = {
    seconds: round(seconds, 3),
    cpuSeconds: round(user + system, 2),
    peakMegabytes: Math.round(kilobytes / 1024),
    ...(seconds >= capSeconds ? { isCapped: true as const } : fault === undefined ? {} : { fault })
  }
  return { run, began: began * 1000 }
}

function resultFile(folder: string): string {
  return join(folder, 'measured')
}

function numbers(line = ''): number[] {
  return line.split(' ').map(Number)
}

function lastWords(output: string): string {
  const text = output.replace(/\s+/g, ' ').trim()
  return text.length > LAST_WORDS ? `… ${text.slice(-LAST_WORDS)}` : text
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
