import { connect as connectSocket } from 'node:net'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FileEntryWithStats, ServerHostKeyAlgorithm, Stats } from 'ssh2'
import SftpClient from 'ssh2-sftp-client'
import { codeOf, DeployError, messageOf } from '../errors'
import type { SiteAddress } from '../site/site-url'
import { sizeOf, type Content } from './content'
import { fingerprintOf, keyType } from './host-key'
import type { Login } from './login'
import { connectionLost, networkError, silence } from './network-error'
import { Pending, type Callback } from './pending'
import type { RemoteEntry, Transport } from './port'
import { joinRemote, parentOf } from './remote-path'
import { sftpError, status } from './sftp-error'

type Handle = Awaited<ReturnType<SftpClient['connect']>>

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
  const handle = await open(client, address, login, warn)
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

async function open(
  client: SftpClient,
  address: SiteAddress,
  login: Login,
  warn: (text: string) => void
): Promise<Handle> {
  const peer = address.label
  let offered: Buffer = Buffer.alloc(0)
  // Without Nagle's algorithm: ssh2 writes a packet in pieces, and each small file would wait 40 to 180 ms for it.
  const sock = connectSocket({ host: address.host, port: address.port, noDelay: true })
  client.on(
    'keyboard-interactive',
    (_name: string, _text: string, _language: string, prompts: unknown[], finish: (answers: string[]) => void) => {
      finish(prompts.map(() => login.password ?? ''))
    }
  )
  // A bare fingerprint may be of a key of any type.
  const isEachTyped = login.hostKeys.every(pin => pin.type !== undefined)
  const pinnedTypes = isEachTyped ? [...new Set(login.hostKeys.flatMap(pin => pin.type ?? []))] : []
  try {
    return await client.connect({
      sock,
      username: login.username,
      ...(login.password === undefined ? {} : { password: login.password, tryKeyboard: true }),
      ...(login.privateKey === undefined ? {} : { privateKey: login.privateKey }),
      ...(login.passphrase === undefined ? {} : { passphrase: login.passphrase }),
      readyTimeout: login.timeoutMs,
      keepaliveInterval: Math.max(1000, login.timeoutMs / 3),
      keepaliveCountMax: 3,
      algorithms: {
        cipher: { prepend: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'], append: [], remove: [] },
        ...(pinnedTypes.length > 0 ? { serverHostKey: algorithmsFor(pinnedTypes) } : {})
      },
      hostVerifier: (key: Buffer) => {
        offered = key
        return login.allowAnyHostKey || login.hostKeys.some(pin => pin.fingerprint === fingerprintOf(key))
      }
    })
  } catch (error) {
    sock.destroy()
    throw openError(peer, login, offered, error)
  } finally {
    if (login.allowAnyHostKey && offered.length > 0) {
      warn(`The host key of ${peer} was not checked. To pin it, set host-key: ${fingerprintOf(offered)}`)
    }
  }
}

/** Asks the server for its key of the pinned type; an RSA key is used with SHA-2 signatures. */
function algorithmsFor(types: readonly string[]): ServerHostKeyAlgorithm[] {
  return types.flatMap(type =>
    type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]
  ) as ServerHostKeyAlgorithm[]
}

function openError(peer: string, login: Login, offered: Buffer, error: unknown): DeployError {
  const text = messageOf(error)
  const trusted = login.hostKeys.map(pin => pin.fingerprint)
  const isKnown = login.allowAnyHostKey || offered.length === 0 || trusted.includes(fingerprintOf(offered))
  if (!isKnown) {
    return new DeployError(
      'host-key-mismatch',
      `${peer} shows the ${keyType(offered) ?? 'host'} key ${fingerprintOf(offered)}, and host-key trusts ${trusted.join(', ')}.`,
      'If the server was set up anew, or has keys of several types, compare with "ssh-keygen -lf" on the server and set host-key. Otherwise someone may be in between: do not go on.',
      error
    )
  }
  if (/no matching host key/i.test(text)) {
    return new DeployError(
      'host-key-mismatch',
      `${peer} has no host key of the type that host-key trusts: ${login.hostKeys.flatMap(pin => pin.type ?? []).join(', ')}.`,
      'Compare with "ssh-keygen -lf" on the server, and set host-key to a key that it has.',
      error
    )
  }
  if (/authentication methods|authentication failed|permission denied/i.test(text)) {
    return new DeployError(
      'authentication-failed',
      `${peer} does not let "${login.username}" in with the given ${[login.password !== undefined && 'password', login.privateKey !== undefined && 'private-key'].filter(Boolean).join(' and ')}.`,
      'Check username and secrets. A private key needs its public half in authorized_keys (for administrators of Windows: administrators_authorized_keys).',
      error
    )
  }
  if (/parse privateKey|passphrase|decrypt/i.test(text)) {
    return new DeployError(
      'authentication-failed',
      `The input private-key cannot be used: ${text.replace(/^.*?: /, '')}.`,
      'Pass the whole key with its BEGIN and END lines, in OpenSSH or PEM format, and its passphrase if it has one.',
      error
    )
  }
  if (/timed out/i.test(text)) return silence(peer, login.timeoutMs, error)
  return networkError(peer, error) ?? connectionLost(peer, text, error)
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

  async read(file: string, sink: Writable): Promise<void> {
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
