import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:net'
import { Server, utils, type AuthContext, type Connection, type ParsedKey } from 'ssh2'
import { listenOnLoopback, LOOPBACK_HOST } from './loopback'
import { serveFolder } from './served-folder'
import { SftpFolder } from './sftp/folder'
import { answerRequests, POSIX_RENAME, type SftpService } from './sftp/requests'
import { advertise } from './sftp/version-packet'
import type { TestServer } from './test-server'

export interface SftpServerOptions {
  /** Offer posix-rename@openssh.com? Yes, unless told otherwise. */
  readonly extensions?: boolean
  /** Bytes that the disk holds; a write beyond fails with status 4. */
  readonly quota?: number
  /** Every change is refused with status 3. */
  readonly readOnly?: boolean
  /** The folder to serve; a new one by default, which goes at stop(). */
  readonly root?: string
  /** As Win32-OpenSSH: the root is `/C:/inetpub/wwwroot`, and names are found in any case. */
  readonly windows?: boolean
}

const USERNAME = 'deploy'
const PASSWORD = ' p@ss: word/#1 '

/**
 * Starts an SFTP server inside this process that answers as OpenSSH does. `commands()` has a line for each login, each
 * request that names a path, and each CLOSE; READ, WRITE, READDIR and FSTAT are left out.
 */
export async function startSftpServer(options: SftpServerOptions = {}): Promise<TestServer> {
  const { extensions = true, quota, readOnly = false, windows = false } = options
  const served = await serveFolder(options.root)
  const { root } = served
  const folder = new SftpFolder(root, windows)
  const commands: string[] = []
  const log = (line: string) => void commands.push(line)
  const service: SftpService = { root, folder, windows, quota, readOnly, posixRename: extensions, log }

  const hostKeys = newKeys()
  const userKeys = newKeys()
  const allowed = parsed(userKeys.public)
  const ssh = new Server({ hostKeys: [hostKeys.private] }, client => {
    client.on('authentication', context => {
      if (!mayLogIn(context, allowed)) {
        context.reject(['password', 'publickey'])
        return
      }
      const isQuestion = context.method === 'publickey' && !context.signature
      if (!isQuestion) log(`LOGIN ${context.method}`)
      context.accept()
    })
    // A client that goes away in mid-deploy is nothing to the server.
    client.on('error', () => undefined)
    serveSessions(client, service)
  })
  // ssh2 writes a packet in pieces; with Nagle's algorithm each of them would wait for an ACK.
  const loopback = await listenOnLoopback(
    createServer({ noDelay: true }, socket => {
      ssh.injectSocket(socket)
    })
  )

  return {
    protocol: 'sftp',
    host: LOOPBACK_HOST,
    port: loopback.port,
    username: USERNAME,
    password: PASSWORD,
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

function serveSessions(client: Connection, service: SftpService): void {
  client.on('session', accept => {
    accept().on('sftp', acceptSftp => {
      const sftp = acceptSftp()
      if (service.posixRename) advertise(sftp, { [POSIX_RENAME]: '1' })
      answerRequests(sftp, service)
    })
  })
}

function mayLogIn(context: AuthContext, allowed: ParsedKey): boolean {
  if (context.username !== USERNAME) return false
  switch (context.method) {
    case 'password':
      return context.password === PASSWORD
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

/** ssh2 now and then makes a pair that it cannot read itself (a leading zero byte is lost); then another one is made. */
function newKeys(): ReturnType<typeof utils.generateKeyPairSync> {
  for (;;) {
    const keys = utils.generateKeyPairSync('ed25519')
    try {
      parsed(keys.public)
      parsed(keys.private)
      return keys
    } catch {
      // The next pair is most likely sound.
    }
  }
}

function parsed(key: string): ParsedKey {
  const result = utils.parseKey(key)
  if (result instanceof Error) throw result
  return result
}

function fingerprint(key: ParsedKey): string {
  return `SHA256:${createHash('sha256').update(key.getPublicSSH()).digest('base64').replace(/=+$/, '')}`
}
