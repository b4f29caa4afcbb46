import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { Server, type AuthContext, type Connection, type ParsedKey } from 'ssh2'
import { ClientLimit } from './client-limit'
import { listenOnLoopback, LOOPBACK_HOST } from './loopback'
import { serveFolder } from './served-folder'
import { SftpFolder } from './sftp/folder'
import { forwardConnections } from './sftp/forward'
import { answerRequests, HARDLINK, POSIX_RENAME, type SftpService } from './sftp/requests'
import { advertise } from './sftp/version-packet'
import { newKeys, parsed } from './ssh-keys'
import type { TestServer } from './test-server'

export interface SftpServerOptions {
  /** Of the only account. */
  readonly password?: string
  /** Offer posix-rename@openssh.com? Yes, unless told otherwise. */
  readonly extensions?: boolean
  /** Offer hardlink@openssh.com? As the other extension, unless told otherwise. */
  readonly hardlink?: boolean
  /** Bytes that the disk holds; a write beyond fails with status 4. */
  readonly quota?: number
  /** Every change is refused with status 3. */
  readonly readOnly?: boolean
  /** Folders, as a client names them, below which every change is refused with status 3. */
  readonly readOnlyFolders?: readonly string[]
  /** Where it listens; 127.0.0.1 unless told otherwise. */
  readonly host?: string
  /** The folder to serve; a new one by default, which goes at stop(). */
  readonly root?: string
  /** As Win32-OpenSSH: the root is `/C:/inetpub/wwwroot`, and names are found in any case. */
  readonly windows?: boolean
  /** How many connections there may be; a further one is closed instead of greeted. */
  readonly maxConnections?: number
  /** Break each connection after so many SFTP requests on it, be they in the log or not. */
  readonly cutAfterRequests?: number
  /** Carry the last one of them out, but do not answer it. */
  readonly loseReply?: boolean
  /** Called with the line of each request that `commands()` has, before it is carried out. */
  readonly onRequest?: (line: string) => void
  /** Be a jump host too? With the addresses of names that only this server knows. `commands()` has what was asked for. */
  readonly forwards?: Readonly<Record<string, string>>
  /** Breaks a rename with status 4; asked at each one, so that a test can set it in the middle. Paths are absolute. */
  renameFailsFor?: ((from: string, to: string) => boolean) | undefined
}

const USERNAME = 'deploy'
const standardPassword = ' p@ss: word/#1 '

/**
 * Starts an SFTP server inside this process that answers as OpenSSH does. `commands()` has a line for each login, each
 * question whether a key is taken, each password that is refused, each request that names a path, and each CLOSE;
 * READ, WRITE, READDIR and FSTAT are left out.
 */
export async function startSftpServer(options: SftpServerOptions = {}): Promise<TestServer> {
  const { extensions = true, hardlink = extensions, windows = false } = options
  const { password = standardPassword, host = LOOPBACK_HOST } = options
  const served = await serveFolder(options.root)
  const { root } = served
  const folder = new SftpFolder(root, windows)
  const commands: string[] = []
  const log = (line: string) => void commands.push(line)
  const service: SftpService = {
    root,
    folder,
    windows,
    extensions: { ...(extensions && { [POSIX_RENAME]: '1' }), ...(hardlink && { [HARDLINK]: '1' }) },
    quota: options.quota,
    readOnly: options.readOnly ?? false,
    readOnlyFolders: options.readOnlyFolders ?? [],
    cutAfterRequests: options.cutAfterRequests,
    loseReply: options.loseReply ?? false,
    renameFails: (from, to) => options.renameFailsFor?.(from, to) ?? false,
    log: line => {
      log(line)
      options.onRequest?.(line)
    }
  }

  const hostKeys = newKeys()
  const userKeys = newKeys()
  const allowed = parsed(userKeys.public)
  const sockets = new Map<number | undefined, Socket>()
  const ssh = new Server({ hostKeys: [hostKeys.private] }, (client, { port }) => {
    client.on('authentication', context => {
      if (!mayLogIn(context, password, allowed)) {
        if (context.method === 'password') log('REFUSED password')
        context.reject(['password', 'publickey'])
        return
      }
      const isQuestion = context.method === 'publickey' && !context.signature
      log(`${isQuestion ? 'ASK' : 'LOGIN'} ${context.method}`)
      context.accept()
    })
    // A client that goes away in mid-deploy is nothing to the server.
    client.on('error', () => undefined)
    if (options.forwards) forwardConnections(client, { names: options.forwards, log })
    serveSessions(client, service, when => {
      if (when === 'now') sockets.get(port)?.destroy()
      else sockets.get(port)?.destroySoon()
    })
  })
  const limit = new ClientLimit<Socket>(options.maxConnections)
  // ssh2 writes a packet in pieces; with Nagle's algorithm each of them would wait for an ACK.
  const loopback = await listenOnLoopback(
    createServer({ noDelay: true }, socket => {
      if (!limit.admits(socket)) {
        // The words of sshd beyond its MaxStartups.
        socket.on('error', () => undefined).end('Not allowed at this time\r\n')
        return
      }
      const { remotePort } = socket
      sockets.set(remotePort, socket)
      socket.once('close', () => {
        limit.leave(socket)
        sockets.delete(remotePort)
      })
      ssh.injectSocket(socket)
    }),
    { host }
  )

  return {
    protocol: 'sftp',
    host,
    port: loopback.port,
    username: USERNAME,
    password,
    privateKey: userKeys.private,
    hostKey: fingerprint(parsed(hostKeys.public)),
    root,
    rootPath: folder.rootPath,
    commands: () => Promise.resolve([...commands]),
    async stop() {
      await loopback.stop()
      await served.remove()
    }
  }
}

function serveSessions(client: Connection, service: SftpService, cut: Parameters<typeof answerRequests>[2]): void {
  client.on('session', accept => {
    accept().on('sftp', acceptSftp => {
      const sftp = acceptSftp()
      advertise(sftp, service.extensions)
      answerRequests(sftp, service, cut)
    })
  })
}

function mayLogIn(context: AuthContext, password: string, allowed: ParsedKey): boolean {
  if (context.username !== USERNAME) return false
  switch (context.method) {
    case 'password':
      return context.password === password
    case 'publickey': {
      const { key, signature, blob, hashAlgo } = context
      const isAllowed = key.algo === allowed.type && same(key.data, allowed.getPublicSSH())
      // Of a signature that it cannot read, ssh2 makes an Error, which its types do not tell.
      const verified: unknown = !signature || (blob && allowed.verify(blob, signature, hashAlgo))
      return isAllowed && verified === true
    }
    default:
      return false
  }
}

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

function fingerprint(key: ParsedKey): string {
  return `SHA256:${createHash('sha256').update(key.getPublicSSH()).digest('base64').replace(/=+$/, '')}`
}
