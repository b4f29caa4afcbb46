import * as fs from 'node:fs'
import { join, posix } from 'node:path'
import { utils, type SFTPWrapper } from 'ssh2'
import { bytesBelow } from '../served-folder'
import { attributesOf, longname, setAttributes, type SentAttributes } from './attributes'
import type { SftpFolder } from './folder'
import { SftpHandles } from './handles'
import { endOfFile, failure, permissionDenied, sendStatus, statusOf, unsupported } from './status'

export const POSIX_RENAME = 'posix-rename@openssh.com'
export const HARDLINK = 'hardlink@openssh.com'

/** What the requests of all clients of a server share. */
export interface SftpService {
  readonly root: string
  readonly folder: SftpFolder
  readonly windows: boolean
  /** Names of extended requests, with their versions. */
  readonly extensions: Readonly<Record<string, string>>
  readonly readOnly: boolean
  /** As a client names them, below which nothing can be written. */
  readonly readOnlyFolders: readonly string[]
  readonly quota: number | undefined
  /** Takes a line for each request that names a path, before it is carried out. */
  readonly log: (line: string) => void
  /** Should this rename fail? Paths are absolute. */
  readonly renameFails: (from: string, to: string) => boolean
  /** How many requests a connection lasts. */
  readonly cutAfterRequests: number | undefined
  /** Is the last of them carried out, but not answered? */
  readonly loseReply: boolean
}

const { OPEN_MODE, flagsToString } = utils.sftp
const ENTRIES_AT_ONCE = 100
const LARGEST_READ = 256 * 1024

/**
 * Answers the requests of one client as OpenSSH does: one after the other, in the order in which they come. The calls
 * are synchronous on purpose: with hundreds of small requests in flight that is both the order and the speed wanted.
 *
 * @param cut breaks the connection, after what has been sent or at once
 */
export function answerRequests(sftp: SFTPWrapper, service: SftpService, cut: (when: 'sent' | 'now') => void): void {
  const { root, folder, windows, quota, log, cutAfterRequests, loseReply } = service
  const handles = new SftpHandles()
  let requests = 0
  sftp.on('close', () => {
    handles.closeAll()
  })
  sftp.on('end', () => {
    try {
      sftp.end()
    } catch {
      // Who has hung up has ended the compression too, and ssh2 has nothing left to say farewell with.
    }
  })

  /** Carries out a request that ends in a status, OK unless it throws. */
  const acknowledge = (request: number, line: string | undefined, work: () => void) => {
    reply(request, line, () => {
      work()
      sendStatus(sftp, request)
    })
  }

  /** Carries out a request that answers for itself unless it throws, and logs it before, if there is a line for it. */
  const reply = (request: number, line: string | undefined, work: () => void) => {
    if (requests === cutAfterRequests) return
    requests++
    if (line !== undefined) log(line)
    const isLast = requests === cutAfterRequests
    if (isLast && loseReply) cut('now')
    try {
      work()
    } catch (error) {
      sendStatus(sftp, request, statusOf(error))
    }
    if (isLast && !loseReply) cut('sent')
  }

  /** The local path of something that a request changes. */
  const target = (path: string) => {
    const isReadOnly = service.readOnly || service.readOnlyFolders.some(each => folder.isBelow(each, path))
    if (isReadOnly) throw permissionDenied()
    return folder.writable(path)
  }

  sftp.on('OPEN', (request: number, path: string, flags: number, sent: SentAttributes) => {
    reply(request, `OPEN ${path} ${flagsToString(flags) ?? flags.toString(16)}`, () => {
      const local = flags & OPEN_MODE.WRITE ? target(path) : folder.local(path)
      const descriptor = fs.openSync(local, systemFlags(flags), (sent.mode ?? 0o666) & 0o7777)
      sftp.handle(request, handles.add({ kind: 'file', path, descriptor }))
    })
  })

  sftp.on('READ', (request, handle, offset, length) => {
    reply(request, undefined, () => {
      const wanted = Buffer.allocUnsafe(Math.min(length, LARGEST_READ))
      const read = fs.readSync(handles.file(handle).descriptor, wanted, 0, wanted.length, offset)
      if (read === 0) throw endOfFile()
      sftp.data(request, wanted.subarray(0, read))
    })
  })

  sftp.on('WRITE', (request, handle, offset, data) => {
    acknowledge(request, undefined, () => {
      const { descriptor } = handles.file(handle)
      if (quota !== undefined) {
        const growth = Math.max(0, offset + data.length - fs.fstatSync(descriptor).size)
        if (growth > 0 && bytesBelow(root) + growth > quota) throw failure()
      }
      fs.writeSync(descriptor, data, 0, data.length, offset)
    })
  })

  sftp.on('CLOSE', (request, handle) => {
    acknowledge(request, undefined, () => {
      log(`CLOSE ${handles.path(handle)}`)
      handles.close(handle)
    })
  })

  sftp.on('OPENDIR', (request, path) => {
    reply(request, `OPENDIR ${path}`, () => {
      sftp.handle(request, handles.add({ kind: 'folder', path, entries: entriesOf(path) }))
    })
  })

  sftp.on('READDIR', (request, handle) => {
    reply(request, undefined, () => {
      const batch = handles.folder(handle).entries.splice(0, ENTRIES_AT_ONCE)
      if (batch.length === 0) throw endOfFile()
      const names = batch.map(({ filename, stats }) => ({
        filename,
        longname: longname(filename, stats),
        attrs: attributesOf(stats)
      }))
      sftp.name(request, names)
    })
  })

  for (const kind of ['STAT', 'LSTAT'] as const) {
    sftp.on(kind, (request: number, path: string) => {
      reply(request, `${kind} ${path}`, () => {
        const onTheWay = folder.nameOnTheWayToRoot(path) !== undefined
        const local = onTheWay ? root : folder.local(path)
        sftp.attrs(request, attributesOf(kind === 'STAT' ? fs.statSync(local) : fs.lstatSync(local)))
      })
    })
  }

  sftp.on('FSTAT', (request, handle) => {
    reply(request, undefined, () => {
      sftp.attrs(request, attributesOf(fs.fstatSync(handles.file(handle).descriptor)))
    })
  })

  sftp.on('SETSTAT', (request: number, path: string, sent: SentAttributes) => {
    acknowledge(request, `SETSTAT ${path}`, () => {
      setAttributes(target(path), sent)
    })
  })

  sftp.on('FSETSTAT', (request: number, handle: Buffer, sent: SentAttributes) => {
    acknowledge(request, undefined, () => {
      const { path, descriptor } = handles.file(handle)
      log(`FSETSTAT ${path}`)
      setAttributes(descriptor, sent)
    })
  })

  sftp.on('MKDIR', (request: number, path: string, sent: SentAttributes) => {
    acknowledge(request, `MKDIR ${path}`, () => {
      if (folder.nameOnTheWayToRoot(path)) throw failure()
      fs.mkdirSync(target(path), (sent.mode ?? 0o777) & 0o7777)
    })
  })

  sftp.on('RMDIR', (request, path) => {
    acknowledge(request, `RMDIR ${path}`, () => {
      fs.rmdirSync(target(path))
    })
  })

  sftp.on('REMOVE', (request, path) => {
    acknowledge(request, `REMOVE ${path}`, () => {
      const local = target(path)
      if (fs.lstatSync(local).isDirectory()) throw failure()
      fs.unlinkSync(local)
    })
  })

  sftp.on('RENAME', (request, from, to) => {
    acknowledge(request, `RENAME ${from} ${to}`, () => {
      const [source, destination] = [target(from), target(to)]
      fs.lstatSync(source)
      if (exists(destination)) throw failure()
      if (service.renameFails(folder.absolute(from), folder.absolute(to))) throw failure()
      fs.renameSync(source, destination)
    })
  })

  sftp.on('EXTENDED', (request: number, name: string, data: Buffer | undefined) => {
    const [from = '', to = ''] = strings(data ?? Buffer.alloc(0))
    switch (name in service.extensions ? name : undefined) {
      case POSIX_RENAME:
        acknowledge(request, `POSIX-RENAME ${from} ${to}`, () => {
          const [source, destination] = [target(from), target(to)]
          if (service.renameFails(folder.absolute(from), folder.absolute(to))) throw failure()
          // Win32-OpenSSH deletes the file in the way first, even when that is the file to be renamed.
          if (windows && isFile(destination)) fs.unlinkSync(destination)
          fs.renameSync(source, target(to))
        })
        break
      case HARDLINK:
        acknowledge(request, `HARDLINK ${from} ${to}`, () => {
          fs.linkSync(folder.local(from), target(to))
        })
        break
      default:
        acknowledge(request, `EXTENDED ${name}`, () => {
          throw unsupported()
        })
    }
  })

  sftp.on('REALPATH', (request, path) => {
    reply(request, `REALPATH ${path}`, () => {
      const filename = folder.real(path)
      sftp.name(request, [{ filename, longname: filename }] as Parameters<SFTPWrapper['name']>[1])
    })
  })

  sftp.on('READLINK', (request, path) => {
    reply(request, `READLINK ${path}`, () => {
      const link = fs.readlinkSync(folder.local(path))
      const filename = posix.isAbsolute(link) ? (folder.remote(link) ?? link) : link
      sftp.name(request, [{ filename, longname: filename }] as Parameters<SFTPWrapper['name']>[1])
    })
  })

  // The wire says "linkpath, targetpath"; ssh2's types name them the other way round.
  sftp.on('SYMLINK', (request, link, to) => {
    acknowledge(request, `SYMLINK ${link} ${to}`, () => {
      fs.symlinkSync(posix.isAbsolute(to) ? folder.local(to) : to, target(link))
    })
  })

  const entriesOf = (path: string) => {
    const onTheWay = folder.nameOnTheWayToRoot(path)
    const local = onTheWay ? root : folder.local(path)
    const names = onTheWay ? [] : fs.readdirSync(local)
    const entries = ['.', '..', ...names].flatMap(filename => {
      const stats = fs.lstatSync(filename === '..' ? local : join(local, filename), { throwIfNoEntry: false })
      return stats ? [{ filename, stats }] : []
    })
    return onTheWay ? [...entries, { filename: onTheWay, stats: fs.statSync(root) }] : entries
  }
}

function systemFlags(flags: number): number {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_TRUNC, O_EXCL } = fs.constants
  const access = flags & OPEN_MODE.WRITE ? (flags & OPEN_MODE.READ ? O_RDWR : O_WRONLY) : O_RDONLY
  const pairs = [
    [OPEN_MODE.APPEND, O_APPEND],
    [OPEN_MODE.CREAT, O_CREAT],
    [OPEN_MODE.TRUNC, O_TRUNC],
    [OPEN_MODE.EXCL, O_EXCL]
  ] as const
  return pairs.reduce((sum, [mode, flag]) => (flags & mode ? sum | flag : sum), access)
}

/** The strings of an extended request, each after its length. */
function strings(data: Buffer): string[] {
  const found: string[] = []
  for (let at = 0; at + 4 <= data.length;) {
    const end = at + 4 + data.readUInt32BE(at)
    found.push(data.toString('utf8', at + 4, end))
    at = end
  }
  return found
}

function exists(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function isFile(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
