import { createServer } from 'node:net'
import { createSecureContext } from 'node:tls'
import { makeCertificate, type Certificate } from './certificate'
import { ClientLimit } from './client-limit'
import { ControlConnection, type ControlOptions } from './iis-ftp/control-connection'
import { DataRefusals, UploadFaults, type FaultOptions } from './iis-ftp/faults'
import { WindowsFiles, type FileRules } from './iis-ftp/files'
import { FtpSession, type FtpService, type SessionOptions } from './iis-ftp/session'
import { listenOnLoopback, LOOPBACK_HOST } from './loopback'
import { serveFolder } from './served-folder'
import type { TestServer } from './test-server'

export interface IisFtpServerOptions extends FileRules, FaultOptions, SessionOptions, ControlOptions {
  /** Explicit TLS, and nothing without it. */
  readonly tls?: boolean
  /** Of the only account. */
  readonly password?: string
  /** TLS from the first byte. */
  readonly implicit?: boolean
  /** Another one than that for 127.0.0.1. */
  readonly certificate?: Certificate
  /** The folder to serve; a new one by default, which goes at stop(). */
  readonly root?: string
  /** How many clients there may be; a further one is turned away. */
  readonly maxConnections?: number
  /** How: instead of the greeting (421, the default), or after its password (530), when only logins are counted. */
  readonly tooMany?: '421' | '530'
}

const USERNAME = 'deploy'
const standardPassword = ' p@ss: word/#1 '

/**
 * Starts an FTP server inside this process that behaves as the one of IIS does, with faults to choose from.
 * `commands()` has a line for each command, the password left out, and for each line of a reply.
 */
export async function startIisFtpServer(options: IisFtpServerOptions = {}): Promise<TestServer> {
  const { implicit = false, tls = implicit, password = standardPassword } = options
  const served = await serveFolder(options.root)
  const { ca, cert, key } = options.certificate ?? makeCertificate()
  // Without a session id context OpenSSL refuses the session that a data connection wants to reuse.
  const context = tls || implicit ? createSecureContext({ cert, key, sessionIdContext: 'iis-ftp' }) : undefined
  const commands: string[] = []
  const { maxConnections, tooMany = '421' } = options
  const clients = new ClientLimit<ControlConnection>(tooMany === '421' ? maxConnections : undefined)
  const service: FtpService = {
    options,
    username: USERNAME,
    password,
    files: new WindowsFiles(served.root, options),
    faults: new UploadFaults(options),
    dataRefusals: new DataRefusals(options),
    loginLimit: new ClientLimit(tooMany === '530' ? maxConnections : undefined),
    tls: context
  }
  const server = createServer({ noDelay: true }, socket => {
    const control = new ControlConnection(socket, line => void commands.push(line), options)
    if (implicit && context) void control.secure(context)
    if (clients.admits(control)) {
      control.whenClosed(() => {
        clients.leave(control)
      })
      new FtpSession(control, service)
    } else {
      control.drop('421 Too many connections.')
    }
  })
  const loopback = await listenOnLoopback(server)

  return {
    protocol: implicit ? 'ftps-implicit' : tls ? 'ftps' : 'ftp',
    host: LOOPBACK_HOST,
    port: loopback.port,
    username: USERNAME,
    password,
    ...(context && { ca }),
    root: served.root,
    rootPath: '/',
    commands: () => Promise.resolve([...commands]),
    async stop() {
      await loopback.stop()
      await served.remove()
    }
  }
}
