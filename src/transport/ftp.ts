import type { Writable } from 'node:stream'
import { FileType, FTPError, type Client, type FileInfo } from 'basic-ftp'
import type { SiteAddress } from '../site/site-url'
import { sizeOf, type Content } from './content'
import type { FtpControl } from './ftp-control'
import { ftpError } from './ftp-error'
import { logIn, type LoggedIn } from './ftp-login'
import { withCheapestTls } from './ftp-tls'
import { FtpTransfers } from './ftp-transfers'
import type { Login, LoginCourse } from './login'
import type { RemoteEntry, Session } from './port'
import { joinRemote, nameOf, parentOf } from './remote-path'

/**
 * Connects to a site over FTP, or FTPS with explicit or implicit TLS. Never falls back to plain FTP.
 *
 * @throws DeployError `unreachable`, `certificate-untrusted`, `tls-failed`, `authentication-failed`, `root-not-found`
 */
export async function connectFtp(address: SiteAddress, login: Login, course: LoginCourse): Promise<Session> {
  try {
    const loggedIn = await withCheapestTls(address.label, login.tlsCa, context =>
      logIn(address, login, context, course)
    )
    return new FtpSession(loggedIn, address.label, login.timeoutMs)
  } catch (error) {
    throw ftpError('log in to', address.label, error, login.timeoutMs, login.username)
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
  readonly #control: FtpControl
  readonly #client: Client
  readonly #transfers: FtpTransfers
  readonly #peer: string
  readonly #timeoutMs: number
  readonly #keepAlive: NodeJS.Timeout
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor({ control, root, roundTripMs }: LoggedIn, peer: string, timeoutMs: number) {
    this.#control = control
    this.#client = control.client
    this.#transfers = new FtpTransfers(control, peer)
    this.#peer = peer
    this.#timeoutMs = timeoutMs
    this.description = peer
    this.root = root
    this.roundTripMs = roundTripMs
    // Servers hang up on a silent control connection (IIS after 120 s), and Web API B may take longer to get ready.
    this.#keepAlive = setInterval(
      () => {
        if (this.#waiting === 0)
          this.#inTurn('keep the connection to', () => this.#client.send('NOOP')).catch(() => undefined)
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
    return this.#inTurn(`delete the folder "${folder}" on`, () =>
      this.#control.chain(`CWD ${parentOf(folder)}`, `RMD ${folder}`)
    )
  }

  rename(from: string, to: string): Promise<void> {
    return this.#inTurn(`rename "${from}" to "${to}" on`, () => this.#control.chain(`RNFR ${from}`, `RNTO ${to}`))
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
        await this.#control.chain(`SITE CPFR ${from}`, `SITE CPTO ${to}`)
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
    const entries: RemoteEntry[] = []
    for (const info of await this.#transfers.list(folder)) {
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
