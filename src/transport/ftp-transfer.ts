import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { TLSSocket } from 'node:tls'
import { FTPError, type Client, type FileInfo } from 'basic-ftp'
import { DeployError } from '../errors'
import { sizeOf, Source, type Content } from './content'

/*
 * STOR, RETR and LIST on a connection of basic-ftp, in two points other than its own:
 *
 * - When the data connection breaks, the server's answer is awaited: it tells the cause ("disk full", "no such file"),
 *   and the control connection stays usable. basic-ftp closes everything at once.
 * - Data moves when the TLS handshake is really over. basic-ftp asks for the cipher, which is known earlier; an empty
 *   upload then ends TCP without ending TLS, and servers with OpenSSL 3 take it for a broken transfer.
 */

/** How long after the data connection broke the server may take to say why. */
const explanationMs = 5_000

/** Bytes that are read and sent at a time. */
const readSize = 256 * 1024

/**
 * Sends a file.
 *
 * @returns SHA-256 of what was sent, in base64url
 */
export async function store(client: Client, path: string, content: Content): Promise<string> {
  using source = new Source(content)
  // Read before the command is sent, so that a file that has vanished costs nothing.
  const first = source.next(bufferFor(content))
  await transfer(client, `STOR ${path}`, (socket, onSign) =>
    send(socket, first, () => source.next(bufferFor(content)), onSign)
  )
  return source.sha256()
}

async function send(socket: Socket, first: Buffer, read: () => Buffer, onSign: () => void): Promise<void> {
  const isSent = finished(socket, { readable: false })
  // Heard of below, unless the writing fails first.
  isSent.catch(() => undefined)
  let bytes = first
  for (let next = read(); next.length > 0; next = read()) {
    if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), isSent])
    onSign()
    bytes = next
  }
  socket.end(bytes)
  await isSent
}

/** A new one each time: the socket keeps it until it is sent. */
function bufferFor(content: Content): Buffer {
  return Buffer.allocUnsafe(Math.min(readSize, sizeOf(content) + 1))
}

/** Fetches a file into a sink, and ends it. */
export async function retrieve(client: Client, path: string, sink: Writable): Promise<void> {
  try {
    await transfer(client, `RETR ${path}`, (socket, onSign) => {
      socket.on('data', onSign)
      return pipeline(socket, sink)
    })
  } finally {
    sink.destroy()
  }
}

/** Lists the working folder with the first command that the server knows: MLSD where it has it, else LIST. */
export async function listing(client: Client): Promise<FileInfo[]> {
  let refusal: unknown
  for (const command of client.availableListCommands) {
    try {
      const text = await fetchText(client, command)
      client.availableListCommands = [command]
      return client.parseList(text)
    } catch (error) {
      if (!(error instanceof FTPError)) throw error
      refusal = error
    }
  }
  throw refusal
}

async function fetchText(client: Client, command: string): Promise<string> {
  const chunks: Buffer[] = []
  await transfer(client, command, async (socket, onSign) => {
    for await (const chunk of socket) {
      chunks.push(chunk as Buffer)
      onSign()
    }
  })
  return Buffer.concat(chunks).toString('utf8')
}

/** Moves the bytes of one transfer, and tells of each sign of life. */
type Move = (socket: Socket, onSign: () => void) => Promise<void>

async function transfer(client: Client, command: string, move: Move): Promise<void> {
  const { ftp } = client
  try {
    await client.prepareTransfer(ftp)
    const socket = ftp.dataSocket
    if (!socket) throw new Error('The server opened no data connection.')
    // The end of a file is not to wait until what was sent before it is confirmed.
    socket.setNoDelay(true)
    const running = new Transfer(client, socket, move)
    await ftp.handle(command, (reply, task) => {
      running.onReply(reply, task)
    })
  } finally {
    // Setting it closes the connection that was there.
    ftp.dataSocket = undefined
  }
}

interface Task {
  resolve(result: unknown): void
  reject(error: unknown): void
}

/** One transfer: it is over when both the data connection and the server's answer say so. */
class Transfer {
  readonly #client: Client
  readonly #socket: Socket
  readonly #move: Move
  #task: Task | undefined
  #isStarted = false
  #isMoved = false
  #isConfirmed = false
  #broken: Error | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(client: Client, socket: Socket, move: Move) {
    this.#client = client
    this.#socket = socket
    this.#move = move
    // basic-ftp's listeners would close the control connection too.
    for (const event of ['error', 'close', 'timeout']) socket.removeAllListeners(event)
    socket.on('error', error => {
      this.#onBroken(error)
    })
  }

  /** What the control connection says: a reply, a refusal, or that it is closed. */
  onReply(reply: Error | { readonly code: number }, task: Task): void {
    this.#task = task
    if (reply instanceof Error) {
      const isRefusal = 'code' in reply && typeof reply.code === 'number'
      const isOurs = this.#broken instanceof DeployError
      clearTimeout(this.#timer)
      task.reject(isRefusal && !isOurs ? reply : (this.#broken ?? reply))
    } else if (reply.code === 150 || reply.code === 125) {
      if (!this.#isStarted) this.#start()
    } else if (reply.code >= 200 && reply.code < 300) {
      this.#isConfirmed = true
      this.#finish()
    }
  }

  #start(): void {
    this.#isStarted = true
    // During the transfer it is the data connection that must not fall silent.
    this.#client.ftp.socket.setTimeout(0)
    this.#watch()
    const begin = (): void => {
      setImmediate(() => {
        this.#run().catch((error: unknown) => {
          this.#onBroken(error as Error)
        })
      })
    }
    const isInHandshake = this.#socket instanceof TLSSocket && this.#socket.getPeerFinished() === undefined
    if (isInHandshake) this.#socket.once('secureConnect', begin)
    else begin()
  }

  async #run(): Promise<void> {
    await this.#move(this.#socket, () => {
      this.#watch()
    })
    this.#isMoved = true
    clearTimeout(this.#timer)
    this.#client.ftp.socket.setTimeout(this.#client.ftp.timeout)
    this.#finish()
  }

  /** Starts the clock for the next sign of life anew. */
  #watch(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#client.ftp.closeWithError(new Error('Timeout (data socket)'))
    }, this.#client.ftp.timeout)
  }

  #onBroken(error: Error): void {
    if (this.#broken !== undefined || this.#isMoved) return
    this.#broken = error
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#client.ftp.closeWithError(error)
    }, explanationMs)
    this.#finish()
  }

  #finish(): void {
    if (!this.#task || !this.#isConfirmed) return
    if (this.#isMoved) this.#task.resolve(undefined)
    else if (this.#broken) this.#task.reject(this.#broken)
    else return
    clearTimeout(this.#timer)
  }
}
