import type { Writable } from 'node:stream'
import type { Stats } from 'ssh2'
import SftpClient from 'ssh2-sftp-client'
import { codeOf, DeployError, messageOf } from '../errors'
import type { SiteAddress } from '../site/site-url'
import { sizeOf, type Content } from './content'
import type { Login } from './login'
import { connectionLost, isBroken, silence } from './network-error'
import { Pending, type Callback } from './pending'
import type { RemoteEntry, Session } from './port'
import { joinRemote, parentOf } from './remote-path'
import { sftpError, status } from './sftp-error'
import { SftpFiles } from './sftp-files'
import { gatherRequests } from './sftp-packets'
import { logIn, type Carrier, type ConnectOptions, type Handle } from './sftp-login'
import { farMs } from './width'

/**
 * Operations side by side, enough to hide the three round trips that a small file takes: on a near server few do, and
 * more of them only fill memory.
 */
const nearOperations = 64
const farOperations = 480

/** Files that may be open besides those of operations: a server closes one later than it was told to. */
const spareFiles = 16

/**
 * Connects to a site over SFTP.
 *
 * @param warn hears of a host key that is trusted unseen
 * @throws DeployError `unreachable`, `host-key-mismatch`, `authentication-failed`, `root-not-found`
 */
export async function connectSftp(
  address: SiteAddress,
  login: Login,
  warn: (text: string) => void,
  options: ConnectOptions = {}
): Promise<Session> {
  const client = new SftpClient('hot-deploy', {
    // A break is noticed by whoever waits for an answer; without these the library prints to the console.
    error: () => undefined,
    end: () => undefined,
    close: () => undefined
  })
  const { handle, socket } = await logIn(client, address, login, warn, options)
  gatherRequests(handle, socket)
  const pending = new Pending(login.timeoutMs, () => {
    pending.fail(silence(address.label, login.timeoutMs))
    void client.end().catch(() => undefined)
  })
  client.on('error', error => {
    // Where a jump host failed, it is named already.
    pending.fail(error instanceof DeployError ? error : connectionLost(address.label, messageOf(error), error))
  })
  client.on('close', () => {
    pending.fail(connectionLost(address.label, 'the server closed it'))
  })
  try {
    const root = await resolveRoot(handle, pending, address)
    return new SftpSession(client, handle, socket, pending, address.label, root)
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
}

async function resolveRoot(handle: Handle, pending: Pending, address: SiteAddress): Promise<string> {
  const path =
    address.root ??
    (await pending.ask<string>(done => {
      handle.realpath('.', done)
    }))
  try {
    const found = await statOf(handle, pending, path)
    if (found.isDirectory()) return path
  } catch (error) {
    if (codeOf(error) !== status.noSuchFile) throw sftpError(`open the root "${path}" of`, address.label, error)
  }
  throw new DeployError(
    'root-not-found',
    `${address.label} has no folder "${path}".`,
    'Check the path in site. On Windows it looks like sftp://user@host/C:/inetpub/wwwroot; for an account that is locked into a folder it starts there.'
  )
}

class SftpSession implements Session {
  readonly sendsByConnection = false
  readonly description: string
  readonly root: string
  readonly #client: SftpClient
  readonly #handle: Handle
  readonly #socket: Carrier
  readonly #pending: Pending
  readonly #files: SftpFiles
  readonly #peer: string

  constructor(client: SftpClient, handle: Handle, socket: Carrier, pending: Pending, peer: string, root: string) {
    this.#socket = socket
    this.#client = client
    this.#handle = handle
    this.#pending = pending
    this.#files = new SftpFiles(handle, pending)
    this.#peer = peer
    this.description = peer
    this.root = root
  }

  get roundTripMs(): number {
    return this.#pending.shortestMs
  }

  get inFlight(): number {
    if (this.roundTripMs < farMs) return nearOperations
    return Math.min(farOperations, Math.max(1, this.#files.mostOpen - spareFiles))
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && !this.#socket.readableEnded
  }

  get wouldShrink(): boolean {
    return this.#files.wouldShrink
  }

  async list(folder: string): Promise<RemoteEntry[]> {
    const entries = await this.#try(`list "${folder}" on`, () => this.#files.list(folder))
    const links = entries.filter(({ attrs }) => attrs.isSymbolicLink())
    const targets = await Promise.all(links.map(({ filename }) => this.#followed(joinRemote(folder, filename))))
    const targetOf = new Map(links.map(({ filename }, index) => [filename, targets[index]]))
    return entries
      .filter(({ filename }) => filename !== '.' && filename !== '..')
      .map(({ filename: name, attrs }) => {
        const isLink = targetOf.has(name)
        const target = isLink ? targetOf.get(name) : attrs
        const kind = target?.isDirectory() === true ? 'folder' : target?.isFile() === true ? 'file' : 'other'
        return { name, kind, size: target?.size ?? 0, isLink }
      })
  }

  read(file: string, open: () => Writable): Promise<void> {
    return this.#try(`read "${file}" from`, () => this.#files.read(file, open()))
  }

  write(file: string, content: Content, onBytes: (bytes: number) => void = () => undefined): Promise<string> {
    return this.#files.write(file, content, onBytes).catch((cause: unknown) => this.#notWritten(file, content, cause))
  }

  async makeFolder(folder: string): Promise<boolean> {
    const made = this.#ask<unknown>(`make the folder "${folder}" on`, done => {
      this.#handle.mkdir(folder, done)
    })
    // Asked along with it: what a server answers to a folder that is there already differs.
    const asked = this.#followed(folder)
    asked.catch(() => undefined)
    try {
      await made
      return true
    } catch (error) {
      if (isFolder(await asked)) return false
      // Another run may have made it in between.
      if (isFolder(await this.#followed(folder))) return false
      throw error
    }
  }

  async size(file: string): Promise<number | undefined> {
    const found = await this.#try(`ask for the size of "${file}" on`, () => this.#followed(file))
    return found?.isFile() === true ? found.size : undefined
  }

  async removeFolder(folder: string): Promise<void> {
    await this.#ask(`delete the folder "${folder}" on`, done => {
      this.#handle.rmdir(folder, done)
    })
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#ask(`rename "${from}" to "${to}" on`, done => {
      try {
        this.#handle.ext_openssh_rename(from, to, done)
      } catch {
        // ssh2 throws at once when the server has not advertised posix-rename@openssh.com: plain SFTP 3 then.
        this.#handle.rename(from, to, done)
      }
    })
  }

  async remove(file: string): Promise<void> {
    try {
      await this.#ask(`delete "${file}" on`, done => {
        this.#handle.unlink(file, done)
      })
    } catch (error) {
      if (error instanceof DeployError && codeOf(error.cause) === status.noSuchFile) return
      throw error
    }
  }

  async duplicate(from: string, to: string): Promise<boolean> {
    try {
      await this.#pending.ask(done => {
        this.#handle.ext_openssh_hardlink(from, to, done)
      })
      return true
    } catch (error) {
      // Not advertised, or not on this file system.
      if (isBroken(error)) throw error
      return false
    }
  }

  copy(from: string, to: string): Promise<boolean> {
    return this.#try(`copy "${from}" to "${to}" on`, () => this.#files.copy(from, to))
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#pending.fail(connectionLost(this.#peer, 'this run closed it'))
    // Its farewell is sent, and nobody waits for the server's.
    void this.#client.end().catch(() => undefined)
    setImmediate(() => {
      this.#socket.destroySoon()
    })
    return Promise.resolve()
  }

  #ask<T>(doing: string, request: (done: Callback<T>) => void): Promise<T> {
    return this.#try(doing, () => this.#pending.ask(request))
  }

  async #try<T>(doing: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      throw sftpError(doing, this.#peer, error)
    }
  }

  async #notWritten(file: string, content: Content, cause: unknown): Promise<never> {
    const error = sftpError(`write "${file}" to`, this.#peer, cause)
    throw (await this.#diskFull(file, sizeOf(content), error)) ?? error
  }

  /** What a link points to; undefined for one that points to nothing, or nothing that this account may see. */
  async #followed(path: string): Promise<Stats | undefined> {
    try {
      return await statOf(this.#handle, this.#pending, path)
    } catch (error) {
      if (typeof codeOf(error) === 'number') return undefined
      throw error
    }
  }

  /** SFTP has no word for a full disk: most servers say "Failure". So ask for the free space, where that is possible. */
  async #diskFull(file: string, size: number, error: unknown): Promise<DeployError | undefined> {
    if (!(error instanceof DeployError) || codeOf(error.cause) !== status.failure) return undefined
    try {
      const space = await this.#pending.ask<{ f_bavail: number; f_frsize: number }>(done => {
        this.#handle.ext_openssh_statvfs(parentOf(file), done)
      })
      const free = space.f_bavail * space.f_frsize
      if (free >= Math.max(size, 4096)) return undefined
      return new DeployError(
        'disk-full',
        `The disk of ${this.#peer} is full: ${free} bytes are free, and "${file}" needs ${size}.`,
        'Make room on the server and run the job again.',
        error
      )
    } catch {
      // The server cannot tell; its own answer stands.
      return undefined
    }
  }
}

function isFolder(found: Stats | undefined): boolean {
  return found?.isDirectory() === true
}

function statOf(handle: Handle, pending: Pending, path: string): Promise<Stats> {
  return pending.ask(done => {
    handle.stat(path, done)
  })
}
