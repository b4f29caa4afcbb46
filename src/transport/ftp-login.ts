import type { SecureContext } from 'node:tls'
import { Client, FTPError } from 'basic-ftp'
import { DeployError } from '../errors'
import type { SiteAddress } from '../site/site-url'
import { FtpControl, type Reply } from './ftp-control'
import { saidBy } from './ftp-error'
import type { Login, LoginCourse } from './login'
import { stayAtControlHost } from './passive-host'
import { onRoundTripOf } from './round-trip'

/** A control connection that is logged in, and in the site's root. */
export interface LoggedIn {
  readonly control: FtpControl
  readonly root: string
  /** In milliseconds. */
  readonly roundTripMs: number
}

/**
 * Connects and logs in. The steps are those of basic-ftp's access(), but for what needs no answer before the next: that
 * is asked for at once where the server takes it, which saves eight of its fifteen round trips.
 *
 * @throws FTPError, DeployError `root-not-found`, or what broke the connection
 */
export async function logIn(
  address: SiteAddress,
  login: Login,
  secureContext: SecureContext,
  course: LoginCourse
): Promise<LoggedIn> {
  const { giveUp, onAdmitted, mayLogIn } = course
  const client = new Client(login.timeoutMs, { allowSeparateTransferHost: false })
  stayAtControlHost(client)
  withoutStacks(client)
  const end = (): void => {
    client.close()
  }
  giveUp?.addEventListener('abort', end)
  mayLogIn?.catch(end)
  try {
    const greeting = await greeted(client, address, login, secureContext, course)
    // TLS may have put another socket in place of the first.
    client.ftp.socket.once('close', () => giveUp?.removeEventListener('abort', end))
    const control = new FtpControl(client, greeting)
    const roundTripMs = await authenticate(client, login, mayLogIn)
    onAdmitted?.()
    const root = await settle(control, address)
    return { control, root, roundTripMs }
  } catch (error) {
    client.close()
    throw error
  }
}

const utf8 = 'OPTS UTF8 ON'

/** Connects, with TLS where the address asks for it, and says how the server greets. */
async function greeted(
  client: Client,
  { host, port, protocol }: SiteAddress,
  { allowAnyCertificate }: Login,
  secureContext: SecureContext,
  { onRoundTrip }: LoginCourse
): Promise<string> {
  const secure = { host, rejectUnauthorized: !allowAnyCertificate, secureContext }
  const isImplicit = protocol === 'ftps-implicit'
  const greeting = isImplicit ? client.connectImplicitTLS(host, port, secure) : client.connect(host, port)
  const { socket } = client.ftp
  socket.setNoDelay(true)
  if (onRoundTrip) onRoundTripOf(socket, onRoundTrip)
  const { message } = await greeting
  if (protocol === 'ftps') await client.useTLS(secure)
  return message
}

/** @returns how long a round trip takes, in milliseconds */
async function authenticate(
  client: Client,
  { username, password = '' }: Login,
  mayLogIn?: Promise<void>
): Promise<number> {
  // Where the server takes no such thing yet it knows the account by other bytes, and refuses it.
  if (/[^ -~]/.test(username + password)) await client.sendIgnoringError(utf8)
  const asked = performance.now()
  let reply = await client.send(`USER ${username}`)
  const roundTripMs = performance.now() - asked
  if (reply.code === passwordWanted) {
    await mayLogIn
    reply = await client.send(`PASS ${password}`)
  }
  // An account on top of the password (332) is what nobody can give.
  if (reply.code < 200 || reply.code >= 300) throw new FTPError(reply)
  return roundTripMs
}

const passwordWanted = 331

/**
 * Binary files, names in UTF-8, listings for programs, protected data, and the site's root as the working folder.
 *
 * @returns the root: where the login leads to, unless the address says otherwise
 */
async function settle(control: FtpControl, { label, root }: SiteAddress): Promise<string> {
  const { client } = control
  const place = root === undefined ? 'PWD' : `CWD ${root}`
  const protection = client.ftp.hasTLS ? ['PBSZ 0', 'PROT P'] : []
  const replies = await control.ask(['TYPE I', utf8, place, 'OPTS MLST type;size;', ...protection])
  const [binary, , placed, facts] = replies
  if (binary instanceof FTPError) throw binary
  // Who has MLSD takes that (RFC 3659 §7.9), and it takes a round trip less than to ask for all features.
  const hasMlsd = facts !== undefined && !(facts instanceof FTPError)
  client.availableListCommands = [...(hasMlsd ? ['MLSD'] : []), 'LIST -a', 'LIST']
  if (root !== undefined && placed instanceof FTPError) {
    throw new DeployError(
      'root-not-found',
      `${label} does not let this account into "${root}": ${saidBy(placed)}.`,
      'Check the path in site. It starts at the folder that the login leads to: on IIS the root of the FTP site (not C:/…), on Azure App Service /site/wwwroot.',
      placed
    )
  }
  return root ?? folderIn(placed)
}

/** The folder in `257 "/www" is the current directory`, where quotes are doubled (RFC 959, appendix II). */
function folderIn(placed: Reply | undefined): string {
  if (placed instanceof FTPError) throw placed
  const [, quoted] = /"(.+)"/.exec(placed?.message ?? '') ?? []
  if (quoted === undefined)
    throw new Error(`The server does not say where the login leads to: ${placed?.message ?? ''}`)
  return quoted.replaceAll('""', '"')
}

/** basic-ftp notes the call stack of each command, for a case that does not arise here: a tenth of the time of an upload. */
function withoutStacks({ ftp }: Client): void {
  const handle = ftp.handle.bind(ftp)
  ftp.handle = (command, responseHandler) => {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    try {
      return handle(command, responseHandler)
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
  }
}
