import { createServer, type Server, type Socket } from 'node:net'
import { TLSSocket, type SecureContext } from 'node:tls'
import { listenOnLoopback, type Loopback } from '../loopback'

/** A passive data connection: a port that takes one client. */
export class DataConnection {
  readonly port: number
  private readonly loopback: Loopback
  private readonly socket: Promise<Socket>
  private raw: Socket | undefined

  /** Opens a port; with a context, TLS begins as soon as the client comes, be it before the command or after. */
  static async open(context: SecureContext | undefined): Promise<DataConnection> {
    const server = createServer({ noDelay: true })
    return new DataConnection(server, await listenOnLoopback(server), context)
  }

  private constructor(server: Server, loopback: Loopback, context: SecureContext | undefined) {
    this.port = loopback.port
    this.loopback = loopback
    this.socket = new Promise((resolve, reject) => {
      server.once('close', () => {
        reject(new Error('The client did not come.'))
      })
      server.once('connection', (raw: Socket) => {
        this.raw = raw
        server.close()
        // Whoever reads or writes learns of an error by itself.
        raw.on('error', () => undefined)
        if (!context) {
          resolve(raw)
          return
        }
        const secure = new TLSSocket(raw, { isServer: true, secureContext: context })
        secure.on('error', () => undefined)
        secure.once('secure', () => {
          resolve(secure)
        })
        secure.once('close', () => {
          reject(new Error('The TLS handshake failed.'))
        })
      })
    })
    this.socket.catch(() => undefined)
  }

  get isConnected(): boolean {
    return this.raw !== undefined
  }

  /** The client's socket, after the TLS handshake. */
  connected(): Promise<Socket> {
    return this.socket
  }

  /** Breaks the connection as a crash or a firewall does. */
  reset(): void {
    this.raw?.resetAndDestroy()
  }

  /** Gives it up. One that served its purpose needs that not: it closes when client and server have ended it. */
  close(): void {
    this.raw?.destroy()
    void this.loopback.stop()
  }
}
