import * as fs from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join, posix } from 'node:path'
import { isBelow } from '../read-only-folders'
import { bytesBelow } from '../served-folder'
import { fitsWindows, pathInAnyCase } from '../windows-names'
import { BAD_NAME, DENIED, EXISTS, IN_USE, NO_FOLDER, NOT_A_FOLDER, NO_SPACE, NOT_FOUND, WindowsError } from './texts'

export interface FileRules {
  /** Patterns of names, like `*.dll`, of files that a running app has open. */
  readonly locked?: readonly string[]
  /** How long `app_offline.htm` must have been there until the app lets go of them. */
  readonly unlockAfterMs?: number
  /** Bytes that the disk holds. */
  readonly quota?: number
  readonly readOnly?: boolean
  /** Folders, as a client names them, below which nothing can be written. */
  readonly readOnlyFolders?: readonly string[]
  /** Breaks a rename with 550; asked at each one, so that a test can set it in the middle. Paths are absolute. */
  renameFailsFor?: ((from: string, to: string) => boolean) | undefined
}

export interface Entry {
  readonly name: string
  readonly stats: fs.Stats
}

/** The folder of a site as NTFS and a running ASP.NET Core app let a client see it. Paths are the client's, absolute. */
export class WindowsFiles {
  private readonly root: string
  private readonly rules: FileRules
  private readonly locked: readonly RegExp[]

  constructor(root: string, rules: FileRules) {
    this.root = root
    this.rules = rules
    this.locked = (rules.locked ?? []).map(nameMatcher)
  }

  /** What is in a folder, or the one file that was asked for. */
  list(path: string): Entry[] {
    const local = this.local(path)
    if (!fs.statSync(local).isDirectory()) return [{ name: basename(local), stats: fs.statSync(local) }]
    return fs
      .readdirSync(local)
      .sort()
      .flatMap(name => {
        const stats = fs.statSync(join(local, name), { throwIfNoEntry: false })
        return stats ? [{ name, stats }] : []
      })
  }

  checkFolder(path: string): void {
    if (!fs.statSync(this.local(path)).isDirectory()) throw new WindowsError(NOT_A_FOLDER)
  }

  stats(path: string): fs.Stats {
    return fs.statSync(this.local(path))
  }

  fileStats(path: string): fs.Stats {
    const stats = this.stats(path)
    if (!stats.isFile()) throw new WindowsError(NOT_FOUND)
    return stats
  }

  openToRead(path: string): Promise<FileHandle> {
    this.fileStats(path)
    return open(this.local(path), 'r')
  }

  openToWrite(path: string, mode: 'replace' | 'append' | 'restart'): Promise<FileHandle> {
    const local = this.writable(path)
    if (fs.statSync(local, { throwIfNoEntry: false })?.isDirectory()) throw new WindowsError(DENIED)
    return open(local, { replace: 'w', append: 'a', restart: 'r+' }[mode])
  }

  /** Refuses what the disk cannot hold. */
  checkSpace(growth: number): void {
    const { quota } = this.rules
    if (quota !== undefined && growth > 0 && bytesBelow(this.root) + growth > quota) throw new WindowsError(NO_SPACE)
  }

  makeFolder(path: string): void {
    const local = this.changeable(path)
    if (fs.existsSync(local)) throw new WindowsError(EXISTS)
    fs.mkdirSync(local)
  }

  removeFolder(path: string): void {
    const local = this.changeable(path)
    if (!fs.statSync(local).isDirectory()) throw new WindowsError(NOT_A_FOLDER)
    fs.rmdirSync(local)
  }

  removeFile(path: string): void {
    const local = this.writable(path)
    if (fs.statSync(local).isDirectory()) throw new WindowsError(DENIED)
    fs.unlinkSync(local)
  }

  rename(from: string, to: string): void {
    const source = this.writable(from)
    const target = this.writable(to)
    if (fs.existsSync(target)) throw new WindowsError(EXISTS)
    if (this.holdsFileInUse(source)) throw new WindowsError(DENIED)
    if (this.rules.renameFailsFor?.(from, to)) throw new WindowsError(DENIED)
    fs.renameSync(source, target)
  }

  private local(path: string): string {
    return pathInAnyCase(this.root, path.split('/').filter(Boolean))
  }

  /** The local path of something to write, which nobody may have open. */
  private writable(path: string): string {
    const local = this.changeable(path)
    if (this.isInUse(local)) throw new WindowsError(IN_USE)
    return local
  }

  private changeable(path: string): string {
    const local = this.local(path)
    const { readOnly = false, readOnlyFolders = [] } = this.rules
    const isReadOnly = readOnly || readOnlyFolders.some(folder => isBelow(folder.toLowerCase(), path.toLowerCase()))
    if (isReadOnly || local === this.root) throw new WindowsError(DENIED)
    if (!fitsWindows(posix.basename(path))) throw new WindowsError(BAD_NAME)
    if (!fs.statSync(dirname(local), { throwIfNoEntry: false })?.isDirectory()) throw new WindowsError(NO_FOLDER)
    return local
  }

  private holdsFileInUse(local: string): boolean {
    if (this.locked.length === 0 || !fs.statSync(local).isDirectory()) return false
    return fs.readdirSync(local, { recursive: true, encoding: 'utf8' }).some(name => this.isInUse(join(local, name)))
  }

  /** Has a running ASP.NET Core app loaded this file? */
  private isInUse(local: string): boolean {
    if (!this.locked.some(pattern => pattern.test(basename(local)))) return false
    const isFile = fs.statSync(local, { throwIfNoEntry: false })?.isFile() ?? false
    return isFile && !this.appIsOffline(dirname(local))
  }

  /** Has app_offline.htm been in the folder, or in one above it, for long enough? */
  private appIsOffline(folder: string): boolean {
    const page = fs.statSync(join(folder, 'app_offline.htm'), { throwIfNoEntry: false })
    if (page && Date.now() - page.ctimeMs >= (this.rules.unlockAfterMs ?? 0)) return true
    return folder !== this.root && this.appIsOffline(dirname(folder))
  }
}

function nameMatcher(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i')
}
