import type { Socket } from 'node:net'
import { TLSSocket, type SecureContext } from 'node:tls'

export interface ControlOptions {
  /** Called for each command, with a password left out, before it is carried out. */
  readonly onCommand?: (line: string) => void
  /** Close it with 421 when nothing was asked for so long; a command that takes its time, as a transfer, is no silence. */
  readonly idleMs?: number
}

/** The control connection of one client: takes its lines one after the other and writes replies. */
export class ControlConnection {
  private readonly log: (line: string) => void
  private readonly options: ControlOptions
  private readonly onClose: (() => void)[] = []
  private readonly waiting: string[] = []
  private socket: Socket
  private received = Buffer.alloc(0)
  private isBusy = false
  private isClosed = false
  private idle: NodeJS.Timeout | undefined
  private handle: (line: string) => Promise<void> = () => Promise.resolve()

  constructor(socket: Socket, log: (line: string) => void, options: ControlOptions) {
    this.socket = socket
    this.log = log
    this.options = options
    this.listen()
    this.whenClosed(() => {
      clearTimeout(this.idle)
    })
    this.waitForCommand()
  }

  get isSecure(): boolean {
    return this.socket instanceof TLSSocket
  }

  /** Calls a function with each line; the next one waits until it is done. */
  onLine(handle: (line: string) => Promise<void>): void {
    this.handle = handle
  }

  /** Calls a function when the client has gone, or at once if it has already. */
  whenClosed(action: () => void): void {
    if (this.isClosed) action()
    else this.onClose.push(action)
  }

  closed(): Promise<void> {
    return new Promise(resolve => {
      this.whenClosed(resolve)
    })
  }

  reply(text: string): void {
    for (const line of text.split('\r\n')) this.log(line)
    this.socket.write(`${text}\r\n`)
  }

  /** Goes on in TLS, after a last reply in clear if there is one. */
  async secure(context: SecureContext, lastReply?: string): Promise<void> {
    if (lastReply !== undefined) {
      this.log(lastReply)
      await new Promise(resolve => this.socket.write(`${lastReply}\r\n`, resolve))
    }
    this.socket.removeAllListeners('data')
    this.received = Buffer.alloc(0)
    this.socket = new TLSSocket(this.socket, { isServer: true, secureContext: context })
    this.listen()
  }

  end(): void {
    this.socket.end()
  }

  /** Breaks it off, after a last reply if there is one, and takes no further command. */
  drop(lastReply?: string): void {
    if (lastReply !== undefined) this.reply(lastReply)
    this.isClosed = true
    if (lastReply === undefined) this.socket.destroy()
    else this.socket.destroySoon()
  }

  private listen(): void {
    this.socket.on('data', (chunk: Buffer) => {
      this.take(chunk)
    })
    // A reset or a failed handshake closes the connection; that is all there is to know.
    this.socket.on('error', () => undefined)
    this.socket.once('close', () => {
      this.isClosed = true
      for (const action of this.onClose.splice(0)) action()
    })
  }

  private take(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk])
    for (let end = this.received.indexOf('\n'); end >= 0; end = this.received.indexOf('\n')) {
      this.waiting.push(this.received.toString('utf8', 0, end).replace(/\r$/, ''))
      this.received = this.received.subarray(end + 1)
    }
    if (!this.isBusy) void this.handleWaiting()
  }

  private async handleWaiting(): Promise<void> {
    this.isBusy = true
    clearTimeout(this.idle)
    for (let line = this.waiting.shift(); line !== undefined && !this.isClosed; line = this.waiting.shift()) {
      const logged = line.replace(/^PASS .*/i, 'PASS ***')
      this.log(logged)
      this.options.onCommand?.(logged)
      await this.handle(line)
    }
    this.isBusy = false
    this.waitForCommand()
  }

  private waitForCommand(): void {
    const { idleMs } = this.options
    if (idleMs === undefined || this.isClosed) return
    this.idle = setTimeout(() => {
      this.drop('421 Connection timed out.')
    }, idleMs)
  }
}
