import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { BenchServer } from '../servers'

/** The words that start ssh for a server, up to its options; no host yet. */
export function ssh({ files, port }: BenchServer): string {
  const options = ['BatchMode=yes', 'IdentitiesOnly=yes', `UserKnownHostsFile=${files.knownHosts}`]
  return ['ssh', '-F', 'none', '-a', '-x', '-i', files.key, '-p', port, ...options.map(option => `-o ${option}`)].join(
    ' '
  )
}

/** The first line that a program prints when it is asked for its version. */
export async function firstLine(program: string, ...words: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(program, words)
  return (stdout + stderr).split('\n')[0]?.trim() ?? ''
}
