import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { DeployError } from '../errors'
import type { PathRule } from './exclude'
import type { LocalFile } from './local-file'
import { looksLikeWebApi } from './part'
import { scanFolder } from './scan'

/** Built Web APIs. */
export interface WebApi {
  /** Name of their folder. */
  readonly name: string
  readonly files: readonly LocalFile[]
  /** Where the license is: `Server.json` up to PowerServer 2022, `UserConfig.json` since (docs/powerserver.md §5). */
  readonly licenseFile: string
}

/**
 * Reads built Web APIs.
 *
 * @throws DeployError `web-api-not-found`, and those of scanFolder
 */
export async function readWebApi(folder: string, excluded: PathRule): Promise<WebApi> {
  const names = await readdir(folder)
  if (!looksLikeWebApi(names)) {
    throw new DeployError(
      'web-api-not-found',
      `"${folder}" does not hold Web APIs: it has neither ServerAPIs.dll nor ServerAPIs.exe.`,
      'Pass the published output of the PowerServer C# solution as web-api-path, or a package that holds it.'
    )
  }
  const isNew = names.some(name => name.toLowerCase() === 'userconfig.json')
  return {
    name: basename(folder),
    files: await scanFolder(folder, excluded),
    licenseFile: isNew ? 'UserConfig.json' : 'Server.json'
  }
}
