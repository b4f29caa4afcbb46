import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FileEntryWithStats, Stats } from 'ssh2'
import SftpClient from 'ssh2-sftp-client'
import { codeOf, DeployError, messageOf } from '../errors'
import type { SiteAddress } from '../site/site-url'
import { sizeOf, type Content } from './content'
import type { Login } from './login'
import { connectionLost, isBroken, silence } from './network-error'
import { Pending, type Callback } from './pending'
import type { RemoteEntry, Transport } from './port'
import { joinRemote, parentOf } from './remote-path'
import { sftpError, status } from './sftp-error'
import { logIn, type Handle } from './sftp-login'

/** Requests of one connection that the server has not answered yet: enough to hide a round trip of 50 ms. */
const inFlight = 64

/** Bytes in one request; every server takes so many (draft-ietf-secsh-filexfer-02 §3). */
const chunkSize = 32 * 1024

/**
 * Connects to a site over SFTP.
 *
 * @param warn hears of a host key that is trusted unseen
 * @throws DeployError `unreachable`, `host-key-mismatch`, `authentication-failed`, `root-not-found`
 */
export async function connectSftp(
  address: SiteAddress,
  login: Login,
  warn: (text: string) => void
): Promise<Transport> {
  const client = new SftpClient('hot-deploy', {
    // A break is noticed by whoever waits for an answer; without these the library prints to the console.
    error: () => undefined,
    end: () => undefined,
    close: () => undefined
  })
  const handle = await logIn(client, address, login, warn)
  const pending = new Pending(login.timeoutMs, () => {
    pending.fail(silence(address.label, login.timeoutMs))
    void client.end().catch(() => undefined)
  })
  client.on('error', error => {
    pending.fail(connectionLost(address.label, messageOf(error), error))
  })
  client.on('close', () => {
    pending.fail(connectionLost(address.label, 'the server closed it'))
  })
  try {
    const root = await resolveRoot(handle, pending, address)
    return new SftpTransport(client, handle, pending, address.label, root)
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
}

async function resolveRoot(handle: Handle, pending: Pending, address: SiteAddress): Promise<string> {
  const root =
    address.root ??
    (await pending.ask<string>(done => {
      handle.realpath('.', done)
    }))
  try {
    const found = await statOf(handle, pending, root)
    if (found.isDirectory()) return root
  } catch (error) {
    if (codeOf(error) !== status.noSuchFile) throw sftpError(`open the root "${root}" of`, address.label, error)
  }
  throw new DeployError(
    'root-not-found',
    `${address.label} has no folder "${root}".`,
    'Check the path in site. On Windows it looks like sftp://user@host/C:/inetpub/wwwroot; for an account that is locked into a folder it starts there.'
  )
}

class SftpTransport implements Transport {
  readonly inFlight = inFlight
  readonly description: string
  readonly root: string
  readonly #client: SftpClient
  readonly #handle: Handle
  readonly #pending: Pending
  readonly #peer: string

  constructor(client: SftpClient, handle: Handle, pending: Pending, peer: string, root: string) {
    this.#client = client
    this.#handle = handle
    this.#pending = pending
    this.#peer = peer
    this.description = peer
    this.root = root
  }

  async list(folder: string): Promise<RemoteEntry[]> {
    const entries = await this.#ask<FileEntryWithStats[]>(`list "${folder}" on`, done => {
      this.#handle.readdir(folder, done)
    })
    return Promise.all(
      entries
        .filter(entry => entry.filename !== '.' && entry.filename !== '..')
        .map(async ({ filename: name, attrs }) => {
          const isLink = attrs.isSymbolicLink()
          const target = isLink ? await this.#followed(joinRemote(folder, name)) : attrs
          const kind = target?.isDirectory() === true ? 'folder' : target?.isFile() === true ? 'file' : 'other'
          return { name, kind, size: target?.size ?? 0, isLink } as const
        })
    )
  }

  async read(file: string, open: () => Writable): Promise<void> {
    const sink = open()
    await this.#ask(`read "${file}" from`, done => {
      const source = this.#handle.createReadStream(file)
      source.on('data', () => {
        this.#pending.sign()
      })
      pipeline(source, sink).then(() => {
        done(null)
      }, done)
    })
  }

  async write(file: string, content: Content, onBytes: (bytes: number) => void = () => undefined): Promise<void> {
    const size = sizeOf(content)
    const step = (_total: number, bytes: number): void => {
      this.#pending.sign()
      onBytes(bytes)
    }
    try {
      await this.#ask(`write "${file}" to`, done => {
        if ('bytes' in content) this.#handle.writeFile(file, content.bytes, done)
        else this.#handle.fastPut(content.localPath, file, { concurrency: inFlight, chunkSize, step }, done)
      })
    } catch (error) {
      throw (await this.#diskFull(file, size, error)) ?? error
    }
    if ('bytes' in content) onBytes(size)
  }

  async makeFolder(folder: string): Promise<boolean> {
    try {
      await this.#ask(`make the folder "${folder}" on`, done => {
        this.#handle.mkdir(folder, done)
      })
      return true
    } catch (error) {
      // What a server answers to a folder that is there already differs, so look.
      const there = await this.#followed(folder)
      if (there?.isDirectory() !== true) throw error
      return false
    }
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pending.fail(connectionLost(this.#peer, 'this run closed it'))
    await this.#client.end().catch(() => undefined)
  }

  async #ask<T>(doing: string, request: (done: Callback<T>) => void): Promise<T> {
    try {
      return await this.#pending.ask(request)
    } catch (error) {
      throw sftpError(doing, this.#peer, error)
    }
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

function statOf(handle: Handle, pending: Pending, path: string): Promise<Stats> {
  return pending.ask(done => {
    handle.stat(path, done)
  })
}
