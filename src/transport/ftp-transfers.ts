import type { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FTPError, type Client, type FileInfo } from 'basic-ftp'
import { sizeOf, Source, type Content } from './content'
import type { FtpControl } from './ftp-control'
import { openData, type Passive } from './ftp-data'
import { FtpTransfer, type Move } from './ftp-transfer'

/*
 * STOR, RETR and LIST on a connection of basic-ftp, in two points other than its own, besides those of each transfer
 * (see FtpTransfer):
 *
 * - Once it is known how data connections come about, the command is sent while one is being opened, and data as soon as
 *   it is open: a round trip less for each file, and less work. A server that refuses the command gets what it does not
 *   read.
 * - A server that is known to read a command only when it is done with the one before is asked for the next data
 *   connection right behind the end of a file, so that both answers come at once: another round trip less.
 */

/** Bytes that are read and sent at a time. */
const readSize = 256 * 1024

/** A server may close a port to which nobody comes, and a firewall on the way as well. */
const freshMs = 1_000

/** How data connections come about, by server, once one has. */
const passives = new Map<string, Passive>()

/** The transfers of one connection to a server, one after the other. */
export class FtpTransfers {
  readonly #control: FtpControl
  readonly #client: Client
  readonly #peer: string
  /** The server listens already, and said so then. */
  #ready: { readonly answer: string; readonly since: number } | undefined

  /** @param peer which server, for what holds of all connections to it */
  constructor(control: FtpControl, peer: string) {
    this.#control = control
    this.#client = control.client
    this.#peer = peer
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

  /** Enters a folder, and lists it with the first command that the server knows: MLSD where it has it, else LIST. */
  async list(folder: string): Promise<FileInfo[]> {
    await this.#enter(folder)
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

  /** Asks for the data connection together with it, where the server takes that. */
  async #enter(folder: string): Promise<void> {
    const passive = passives.get(this.#peer)
    if (passive === undefined || this.#control.readsAhead === 'never' || this.#isReady()) {
      await this.#client.send(`CWD ${folder}`)
      return
    }
    const [entered, answer] = await this.#control.ask([`CWD ${folder}`, passive])
    if (answer && !(answer instanceof FTPError)) this.#prepare(answer.message)
    if (entered instanceof FTPError) throw entered
  }

  async #transfer(command: string, move: Move): Promise<void> {
    const passive = passives.get(this.#peer)
    const { readsAhead } = this.#control
    const transfer = new FtpTransfer(this.#client.ftp, move, readsAhead === 'always' ? passive : undefined)
    try {
      if (passive === undefined) await this.#first(command, transfer)
      else await this.#next(passive, command, transfer)
      const { answerAhead: answer } = transfer
      if (answer !== undefined) this.#prepare(answer)
    } finally {
      transfer.close()
    }
  }

  /** basic-ftp finds out what the server knows and the line lets through. */
  async #first(command: string, transfer: FtpTransfer): Promise<void> {
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
      passives.set(this.#peer, code === 229 ? 'EPSV' : 'PASV')
    } finally {
      // Setting it closes the connection that was there.
      ftp.dataSocket = undefined
    }
  }

  async #next(passive: Passive, command: string, transfer: FtpTransfer): Promise<void> {
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

  /** @param answer what the server said to EPSV or PASV */
  #prepare(answer: string): void {
    this.#ready = { answer, since: performance.now() }
  }

  /** Does the server listen already? */
  #isReady(): boolean {
    return !this.#client.closed && this.#ready !== undefined && performance.now() - this.#ready.since <= freshMs
  }

  /** What the server said of where it listens already. */
  #taken(): string | undefined {
    const answer = this.#isReady() ? this.#ready?.answer : undefined
    this.#ready = undefined
    return answer
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
