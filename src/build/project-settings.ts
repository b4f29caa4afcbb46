import type { Node } from 'jsonc-parser'
import { invalidBuildFile, propertiesOf, valueAt } from './build-file-text'

/** How clients get the files of an app: each when it is needed, or all of them before the app starts. */
export type DownloadOption = 'as-needed' | 'at-startup'

/**
 * One project of a build file: the texts that are of interest, as they stand there, which may be anything. They are
 * not to be shown before they are known to be what they should be.
 */
export interface ProjectSettings {
  /** Name of the app; of the project where it has none. */
  readonly app: string
  /** The Web API URL is a part of the built app: PowerServer 2021 and 2022, which have no `apprun.json`. */
  readonly isUrlBuiltIn: boolean
  readonly deploymentVersion: string | undefined
  readonly minimum: string | undefined
  readonly availableTime: string | undefined
  readonly expirationTime: string | undefined
  readonly downloadOption: DownloadOption | undefined
  readonly webApiUrl: string | undefined
  readonly isAppRunIncluded: boolean | undefined
}

/**
 * The PowerServer projects of a build file, in any of the four forms that PowerServer 2021 to 2025 R2 write
 * (docs/powerserver.md §4): a PBAutoBuild file or the settings of a project object, before and since 2022 R2.
 *
 * @throws DeployError `build-file-invalid` for a key that is there more than once
 */
export function projectsOf(root: Node, path: string): ProjectSettings[] {
  const read = new Reader(root, path)
  if (read.has('Projects')) {
    const projects = propertiesOf(read.node('Projects'))
    if (new Set(projects.map(({ key }) => key)).size < projects.length) {
      throw invalidBuildFile(path, 'it has two projects of one name')
    }
    return projects.flatMap(({ key, value }) => autoBuildProject(new Reader(value, path), key))
  }
  if (read.has('Build', 'WebServerVersion')) return [projectObject(read)]
  return propertiesOf(root).flatMap(({ key, value }) => oldProjectObject(new Reader(value, path), key))
}

/** `ProjectType`: 0 native, 1 and 4 PowerClient, 2 and 3 PowerServer. */
const powerServerTypes = ['2', '3', undefined]

function autoBuildProject(read: Reader, name: string): ProjectSettings[] {
  if (!powerServerTypes.includes(read.text('ProjectType'))) return []
  if (read.has('ClientDeployment')) {
    const deployment = read.below('ClientDeployment')
    return [
      {
        app: read.text('General', 'AppName') || name,
        isUrlBuiltIn: true,
        deploymentVersion: deployment.text('DeploymentVersion'),
        minimum: deployment.text('MinimumCompatibleVersion'),
        ...deployment.times(),
        downloadOption: downloadOptions.get(deployment.text('DownloadsOptions')),
        webApiUrl: read.text('WebAPIs', 'WebAPIURL', 'WebAPIURL'),
        isAppRunIncluded: undefined
      }
    ]
  }
  if (!read.has('Build', 'Advanced', 'Versioning', 'VersionAtServer')) return []
  const version = read.below('Build', 'Advanced', 'Versioning', 'VersionAtServer')
  return [
    {
      app: read.text('Application', 'Basic', 'AppName') || name,
      isUrlBuiltIn: false,
      deploymentVersion: version.text('DeploymentVersion'),
      minimum: version.text('MinimumCompatibleVersion'),
      ...version.times(),
      downloadOption: downloadOptions.get(read.text('Application', 'Advanced', 'ClientAppDownload', 'Options')),
      webApiUrl: siteUrl(read.below('Deploy', 'Basic')),
      isAppRunIncluded: read.flag(
        'Deploy',
        'Advanced',
        'SelectTheAppConfigurationFilesToIncludeInThisDeployment',
        'Apprun.Json'
      )
    }
  ]
}

const downloadOptions: ReadonlyMap<string | undefined, DownloadOption> = new Map([
  ['0', 'as-needed'],
  ['1', 'at-startup']
])

/** There is a URL for each way to deploy. */
function siteUrl(deploy: Reader): string | undefined {
  if (deploy.text('TargetRunMode') === '0') return deploy.text('WithinTheIDE', 'WebAPISiteURL')
  const external = deploy.below('External')
  return external.text('TargetServerType') === '0'
    ? external.text('IIS', 'WebAPISiteURL')
    : external.text('Folder', 'WebAPIs', 'WebAPISiteURL')
}

function projectObject(read: Reader): ProjectSettings {
  const version = read.below('Build', 'WebServerVersion')
  return {
    app: read.text('Application', 'AppName') ?? '',
    isUrlBuiltIn: false,
    deploymentVersion: version.text('DeploymentVersion'),
    minimum: version.text('MinCompatibleVersion'),
    availableTime: version.text('AvailableTime'),
    expirationTime: version.text('Expiration'),
    // DownLoadFilesAtAppStart is true in a project whose PBAutoBuild file has the option 0.
    downloadOption: undefined,
    webApiUrl: projectObjectUrl(read.below('Deployment')),
    isAppRunIncluded: read.flag('Deployment', 'PackageOptions', 'PackageAppRunConfig')
  }
}

function projectObjectUrl(deployment: Reader): string | undefined {
  if (deployment.text('RunModel') === '0') return deployment.text('WebApiUrl')
  const external = deployment.below('ExternalConfiguration')
  if (external.flag('CustomizeServerWebAPIURL') === true) return external.text('ServerWebAPIURL')
  return external.text('TargetType') === '0'
    ? external.text('ServerConfiguration', 'Configuration', 'DestnationUrl')
    : external.text('PackageConfiguration', 'DestnationUrl')
}

function oldProjectObject(read: Reader, name: string): ProjectSettings[] {
  // AppType 2 is PowerServer.
  if (!read.has('DeployVersion') || (read.text('AppType') ?? '2') !== '2') return []
  const isFull = read.flag('FullDownload')
  return [
    {
      app: read.text('AppName') || name,
      isUrlBuiltIn: true,
      deploymentVersion: read.text('DeployVersion'),
      minimum: read.text('MinimumValidVersion'),
      availableTime: read.text('OnlineTime'),
      expirationTime: read.text('OfflineTime'),
      downloadOption: isFull === undefined ? undefined : isFull ? 'at-startup' : 'as-needed',
      webApiUrl: read.text('powerserver', 'webapiurl'),
      isAppRunIncluded: undefined
    }
  ]
}

/** Values by their paths of keys, below some object. */
class Reader {
  readonly #root: Node | undefined
  readonly #path: string

  constructor(root: Node | undefined, path: string) {
    this.#root = root
    this.#path = path
  }

  node(...keys: string[]): Node | undefined {
    return valueAt(this.#root, keys, this.#path)
  }

  has(...keys: string[]): boolean {
    return this.node(...keys) !== undefined
  }

  below(...keys: string[]): Reader {
    return new Reader(this.node(...keys), this.#path)
  }

  /** A text that is not blank, or a number; undefined for anything else. */
  text(...keys: string[]): string | undefined {
    const node = this.node(...keys)
    if (node?.type !== 'string' && node?.type !== 'number') return undefined
    return String(node.value).trim() || undefined
  }

  flag(...keys: string[]): boolean | undefined {
    const node = this.node(...keys)
    return node?.type === 'boolean' ? (node.value as boolean) : undefined
  }

  /** PBAutoBuild spells the first one without its second "l". */
  times(): Pick<ProjectSettings, 'availableTime' | 'expirationTime'> {
    return {
      availableTime: this.text('AvailabeTime') ?? this.text('AvailableTime'),
      expirationTime: this.text('ExpirationTime')
    }
  }
}
