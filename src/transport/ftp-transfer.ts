import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { FTPContext } from 'basic-ftp'
import { DeployError } from '../errors'
import type { Passive } from './ftp-data'

/** How long after the data connection broke the server may take to say why. */
const explanationMs = 5_000

/** Moves the bytes of one transfer, and tells of each sign of life, and when nothing but the end is left to be sent. */
export type Move = (socket: Socket, onSign: () => void, onEnding: () => void) => Promise<void>

type Reply = Error | { readonly code: number; readonly message: string }

interface Task {
  resolve(result: unknown): void
  reject(error: unknown): void
}

/**
 * One transfer on a connection of basic-ftp: it is over when both the data connection and the server's answer say so. In
 * two points it goes otherwise than basic-ftp's own:
 *
 * - When the data connection breaks, the server's answer is awaited: it tells the cause ("disk full", "no such file"),
 *   and the control connection stays usable. basic-ftp closes everything at once.
 * - Data moves when the TLS handshake is really over. basic-ftp asks for the cipher, which is known earlier; an empty
 *   upload then ends TCP without ending TLS, and servers with OpenSSL 3 take it for a broken transfer.
 */
export class FtpTransfer {
  readonly #ftp: FTPContext
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
  constructor(ftp: FTPContext, move: Move, next: Passive | undefined) {
    this.#ftp = ftp
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
    this.#ftp.socket.setTimeout(0)
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
    this.#ftp.socket.setTimeout(this.#ftp.timeout)
    this.#finish()
  }

  #askNext(): void {
    if (this.#next === undefined || this.#verdict !== undefined || this.#broken || this.#isClosed) return
    this.#isNextAsked = true
    this.#ftp.send(this.#next)
  }

  /** Starts the clock for the next sign of life anew. */
  #watch(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      const isOpen = this.#socket?.connecting === false
      this.#ftp.closeWithError(new Error(isOpen ? 'Timeout (data socket)' : notOpened('it took too long')))
    }, this.#ftp.timeout)
  }

  #onBroken(error: Error): void {
    if (this.#broken !== undefined || this.#isMoved || this.#isClosed) return
    // A server that refuses the command may close the port before the connection has come about.
    const isUnopened = 'syscall' in error && error.syscall === 'connect'
    const broken = isUnopened ? new Error(notOpened(error.message)) : error
    this.#broken = broken
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#ftp.closeWithError(broken)
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
