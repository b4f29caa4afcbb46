import { join } from 'node:path'
import type { Settings } from '../../../src/inputs/settings'
import { MemoryDisk } from '../../support/memory-disk'
import { MemoryTransport } from '../../support/memory-transport'
import { writeSamplePackage, type SamplePackageOptions } from '../../support/sample-package'
import { settings } from '../../support/settings'
import { temporaryFolder, type TemporaryFolder } from '../temporary-folder'
import { runOn, urls } from './runs'

export type Strategy = Settings['strategy']

/** A site with a release on it, and the settings of the release that comes after it. */
export interface Releases extends AsyncDisposable {
  readonly disk: MemoryDisk
  readonly first: Partial<Settings>
  readonly second: Partial<Settings>
  /** The version of the second one, where clients cannot see it before the switch. */
  readonly unseen: string | undefined
}

/** Releases the first of two builds to a site in memory. */
export async function releases(
  strategy: Strategy,
  renameReplaces: boolean,
  given: Partial<Settings> = {},
  options: SamplePackageOptions = {}
): Promise<Releases> {
  const folder = await temporaryFolder()
  const version = strategy === 'versioning' ? '1.06' : '1.05'
  const sizes = { dlls: 2, minimum: '1.05', ...options }
  const first = await prepared(folder, 'first', { objects: 11, version: '1.05', ...sizes })
  const second = await prepared(folder, 'second', { objects: 12, version, ...sizes })
  const disk = new MemoryDisk()
  disk.renameReplaces = renameReplaces
  const made: Releases = {
    disk,
    first: { strategy, build: first, webApiUrl: urls.a, webApiTarget: 'api_a', ...given },
    second: { strategy, build: second, webApiUrl: urls.b, webApiTarget: 'api_b', ...given },
    unseen: strategy === 'versioning' ? version : undefined,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]()
  }
  const { error } = await runOn(new MemoryTransport(disk), made.first)
  if (error !== undefined) throw error as Error
  return made
}

async function prepared(
  folder: TemporaryFolder,
  build: string,
  options: SamplePackageOptions
): Promise<Settings['build']> {
  const path = join(folder.path, build)
  await writeSamplePackage(path, { build, ...options })
  return { ...settings().build, package: path, minimumCompatibleVersion: '1.05' }
}
