import { siteUrl, startHosting, type Hosting } from './hosting'
import type { SamplePackage } from './sample-package'
import { startSftpServer, type SftpServerOptions } from './sftp-server'
import type { TestServer } from './test-server'

/** What a server of a farm was asked to do. */
export interface FarmStep {
  readonly site: number
  readonly line: string
}

/** Servers that get the same release. The first one's web server and Web APIs stand for the load balancer. */
export interface Farm extends AsyncDisposable {
  readonly hosting: Hosting
  readonly servers: readonly TestServer[]
  /** Of the embedded servers, in the order in which it was done over all of them. */
  readonly steps: FarmStep[]
  inputs(build: SamplePackage, side: 'a' | 'b', more?: Record<string, string>): Record<string, string>
  /** The inputs that lead to all servers. */
  login(): Record<string, string>
}

/** Starts a farm of embedded SFTP servers. @param optionsOf of the server with this number */
export async function startFarm(
  count: number,
  optionsOf: (site: number) => SftpServerOptions = () => ({})
): Promise<Farm> {
  const steps: FarmStep[] = []
  const servers = await Promise.all(
    Array.from({ length: count }, (_, site) => {
      const options = optionsOf(site)
      // The caller may set options later, in the middle of a run.
      const onRequest = (line: string): void => {
        steps.push({ site, line })
        options.onRequest?.(line)
      }
      return startSftpServer(Object.assign(Object.create(options) as SftpServerOptions, { onRequest }))
    })
  )
  return farmOf(servers, steps)
}

/** Makes a farm of servers that let the same user in with the same password. */
export async function farmOf(servers: readonly TestServer[], steps: FarmStep[] = []): Promise<Farm> {
  const [first, ...more] = servers
  if (!first) throw new Error('A farm has servers.')
  const hosting = await startHosting(first)
  const login = (): Record<string, string> => ({
    site: servers.map(server => siteUrl(server).replace('://', `://${server.username}@`)).join('\n'),
    username: '',
    password: first.password,
    'host-key': servers.flatMap(({ hostKey }) => hostKey ?? []).join('\n'),
    'tls-ca': servers.find(({ ca }) => ca !== undefined)?.ca ?? ''
  })
  return {
    hosting,
    servers,
    steps,
    login,
    inputs: (build, side, given = {}) => hosting.inputs(build, side, { ...login(), ...given }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(more.map(server => server.stop()))
      await hosting[Symbol.asyncDispose]()
    }
  }
}
