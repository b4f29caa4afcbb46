import { createServer } from 'node:net'
import { createSecureContext } from 'node:tls'
import { makeCertificate, type Certificate } from './certificate'
import { ControlConnection } from './iis-ftp/control-connection'
import { UploadFaults, type FaultOptions } from './iis-ftp/faults'
import { WindowsFiles, type FileRules } from './iis-ftp/files'
import { FtpSession, type FtpService } from './iis-ftp/session'
import { listenOnLoopback, LOOPBACK_HOST } from './loopback'
import { serveFolder } from './served-folder'
import type { TestServer } from './test-server'

export interface IisFtpServerOptions extends FileRules, FaultOptions {
  /** Explicit TLS, and nothing without it. */
  readonly tls?: boolean
  /** TLS from the first byte. */
  readonly implicit?: boolean
  /** Another one than that for 127.0.0.1. */
  readonly certificate?: Certificate
  /** The folder to serve; a new one by default, which goes at stop(). */
  readonly root?: string
}

const USERNAME = 'deploy'
const PASSWORD = ' p@ss: word/#1 '

/**
 * Starts an FTP server inside this process that behaves as the one of IIS does, with faults to choose from.
 * `commands()` has a line for each command, the password left out, and for each line of a reply.
 */
export async function startIisFtpServer(options: IisFtpServerOptions = {}): Promise<TestServer> {
  const { implicit = false, tls = implicit } = options
  const served = await serveFolder(options.root)
  const { ca, cert, key } = options.certificate ?? makeCertificate()
  // Without a session id context OpenSSL refuses the session that a data connection wants to reuse.
  const context = tls || implicit ? createSecureContext({ cert, key, sessionIdContext: 'iis-ftp' }) : undefined
  const commands: string[] = []
  const service: FtpService = {
    username: USERNAME,
    password: PASSWORD,
    files: new WindowsFiles(served.root, options),
    faults: new UploadFaults(options),
    tls: context
  }
  const server = createServer({ noDelay: true }, socket => {
    const control = new ControlConnection(socket, line => void commands.push(line))
    if (implicit && context) void control.secure(context)
    new FtpSession(control, service)
  })
  const loopback = await listenOnLoopback(server)

  return {
    protocol: implicit ? 'ftps-implicit' : tls ? 'ftps' : 'ftp',
    host: LOOPBACK_HOST,
    port: loopback.port,
    username: USERNAME,
    password: PASSWORD,
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
