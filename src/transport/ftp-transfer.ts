import type { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { TLSSocket } from 'node:tls'
import { FTPError, type Client, type FileInfo } from 'basic-ftp'
import { DeployError } from '../errors'
import { sizeOf, Source, type Content } from './content'
import { openData } from './ftp-data'

/*
 * STOR, RETR and LIST on a connection of basic-ftp, in three points other than its own:
 *
 * - When the data connection breaks, the server's answer is awaited: it tells the cause ("disk full", "no such file"),
 *   and the control connection stays usable. basic-ftp closes everything at once.
 * - Data moves when the TLS handshake is really over. basic-ftp asks for the cipher, which is known earlier; an empty
 *   upload then ends TCP without ending TLS, and servers with OpenSSL 3 take it for a broken transfer.
 * - Once it is known how data connections come about, the command is sent while one is being opened, and data as soon as
 *   it is open: a round trip less for each file, and less work. A server that refuses the command gets what it does not
 *   read.
 * - A server that is known to read a command only when it is done with the one before is asked for the next data
 *   connection right behind the end of a file, so that both answers come at once: another round trip less.
 */

/** How long after the data connection broke the server may take to say why. */
const explanationMs = 5_000

/** Bytes that are read and sent at a time. */
const readSize = 256 * 1024

/** Moves the bytes of one transfer, and tells of each sign of life, and when nothing but the end is left to be sent. */
type Move = (socket: Socket, onSign: () => void, onEnding: () => void) => Promise<void>

/** What makes a server listen for a data connection. */
type Passive = 'EPSV' | 'PASV'

/** A server may close a port to which nobody comes, and a firewall on the way as well. */
const freshMs = 1_000

/** The transfers of one connection to a server, one after the other. */
export class FtpTransfers {
  readonly #client: Client
  readonly #takesAhead: boolean
  /** Undefined until a data connection has come about. */
  #passive: Passive | undefined
  /** The server listens already, and said so then. */
  #ready: { readonly answer: string; readonly since: number } | undefined

  /** @param takesAhead whether the server reads a command only when it is done with the one before */
  constructor(client: Client, takesAhead: boolean) {
    this.#client = client
    this.#takesAhead = takesAhead
  }

  /**
   * Sends a file.
   *
   * @returns SHA-256 of what was sent, in base64url
   */
  async store(path: string, content: Content): Promise<string> {
    using source = new Source(content)
    // Read before the command is sent, so that a file that has vanished costs nothing.
    const first = nextOf(source, content)
    await this.#transfer(`STOR ${path}`, async (socket, onSign, onEnding) => {
      let bytes = first
      for (let next = nextOf(source, content); next.length > 0; next = nextOf(source, content)) {
        await written(socket, bytes)
        onSign()
        bytes = next
      }
      // The last bytes and the end in one packet.
      const isEnded = ended(socket, bytes)
      onEnding()
      await isEnded
    })
    return source.sha256()
  }

  /** Fetches a file into a sink, and ends it. */
  async retrieve(path: string, sink: Writable): Promise<void> {
    try {
      await this.#transfer(`RETR ${path}`, (socket, onSign) => {
        socket.on('data', onSign)
        return pipeline(socket, sink)
      })
    } finally {
      sink.destroy()
    }
  }

  /** Lists the working folder with the first command that the server knows: MLSD where it has it, else LIST. */
  async list(): Promise<FileInfo[]> {
    let refusal: unknown
    for (const command of this.#client.availableListCommands) {
      try {
        const text = await this.#text(command)
        this.#client.availableListCommands = [command]
        return this.#client.parseList(text)
      } catch (error) {
        if (!(error instanceof FTPError)) throw error
        refusal = error
      }
    }
    throw refusal
  }

  async #text(command: string): Promise<string> {
    const chunks: Buffer[] = []
    await this.#transfer(command, async (socket, onSign) => {
      for await (const chunk of socket) {
        chunks.push(chunk as Buffer)
        onSign()
      }
    })
    return Buffer.concat(chunks).toString('utf8')
  }

  async #transfer(command: string, move: Move): Promise<void> {
    const transfer = new Transfer(this.#client, move, this.#takesAhead ? this.#passive : undefined)
    try {
      if (this.#passive === undefined) await this.#first(command, transfer)
      else await this.#next(this.#passive, command, transfer)
      const { answerAhead: answer } = transfer
      if (answer !== undefined) this.#ready = { answer, since: performance.now() }
    } finally {
      transfer.close()
    }
  }

  /** basic-ftp finds out what the server knows and the line lets through. */
  async #first(command: string, transfer: Transfer): Promise<void> {
    const { ftp } = this.#client
    try {
      const { code } = await this.#client.prepareTransfer(ftp)
      const socket = ftp.dataSocket
      if (!socket) throw new Error('The server opened no data connection.')
      // basic-ftp's listeners would close the control connection too.
      for (const event of ['error', 'close', 'timeout']) socket.removeAllListeners(event)
      const answered = ftp.handle(command, (reply, task) => {
        transfer.onReply(reply, task)
      })
      transfer.begin(socket)
      await answered
      this.#passive = code === 229 ? 'EPSV' : 'PASV'
    } finally {
      // Setting it closes the connection that was there.
      ftp.dataSocket = undefined
    }
  }

  async #next(passive: Passive, command: string, transfer: Transfer): Promise<void> {
    const { ftp } = this.#client
    const ready = this.#taken()
    if (ready !== undefined) transfer.begin(openData(ftp, ready))
    await ftp.handle(ready === undefined ? passive : command, (reply, task) => {
      if (transfer.isBegun || reply instanceof Error) {
        transfer.onReply(reply, task)
      } else {
        transfer.begin(openData(ftp, reply.message))
        ftp.send(command)
      }
    })
  }

  /** What the server said of where it listens already. */
  #taken(): string | undefined {
    const ready = this.#ready
    this.#ready = undefined
    if (ready === undefined || this.#client.closed || performance.now() - ready.since > freshMs) return undefined
    return ready.answer
  }
}

/** What comes next of a content, in a new buffer: the socket keeps it until it is sent. */
function nextOf(source: Source, content: Content): Buffer {
  return source.next(Buffer.allocUnsafe(Math.min(readSize, sizeOf(content) + 1)))
}

function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, error => {
      if (error) reject(error)
      else resolve()
    })
  })
}

function ended(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.end(bytes, (error?: Error | null) => {
      if (error) reject(error)
      else resolve()
    })
  })
}

type Reply = Error | { readonly code: number; readonly message: string }

interface Task {
  resolve(result: unknown): void
  reject(error: unknown): void
}

/** One transfer: it is over when both the data connection and the server's answer say so. */
class Transfer {
  readonly #client: Client
  readonly #move: Move
  readonly #next: Passive | undefined
  #socket: Socket | undefined
  #task: Task | undefined
  #isMoved = false
  /** What the server says of the transfer. */
  #verdict: Reply | undefined
  #isNextAsked = false
  /** What it says to what was asked behind the transfer. */
  #answerAhead: Reply | undefined
  #isClosed = false
  #broken: Error | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param next what to ask the server behind the end of the data */
  constructor(client: Client, move: Move, next: Passive | undefined) {
    this.#client = client
    this.#move = move
    this.#next = next
  }

  get isBegun(): boolean {
    return this.#socket !== undefined
  }

  /** Where the server listens for the data connection of the next transfer, if it was asked and does. */
  get answerAhead(): string | undefined {
    return this.#answerAhead instanceof Error ? undefined : this.#answerAhead?.message
  }

  /** Moves the bytes over a data connection, as soon as it is open. */
  begin(socket: Socket): void {
    this.#socket = socket
    socket.on('error', error => {
      this.#onBroken(error)
    })
    // From now on it is the data connection that must not fall silent.
    this.#client.ftp.socket.setTimeout(0)
    this.#watch()
    const isInHandshake = socket instanceof TLSSocket && socket.getPeerFinished() === undefined
    if (isInHandshake) socket.once('secureConnect', () => void this.#run(socket))
    else void this.#run(socket)
  }

  /** What the control connection says: a reply, a refusal, or that it is closed. */
  onReply(reply: Reply, task: Task): void {
    this.#task = task
    if (reply instanceof Error && !isRefusal(reply)) {
      task.reject(this.#broken ?? reply)
    } else if (this.#verdict !== undefined) {
      this.#answerAhead = reply
    } else if (reply instanceof Error || (reply.code >= 200 && reply.code < 300)) {
      this.#verdict = reply
    }
    this.#finish()
  }

  /** Ends the data connection, whatever became of the transfer. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#socket?.destroy()
  }

  async #run(socket: Socket): Promise<void> {
    try {
      await this.#move(
        socket,
        () => {
          this.#watch()
        },
        () => {
          // Until then the command of this transfer may not have been sent.
          if (socket.connecting)
            socket.once('connect', () => {
              this.#askNext()
            })
          else this.#askNext()
        }
      )
    } catch (error) {
      this.#onBroken(error as Error)
      return
    }
    this.#isMoved = true
    clearTimeout(this.#timer)
    this.#client.ftp.socket.setTimeout(this.#client.ftp.timeout)
    this.#finish()
  }

  #askNext(): void {
    if (this.#next === undefined || this.#verdict !== undefined || this.#broken || this.#isClosed) return
    this.#isNextAsked = true
    this.#client.ftp.send(this.#next)
  }

  /** Starts the clock for the next sign of life anew. */
  #watch(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      const isOpen = this.#socket?.connecting === false
      this.#client.ftp.closeWithError(new Error(isOpen ? 'Timeout (data socket)' : notOpened('it took too long')))
    }, this.#client.ftp.timeout)
  }

  #onBroken(error: Error): void {
    if (this.#broken !== undefined || this.#isMoved || this.#isClosed) return
    // A server that refuses the command may close the port before the connection has come about.
    const isUnopened = 'syscall' in error && error.syscall === 'connect'
    const broken = isUnopened ? new Error(notOpened(error.message)) : error
    this.#broken = broken
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#client.ftp.closeWithError(broken)
    }, explanationMs)
    this.#finish()
  }

  #finish(): void {
    const isAnswered = this.#verdict !== undefined && (!this.#isNextAsked || this.#answerAhead !== undefined)
    if (!this.#task || !isAnswered) return
    if (this.#verdict instanceof Error) {
      this.#task.reject(this.#broken instanceof DeployError ? this.#broken : this.#verdict)
    } else if (this.#isMoved) {
      this.#task.resolve(undefined)
    } else if (this.#broken) {
      this.#task.reject(this.#broken)
    }
  }
}

function isRefusal(error: Error): boolean {
  return 'code' in error && typeof error.code === 'number'
}

/** As basic-ftp says it of the first one. */
function notOpened(reason: string): string {
  return `Can't open data connection in passive mode: ${reason}`
}
