import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWebApiSite, type WebApiSite, type WebApiSiteOptions } from './web-api-site'
import { startWebServer, type WebServerOptions } from './web-server'
import { writeSamplePackage, type SamplePackage, type SamplePackageOptions } from './sample-package'
import type { HttpService } from './http-service'
import type { TestServer } from './test-server'

/**
 * All that a release needs around it: a file server, the web server of its root, and two Web API sites whose folders
 * are `api_a` and `api_b` in that root.
 */
export interface Hosting extends AsyncDisposable {
  readonly server: TestServer
  readonly web: HttpService
  readonly a: WebApiSite & { readonly apiUrl: string }
  readonly b: WebApiSite & { readonly apiUrl: string }
  readonly appUrl: string
  /** A folder for packages. */
  readonly workshop: string
  /** Writes a package into the workshop. */
  build(name: string, options?: SamplePackageOptions): Promise<SamplePackage>
  /** Inputs for a release of a package to side `a` or `b`. */
  inputs(build: SamplePackage, side: 'a' | 'b', more?: Record<string, string>): Record<string, string>
}

export interface HostingOptions {
  readonly web?: WebServerOptions
  readonly api?: WebApiSiteOptions
}

export async function startHosting(server: TestServer, options: HostingOptions = {}): Promise<Hosting> {
  const workshop = await mkdtemp(join(tmpdir(), 'workshop-'))
  const web = await startWebServer(server.root, options.web)
  const startSide = async (folder: string): Promise<Hosting['a']> => {
    const site = await startWebApiSite(join(server.root, folder), options.api)
    return { ...site, apiUrl: `${site.url}/${folder}/` }
  }
  const [a, b] = [await startSide('api_a'), await startSide('api_b')]
  const appUrl = `${web.url}/salesdemo_cloud/`
  return {
    server,
    web,
    a,
    b,
    appUrl,
    workshop,
    build: (name, sample) => writeSamplePackage(join(workshop, name), sample),
    inputs: (build, side, more = {}) => ({
      strategy: 'versioning',
      package: build.root,
      'web-api-target': `api_${side}`,
      'web-api-url': (side === 'a' ? a : b).apiUrl,
      'app-url': appUrl,
      ...loginInputs(server),
      ...more
    }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([web.stop(), a.stop(), b.stop()])
      await server.stop()
      await rm(workshop, { recursive: true, force: true })
    }
  }
}

/** The inputs that lead to a server, with its key and certificate checked. */
export function loginInputs(server: TestServer): Record<string, string> {
  return {
    site: siteUrl(server),
    username: server.username,
    password: server.password,
    ...(server.hostKey === undefined ? {} : { 'host-key': server.hostKey }),
    ...(server.ca === undefined ? {} : { 'tls-ca': server.ca }),
    ...(server.protocol === 'ftp' ? { 'allow-plain-ftp': 'true' } : {})
  }
}

export function siteUrl(server: TestServer): string {
  return `${server.protocol}://${server.host}:${server.port}${server.rootPath}`
}

/** All files below a folder with their contents, to see whether anything changed. Folders end with a slash. */
export async function snapshot(root: string): Promise<Map<string, string>> {
  const all = new Map<string, string>()
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = path.slice(root.length + 1)
    if (entry.isFile()) all.set(name, (await readFile(path)).toString('base64'))
    else all.set(`${name}/`, '')
  }
  return all
}

/** A snapshot of a site without the action's own records. */
export function withoutState(all: Map<string, string>): Map<string, string> {
  return new Map([...all].filter(([path]) => !path.startsWith('App_Data/')))
}

/** Puts a build on the site as a release of side A would, without the action. */
export async function seed({ server, a }: Hosting, build: SamplePackage): Promise<void> {
  await cp(build.cloudApp, join(server.root, 'salesdemo_cloud'), { recursive: true })
  await cp(build.publisher, join(server.root, 'CloudAppPublisher'), { recursive: true })
  await cp(build.webApi, join(server.root, 'api_a'), { recursive: true })
  const appRun = join(server.root, 'salesdemo_cloud/apprun.json')
  const text = await readFile(appRun, 'utf8')
  await writeFile(appRun, text.replace(/"web_api": "[^"]*"/, `"web_api": "${a.apiUrl}"`))
}
