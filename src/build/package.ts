import { mkdir, readdir, stat } from 'node:fs/promises'
import { basename, join, parse } from 'node:path'
import { DeployError } from '../errors'
import { looksLikeCloudApp, looksLikeWebApi } from './part'
import { unzip } from './unzip'

/**
 * The folders that a package holds, found by what is in them; PBAutoBuild lets people name them (docs/powerserver.md §2).
 */
export interface PackageParts {
  readonly cloudApp: string | undefined
  readonly webApi: string | undefined
  readonly publisher: string | undefined
}

/** How deep below the package's top a part may lie: a zip likes to wrap all in one more folder. */
const deepest = 4

/**
 * A package as a folder: itself, or what is in it when it is a `.zip`.
 *
 * @param workFolder an empty folder that may be filled
 * @throws DeployError `build-not-found`, `package-unreadable`
 */
export async function openPackage(path: string, workFolder: string): Promise<string> {
  if (await isFolder(path)) return path
  if (!(await exists(path))) throw notFound('package', path)
  // The app takes its name from its folder, so a zip without a top folder lends its own.
  const folder = join(workFolder, parse(path).name)
  await mkdir(folder, { recursive: true })
  await unzip(path, folder)
  return folder
}

/** @throws DeployError `build-not-found` when the input does not name a folder */
export async function requireFolder(input: string, path: string): Promise<void> {
  if (!(await isFolder(path))) throw notFound(input, path)
}

/**
 * Finds the parts of an unpacked package.
 *
 * @param wanted which parts the caller has not named already; of the others two are no mistake
 * @throws DeployError `cloud-app-ambiguous`, `web-api-ambiguous` when there are two of one
 */
export async function findParts(
  folder: string,
  wanted: { readonly cloudApp: boolean; readonly webApi: boolean }
): Promise<PackageParts> {
  const found = { cloudApp: [] as string[], webApi: [] as string[], publisher: [] as string[] }
  await search(folder, 0, found)
  return {
    cloudApp: wanted.cloudApp
      ? onlyOne(found.cloudApp, 'cloud-app-ambiguous', 'cloud apps', 'cloud-app-path')
      : undefined,
    webApi: wanted.webApi ? onlyOne(found.webApi, 'web-api-ambiguous', 'Web APIs', 'web-api-path') : undefined,
    publisher: found.publisher[0]
  }
}

async function search(folder: string, depth: number, found: Record<keyof PackageParts, string[]>): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.map(entry => entry.name)
  if (looksLikeCloudApp(names)) found.cloudApp.push(folder)
  else if (looksLikeWebApi(names)) found.webApi.push(folder)
  else if (await looksLikePublisher(folder, names)) found.publisher.push(folder)
  else if (depth < deepest) {
    for (const entry of entries) if (entry.isDirectory()) await search(join(folder, entry.name), depth + 1, found)
  }
}

/** The publisher holds launchers, each with its setup file, beside the folder of runtimes (docs/powerserver.md §2). */
async function looksLikePublisher(folder: string, names: readonly string[]): Promise<boolean> {
  if (basename(folder).toLowerCase() === 'cloudapppublisher') return true
  for (const name of names) {
    if (await exists(join(folder, name, 'LauncherSetup.json'))) return true
  }
  return false
}

function onlyOne(
  folders: readonly string[],
  reasonCode: 'cloud-app-ambiguous' | 'web-api-ambiguous',
  what: string,
  input: string
): string | undefined {
  if (folders.length < 2) return folders[0]
  throw new DeployError(
    reasonCode,
    `The package holds ${folders.length} ${what}: ${folders.map(folder => `"${folder}"`).join(', ')}.`,
    `Say which one to release with the input ${input}.`
  )
}

function notFound(input: string, path: string): DeployError {
  return new DeployError(
    'build-not-found',
    `The input ${input} is "${path}", and there is no such folder${input === 'package' ? ' or .zip' : ''} on the runner.`,
    'Check the path, and that a step before builds the app or downloads the artifact to it.'
  )
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    // Whatever the reason is, reading it will fail with a better message than this check could give.
    return false
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await exists(path)) && (await stat(path)).isDirectory()
}
