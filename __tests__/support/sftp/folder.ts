import { lstatSync, realpathSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import { isBelow } from '../read-only-folders'
import { fitsWindows, pathInAnyCase } from '../windows-names'
import { failure, noSuchFile, permissionDenied } from './status'

const WINDOWS_ROOT = '/C:/inetpub/wwwroot'

/** Where paths of a client lie on this machine. */
export class SftpFolder {
  readonly rootPath: string
  private readonly root: string
  private readonly windows: boolean

  constructor(root: string, windows: boolean) {
    this.root = root
    this.windows = windows
    this.rootPath = windows ? WINDOWS_ROOT : '/'
  }

  /** A client's path, absolute and without dots; relative ones start at the root. */
  absolute(path: string): string {
    if (!this.windows) return posix.resolve('/', path)
    const slashed = path.replaceAll('\\', '/').replace(/^(?=[a-z]:)/i, '/')
    const absolute = posix.resolve(this.rootPath, slashed)
    return absolute.replace(/^\/[a-z]:/, drive => drive.toUpperCase())
  }

  /** Is a path below a folder? Both are the client's. */
  isBelow(above: string, path: string): boolean {
    const [folder, candidate] = [this.absolute(above), this.absolute(path)]
    return this.windows ? isBelow(lower(folder), lower(candidate)) : isBelow(folder, candidate)
  }

  /** The local path of something to read. */
  local(path: string): string {
    const names = this.namesBelowRoot(this.absolute(path))
    if (!names) throw noSuchFile()
    return this.windows ? pathInAnyCase(this.root, names) : join(this.root, ...names)
  }

  /** The local path of something to make or change. */
  writable(path: string): string {
    const names = this.namesBelowRoot(this.absolute(path))
    if (!names) throw permissionDenied()
    if (this.windows && !names.every(fitsWindows)) throw failure()
    return this.local(path)
  }

  /** The client's path of a local one that is below the root. */
  remote(local: string): string | undefined {
    const below = relative(this.root, local)
    return below === '..' || below.startsWith(`..${sep}`) ? undefined : posix.join(this.rootPath, ...below.split(sep))
  }

  /** The name of the one folder that a folder above the root shows: `C:` in `/`, `inetpub` in `/C:`. */
  nameOnTheWayToRoot(path: string): string | undefined {
    const above = this.absolute(path)
    const prefix = above === '/' ? above : `${above}/`
    const isAbove = lower(this.rootPath).startsWith(lower(prefix))
    return this.windows && isAbove ? this.rootPath.slice(prefix.length).split('/')[0] : undefined
  }

  /** As realpath(3): only the last name may be missing. */
  real(path: string): string {
    if (this.nameOnTheWayToRoot(path)) return this.absolute(path)
    const local = this.local(path)
    if (!lstatSync(local, { throwIfNoEntry: false })) {
      lstatSync(join(local, '..'))
      return this.absolute(path)
    }
    return this.remote(realpathSync(local)) ?? this.absolute(path)
  }

  private namesBelowRoot(absolute: string): string[] | undefined {
    const prefix = this.windows ? `${this.rootPath}/` : '/'
    const isBelow = this.windows ? lower(`${absolute}/`).startsWith(lower(prefix)) : true
    return isBelow ? absolute.slice(prefix.length).split('/').filter(Boolean) : undefined
  }
}

function lower(text: string): string {
  return text.toLowerCase()
}
