import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBenchServer, type BenchServer, type Protocol } from './servers'
import { writeCloud, writeNextCloud, writeWebApi, type FileSet } from './sets'

export type SetName = 'cloud' | 'cloud2' | 'webapi'

/** The sets and servers of a bench, made when they are first asked for. */
export interface Workshop extends AsyncDisposable {
  /** In memory, where there is such a disk. */
  readonly folder: string
  set(name: SetName): Promise<FileSet>
  server(protocol: Protocol, options?: { readonly isLogging: boolean }): Promise<BenchServer>
}

const MEMORY = '/dev/shm'
const CLOUD_FILES = 6_100
const WEB_API_FILES = 250
/** Below that a set has not all that belongs to it. */
const LEAST_FILES = 40

/**
 * @param address where servers listen
 * @param scale share of the files of each set
 */
export async function openWorkshop(address: string, scale: number): Promise<Workshop> {
  const folder = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'bench-'))
  await chmod(folder, 0o755)
  const scaled = (files: number): number => Math.max(LEAST_FILES, Math.round(files * scale))
  const makers: Record<SetName, () => Promise<FileSet>> = {
    cloud: () => writeCloud(join(folder, 'cloud'), scaled(CLOUD_FILES)),
    cloud2: () => writeNextCloud(join(folder, 'cloud2'), scaled(CLOUD_FILES)),
    webapi: () => writeWebApi(join(folder, 'webapi'), scaled(WEB_API_FILES))
  }
  const sets = new Map<SetName, Promise<FileSet>>()
  const servers = new Map<string, Promise<BenchServer>>()
  return {
    folder,
    set: name => once(sets, name, makers[name]),
    server: (protocol, { isLogging } = { isLogging: false }) =>
      once(servers, `${protocol} ${isLogging}`, () => startBenchServer(protocol, address, folder, isLogging)),
    [Symbol.asyncDispose]: async () => {
      const started = await Promise.allSettled(servers.values())
      for (const each of started) if (each.status === 'fulfilled') await each.value.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

function once<K, V>(made: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const value = made.get(key) ?? make()
  made.set(key, value)
  return value
}
