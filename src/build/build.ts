import { resolve } from 'node:path'
import { DeployError } from '../errors'
import type { BuildSettings } from '../inputs/settings'
import { readCloudApp, type CloudApp } from './cloud-app'
import { pathRule } from './exclude'
import { findParts, openPackage, requireFolder, type PackageParts } from './package'
import { isUrlBuiltIn } from './product'
import { readPublisher, type PublisherFolder } from './publisher'
import { readWebApi, type WebApi } from './web-api'

/** What PBAutoBuild made, read and checked on the runner. */
export interface Build {
  readonly cloudApp: CloudApp
  /** Undefined: only the cloud app is released. */
  readonly webApi: WebApi | undefined
  /** Empty where the package has no publisher. */
  readonly publisher: readonly PublisherFolder[]
  /** The Web API URL is a part of the built app: PowerServer 2021 and 2022, which have no `apprun.json`. */
  readonly isUrlBuiltIn: boolean
}

/**
 * Finds and reads all parts of a build.
 *
 * @param workFolder an empty folder for what a zip holds; the caller removes it
 * @throws DeployError with the file and the PowerBuilder setting that mends it
 */
export async function readBuild(settings: BuildSettings, workFolder: string): Promise<Build> {
  const excluded = pathRule(settings.exclude)
  const parts = await locate(settings, workFolder)
  if (parts.cloudApp === undefined) {
    throw new DeployError(
      'cloud-app-not-found',
      `The package "${settings.package ?? ''}" holds no cloud app: no folder in it has index.html beside apprun.json, deploylist.ini.zip or a version folder.`,
      'Check what PBAutoBuild packaged, or name the folder of the app with the input cloud-app-path.'
    )
  }
  const cloudApp = await readCloudApp(parts.cloudApp, settings.version, settings.minimumCompatibleVersion, excluded)
  const publisher = parts.publisher === undefined ? [] : await readPublisher(parts.publisher, excluded)
  return {
    cloudApp,
    webApi: parts.webApi === undefined ? undefined : await readWebApi(parts.webApi, excluded),
    publisher,
    isUrlBuiltIn: await isUrlBuiltIn(cloudApp, publisher)
  }
}

async function locate(settings: BuildSettings, workFolder: string): Promise<PackageParts> {
  let parts: PackageParts = { cloudApp: undefined, webApi: undefined, publisher: undefined }
  if (settings.package !== undefined) {
    parts = await findParts(await openPackage(resolve(settings.package), workFolder), {
      cloudApp: settings.cloudAppPath === undefined,
      webApi: settings.webApiPath === undefined
    })
  }
  return {
    ...parts,
    cloudApp: (await given('cloud-app-path', settings.cloudAppPath)) ?? parts.cloudApp,
    webApi: (await given('web-api-path', settings.webApiPath)) ?? parts.webApi
  }
}

async function given(input: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  await requireFolder(input, resolve(path))
  return resolve(path)
}
