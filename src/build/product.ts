import { readFile } from 'node:fs/promises'
import type { CloudApp } from './cloud-app'
import type { PublisherFolder } from './publisher'
import { compareVersions } from './version'

/** The first runtime (2022 R2) whose apps have an `apprun.json` (docs/powerserver.md §1). */
const firstWithAppRun = '22.1'

/** Far above any real one. */
const mostBytes = 65_536

/**
 * Is this an app of PowerServer 2021 or 2022, whose Web API URL is a part of the built app (docs/powerserver.md §4)?
 *
 * That `apprun.json` is missing does not say it: PowerBuilder can be told to leave it out. The version of the runtime
 * does, which stands in the app's own settings, and else in the names of the packaged runtimes.
 */
export async function isUrlBuiltIn(cloudApp: CloudApp, publisher: readonly PublisherFolder[]): Promise<boolean> {
  if (cloudApp.appRun !== undefined) return false
  const named = await namedRuntime(cloudApp)
  const runtimes = named === undefined ? packagedRuntimes(publisher) : [named]
  return runtimes.length > 0 && runtimes.every(runtime => compareVersions(runtime, firstWithAppRun) < 0)
}

/** The runtime that `<version>/<app>.xml.zip` names, which is plain XML in spite of its name. */
async function namedRuntime({ files, version }: CloudApp): Promise<string | undefined> {
  const candidates = files.filter(({ path, size }) => {
    const name = path.slice(version.length + 1)
    return path.startsWith(`${version}/`) && !name.includes('/') && /\.xml\.zip$/i.test(name) && size <= mostBytes
  })
  for (const { localPath } of candidates) {
    const text = (await readFile(localPath)).toString('latin1')
    const runtime = /<RuntimePath>[^<]*?(\d+\.\d+\.\d+\.\d+)\s*<\/RuntimePath>/i.exec(text)?.[1]
    if (runtime !== undefined) return runtime
  }
  return undefined
}

function packagedRuntimes(publisher: readonly PublisherFolder[]): string[] {
  return publisher.flatMap(({ path }) => /\/runtime\/(\d+\.\d+\.\d+\.\d+)$/i.exec(path)?.[1] ?? [])
}
