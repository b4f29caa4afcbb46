import { cpus, release, totalmem } from 'node:os'
import { execFileSync } from 'node:child_process'
import { linkName } from './link'
import { serverVersions } from './servers'

/** What the results depend on, apart from the clients. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGigabytes: number
  readonly kernel: string
  readonly node: string
  readonly servers: Readonly<Record<string, string>>
  readonly link: string
}

export async function describeMachine(): Promise<Machine> {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: execFileSync(process.env.NODE_UNDER_TEST ?? process.execPath, ['--version'], { encoding: 'utf8' }).trim(),
    servers: await serverVersions(),
    link: linkName()
  }
}
