import { statSync } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { relative, isAbsolute, sep } from 'node:path'
import { DeployError } from '../errors'
import type { PathRule } from './exclude'
import { localPathIn, type LocalFile } from './local-file'
import { whyNotOnWindows } from './windows-name'

/**
 * All files below a folder, sorted by path. Links are followed as long as they stay inside.
 *
 * @param excluded asked for files, and for folders with a slash at the end; an excluded folder is not entered
 * @throws DeployError `name-not-allowed`, `names-collide`, `link-leaves-folder`: all that IIS could not hold
 */
export async function scanFolder(folder: string, excluded: PathRule): Promise<LocalFile[]> {
  const top = await realpath(folder)
  const files: LocalFile[] = []

  const visit = async (localPath: string, path: string, above: readonly string[]): Promise<void> => {
    const names: string[] = []
    for (const entry of await readdir(localPath, { withFileTypes: true })) {
      const { name } = entry
      const where = localPathIn(localPath, name, sep)
      const isLink = entry.isSymbolicLink()
      const isFolder = isLink ? await isFolderAt(where) : entry.isDirectory()
      if (excluded(path + name + (isFolder ? '/' : ''))) continue
      names.push(name)
      refuseName(name, path + name)
      if (isLink) await refuseLeaving(top, where, path + name)
      if (!isFolder) {
        // Thousands in turn: the way through Node's threads would take ten times as long.
        files.push(new ScannedFile(top, path + name, statSync(where).size))
        continue
      }
      const real = await realpath(where)
      if (above.includes(real)) throw leaving(path + name, 'points to a folder that it lies in')
      await visit(where, `${path}${name}/`, [...above, real])
    }
    refuseCollisions(names.sort(), path)
  }

  await visit(top, '', [top])
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** There may be tens of thousands of them, so where one lies is put together when it is asked for. */
class ScannedFile implements LocalFile {
  readonly path: string
  readonly size: number
  readonly #top: string

  constructor(top: string, path: string, size: number) {
    this.#top = top
    this.path = path
    this.size = size
  }

  get localPath(): string {
    return localPathIn(this.#top, this.path, sep)
  }
}

async function isFolderAt(path: string): Promise<boolean> {
  return stat(path).then(
    status => status.isDirectory(),
    () => false
  )
}

function refuseName(name: string, path: string): void {
  const reason = whyNotOnWindows(name)
  if (reason === undefined) return
  throw new DeployError(
    'name-not-allowed',
    `The build has a file that Windows cannot hold: "${path}", because ${reason}.`,
    'Rename it in the project, or leave it out with the input exclude.'
  )
}

function refuseCollisions(names: readonly string[], path: string): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const folded = name.toLowerCase()
    const other = seen.get(folded)
    if (other !== undefined) {
      throw new DeployError(
        'names-collide',
        `The build has two names that differ only in case: "${path}${other}" and "${path}${name}". IIS holds just one of them.`,
        'Remove one of them from the build, or leave it out with the input exclude.'
      )
    }
    seen.set(folded, name)
  }
}

async function refuseLeaving(top: string, link: string, path: string): Promise<void> {
  let target: string
  try {
    target = await realpath(link)
  } catch (error) {
    throw leaving(path, 'points to nothing', error)
  }
  const inside = relative(top, target)
  if (inside === '..' || /^\.\.[\\/]/.test(inside) || isAbsolute(inside)) {
    throw leaving(path, `points to "${target}", outside of the build`)
  }
}

function leaving(path: string, what: string, cause?: unknown): DeployError {
  return new DeployError(
    'link-leaves-folder',
    `The link "${path}" in the build ${what}.`,
    'Put the file itself into the build, or leave the link out with the input exclude.',
    cause
  )
}
