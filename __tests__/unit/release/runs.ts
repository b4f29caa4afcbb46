import { hash } from 'node:crypto'
import { jest } from '@jest/globals'
import type { Settings } from '../../../src/inputs/settings'
import type { ClaimNote } from '../../../src/release/claim'
import { stagedName } from '../../../src/site/temporary-name'
import type { MemoryDisk } from '../../support/memory-disk'
import { MemoryTransport } from '../../support/memory-transport'
import { runOf, target, type Ended } from './run'

let open: () => MemoryTransport = () => new MemoryTransport()

jest.unstable_mockModule('../../../src/transport/connect', () => ({
  connect: async () => {
    const transport = open()
    const fault = await transport.meddle('connect')
    if (fault) throw fault.error
    return transport
  }
}))

const commands = {
  deploy: (await import('../../../src/release/deploy')).deploy,
  drain: (await import('../../../src/release/drain')).drain,
  rollback: (await import('../../../src/release/rollback')).rollBack
}
const { mend } = await import('../../../src/release/mend')

export const urls = { a: 'https://a.example.com/api_a/', b: 'https://b.example.com/api_b/' }

/** Runs the action against a disk in memory; it connects once, and what fails there fails for good. */
export async function runOn(
  on: MemoryTransport,
  given: Partial<Settings>,
  signal: AbortSignal = new AbortController().signal
): Promise<Ended> {
  open = () => on
  const run = runOf(given, signal)
  try {
    await commands[run.settings.command](run)
    return { ...run.ended(), error: undefined }
  } catch (error) {
    return { ...run.ended(), error }
  }
}

/** The post step, with what the main step has left for it. */
export async function mendOn(on: MemoryTransport, claim: ClaimNote, given: Partial<Settings>): Promise<Ended> {
  open = () => on
  const run = runOf(given, new AbortController().signal)
  try {
    await mend(claim, run)
    return { ...run.ended(), error: undefined }
  } catch (error) {
    return { ...run.ended(), error }
  }
}

/** What clients get of the app, as short hashes, without what nothing points to yet. */
export function appOf(disk: MemoryDisk, without?: string): Record<string, string> {
  const isUnseen = (path: string): boolean => without !== undefined && path.startsWith(`${target}/${without}/`)
  const files = Object.entries(disk.contents(target)).filter(
    ([path]) => !path.endsWith(stagedName('')) && !isUnseen(path)
  )
  return Object.fromEntries(files.map(([path, content]) => [path, hash('sha1', content).slice(0, 8)]))
}

/** Files that belong on no site between two runs: locks, and temporary files where clients or IIS could meet them. */
export function leftOn(disk: MemoryDisk): string[] {
  return Object.keys(disk.contents()).filter(
    path =>
      path.includes('/lock/') ||
      path.includes('app_offline') ||
      (path.endsWith(stagedName('')) && !path.startsWith('App_Data/'))
  )
}
