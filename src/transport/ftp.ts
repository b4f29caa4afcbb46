import type { Writable } from 'node:stream'
import type { SecureContext } from 'node:tls'
import { Client, FileType, FTPError, type FileInfo } from 'basic-ftp'
import { DeployError } from '../errors'
import type { SiteAddress } from '../site/site-url'
import { sizeOf, type Content } from './content'
import { ftpError } from './ftp-error'
import { withCheapestTls } from './ftp-tls'
import { FtpTransfers } from './ftp-transfers'
import type { Login } from './login'
import { stayAtControlHost } from './passive-host'
import type { RemoteEntry, Session } from './port'
import { joinRemote, nameOf, parentOf } from './remote-path'

/**
 * Connects to a site over FTP, or FTPS with explicit or implicit TLS. Never falls back to plain FTP.
 *
 * @param giveUp ends the connection at once when it is aborted
 * @throws DeployError `unreachable`, `certificate-untrusted`, `tls-failed`, `authentication-failed`, `root-not-found`
 */
export async function connectFtp(address: SiteAddress, login: Login, giveUp?: AbortSignal): Promise<Session> {
  try {
    return await withCheapestTls(address.label, login.tlsCa, context => logIn(address, login, context, giveUp))
  } catch (error) {
    throw ftpError('log in to', address.label, error, login.timeoutMs, login.username)
  }
}

async function logIn(
  address: SiteAddress,
  login: Login,
  secureContext: SecureContext,
  giveUp: AbortSignal | undefined
): Promise<Session> {
  const client = new Client(login.timeoutMs, { allowSeparateTransferHost: false })
  stayAtControlHost(client)
  withoutStacks(client)
  const end = (): void => {
    client.close()
  }
  giveUp?.addEventListener('abort', end)
  try {
    const secure = { ftp: false, ftps: true, 'ftps-implicit': 'implicit' } as const
    const welcome = await client.access({
      host: address.host,
      port: address.port,
      user: login.username,
      password: login.password ?? '',
      secure: address.protocol === 'sftp' ? true : secure[address.protocol],
      secureOptions: { host: address.host, rejectUnauthorized: !login.allowAnyCertificate, secureContext }
    })
    client.ftp.socket.setNoDelay(true)
    const root = address.root ?? (await client.pwd())
    const asked = performance.now()
    await enter(client, address, root)
    // TLS puts another socket in place of the first.
    client.ftp.socket.once('close', () => giveUp?.removeEventListener('abort', end))
    const roundTripMs = performance.now() - asked
    return new FtpSession(client, address.label, root, roundTripMs, login.timeoutMs, takesAhead(welcome.message))
  } catch (error) {
    client.close()
    throw error
  }
}

/**
 * Does a server read a command only when it is done with the one before? Others refuse one that comes during a transfer
 * (ProFTPD, Pure-FTPd), or are said to lose it (IIS), so that nothing but a greeting can tell.
 */
function takesAhead(greeting: string): boolean {
  return greeting.includes('vsFTPd')
}

/** basic-ftp notes the call stack of each command, for a case that does not arise here: a tenth of the time of an upload. */
function withoutStacks({ ftp }: Client): void {
  const handle = ftp.handle.bind(ftp)
  ftp.handle = (command, responseHandler) => {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    try {
      return handle(command, responseHandler)
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
  }
}

async function enter(client: Client, address: SiteAddress, root: string): Promise<void> {
  try {
    await client.cd(root)
  } catch (error) {
    if (!(error instanceof FTPError)) throw error
    throw new DeployError(
      'root-not-found',
      `${address.label} does not let this account into "${root}": ${error.message}.`,
      'Check the path in site. It starts at the folder that the login leads to: on IIS the root of the FTP site (not C:/…), on Azure App Service /site/wwwroot.',
      error
    )
  }
}

class FtpSession implements Session {
  /** A control connection takes one command after the other. */
  readonly inFlight = 1
  readonly sendsByConnection = true
  readonly wouldShrink = false
  readonly description: string
  readonly root: string
  readonly roundTripMs: number
  readonly #client: Client
  readonly #transfers: FtpTransfers
  readonly #peer: string
  readonly #timeoutMs: number
  readonly #keepAlive: NodeJS.Timeout
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(client: Client, peer: string, root: string, roundTripMs: number, timeoutMs: number, takesAhead: boolean) {
    this.#client = client
    this.#transfers = new FtpTransfers(client, takesAhead)
    this.#peer = peer
    this.#timeoutMs = timeoutMs
    this.description = peer
    this.root = root
    this.roundTripMs = roundTripMs
    // Servers hang up on a silent control connection (IIS after 120 s), and Web API B may take longer to get ready.
    this.#keepAlive = setInterval(
      () => {
        if (this.#waiting === 0)
          this.#inTurn('keep the connection to', () => client.send('NOOP')).catch(() => undefined)
      },
      Math.max(1000, timeoutMs / 3)
    )
    this.#keepAlive.unref()
  }

  get isOpen(): boolean {
    return !this.#client.closed
  }

  list(folder: string): Promise<RemoteEntry[]> {
    return this.#inTurn(`list "${folder}" on`, () => this.#list(folder))
  }

  read(file: string, open: () => Writable): Promise<void> {
    return this.#inTurn(`read "${file}" from`, () => this.#transfers.retrieve(file, open()))
  }

  write(file: string, content: Content, onBytes: (bytes: number) => void = () => undefined): Promise<string> {
    return this.#inTurn(`write "${file}" to`, async () => {
      const sha256 = await this.#transfers.store(file, content)
      // What the socket has taken may be far from there; only the server's answer confirms it.
      onBytes(sizeOf(content))
      return sha256
    })
  }

  makeFolder(folder: string): Promise<boolean> {
    return this.#inTurn(`make the folder "${folder}" on`, async () => {
      try {
        await this.#client.send(`MKD ${folder}`)
        return true
      } catch (error) {
        // Servers refuse a folder that is there with the same 550 as one that may not be made, so try to enter it.
        if (!(await this.#isFolder(folder))) throw error
        return false
      }
    })
  }

  size(file: string): Promise<number | undefined> {
    return this.#inTurn(`ask for the size of "${file}" on`, async () => {
      try {
        return await this.#client.size(file)
      } catch (error) {
        if (error instanceof FTPError) return undefined
        throw error
      }
    })
  }

  removeFolder(folder: string): Promise<void> {
    return this.#inTurn(`delete the folder "${folder}" on`, async () => {
      await this.#client.cd(parentOf(folder))
      await this.#client.send(`RMD ${folder}`)
    })
  }

  rename(from: string, to: string): Promise<void> {
    return this.#inTurn(`rename "${from}" to "${to}" on`, async () => {
      await this.#client.rename(from, to)
    })
  }

  remove(file: string): Promise<void> {
    return this.#inTurn(`delete "${file}" on`, async () => {
      try {
        await this.#client.remove(file)
      } catch (error) {
        if (!(error instanceof FTPError)) throw error
        const entries = await this.#list(parentOf(file))
        if (entries.some(entry => entry.name === nameOf(file))) throw error
      }
    })
  }

  /** By mod_copy of ProFTPD, which other servers have taken over. */
  duplicate(from: string, to: string): Promise<boolean> {
    return this.#inTurn(`copy "${from}" to "${to}" on`, async () => {
      try {
        await this.#client.send(`SITE CPFR ${from}`)
        await this.#client.send(`SITE CPTO ${to}`)
        return true
      } catch (error) {
        if (error instanceof FTPError) return false
        throw error
      }
    })
  }

  copy(from: string, to: string): Promise<boolean> {
    return this.duplicate(from, to)
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#keepAlive)
    this.#client.close()
    return Promise.resolve()
  }

  /** Without a path: servers differ in how they take blanks, dashes and brackets in the argument of LIST. */
  async #list(folder: string): Promise<RemoteEntry[]> {
    await this.#client.cd(folder)
    const entries: RemoteEntry[] = []
    for (const info of await this.#transfers.list()) {
      if (info.name !== '.' && info.name !== '..') entries.push(await this.#entry(folder, info))
    }
    return entries
  }

  async #entry(folder: string, info: FileInfo): Promise<RemoteEntry> {
    const { name, size } = info
    if (info.type === FileType.File) return { name, kind: 'file', size, isLink: false }
    if (info.type === FileType.Directory) return { name, kind: 'folder', size: 0, isLink: false }
    const path = joinRemote(folder, name)
    if (await this.#isFolder(path)) return { name, kind: 'folder', size: 0, isLink: true }
    try {
      return { name, kind: 'file', size: await this.#client.size(path), isLink: true }
    } catch (error) {
      if (!(error instanceof FTPError)) throw error
      return { name, kind: 'other', size: 0, isLink: true }
    }
  }

  async #isFolder(path: string): Promise<boolean> {
    try {
      await this.#client.cd(path)
      return true
    } catch (error) {
      if (error instanceof FTPError) return false
      throw error
    }
  }

  /** Commands wait for one another; the failure of one is nothing to the next. */
  #inTurn<T>(doing: string, command: () => Promise<T>): Promise<T> {
    this.#waiting += 1
    const turn = this.#last.then(async () => {
      try {
        return await command()
      } catch (error) {
        throw ftpError(doing, this.#peer, error, this.#timeoutMs)
      } finally {
        this.#waiting -= 1
      }
    })
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
