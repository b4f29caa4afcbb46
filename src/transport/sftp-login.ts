import { connect as connectSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import type SftpClient from 'ssh2-sftp-client'
import { DeployError } from '../errors'
import type { SiteAddress } from '../site/site-url'
import { keepKeyObjects } from './cipher-keys'
import type { JumpHost } from './jump-host'
import type { Login, LoginCourse } from './login'
import { silence } from './network-error'
import { onRoundTripOf } from './round-trip'
import { uncounted, watchSilence } from './silence'
import { shrinkAnswers } from './shrunk-answers'
import { readyWithVersion, signAtOnce } from './spared-turns'
import { gathering, SshLogin } from './ssh-login'
import { clientOf } from './ssh2-inside'
import { farMs } from './width'

/** ssh2's own handle of a session, below ssh2-sftp-client. */
export type Handle = Awaited<ReturnType<SftpClient['connect']>>

/** What a session goes over: a socket, or what takes its place behind a jump host. */
export interface Carrier extends Duplex {
  /** Destroys it when all is handed over. */
  destroySoon(): void
}

/** A session that is logged in. */
export interface LoggedIn {
  readonly handle: Handle
  readonly socket: Carrier
}

/** How to connect. */
export interface ConnectOptions extends LoginCourse {
  /** For a slow line; a server may decline. */
  readonly isCompressed?: boolean
  /** The way to a server that only this one can reach. */
  readonly through?: JumpHost
}

/**
 * Opens an SFTP session: own socket, host key, authentication.
 *
 * @param warn hears of a host key that is trusted unseen
 * @throws DeployError `unreachable`, `host-key-mismatch`, `authentication-failed`
 */
export async function logIn(
  client: SftpClient,
  address: SiteAddress,
  login: Login,
  warn: (text: string) => void,
  options: ConnectOptions
): Promise<LoggedIn> {
  const { giveUp, isCompressed = false, onAdmitted, mayLogIn } = options
  const ssh2 = clientOf(client)
  const onRoundTrip = (ms: number): void => {
    // Of a near server, compressing is more work than what it spares.
    if (ms >= farMs && ssh2) shrinkAnswers(ssh2)
    options.onRoundTrip?.(ms)
  }
  const socket = gathering(await carrierTo(address, { ...options, onRoundTrip }))
  const end = (): void => {
    socket.destroy()
  }
  // It may have been aborted while the jump host was asked.
  if (giveUp?.aborted === true) end()
  giveUp?.throwIfAborted()
  giveUp?.addEventListener('abort', end)
  socket.once('close', () => giveUp?.removeEventListener('abort', end))
  const ssh = new SshLogin({ label: address.label, hostKeyInput: 'host-key' }, login)
  client.on('keyboard-interactive', ssh.answer)
  if (ssh2) {
    keepKeyObjects(ssh2)
    signAtOnce(ssh2)
    readyWithVersion(ssh2)
  }
  if (onAdmitted) client.on('ready', onAdmitted)
  mayLogIn?.catch(end)
  try {
    const handle = await client.connect({
      ...ssh.config(socket, isCompressed, mayLogIn),
      keepaliveInterval: login.timeoutMs / 3,
      keepaliveCountMax: uncounted
    })
    // Whoever waits for an answer notices it sooner; this is for what nobody waits for.
    const patienceMs = Math.ceil(login.timeoutMs / 750) * 1000
    watchSilence(socket, patienceMs, () => {
      socket.destroy(silence(address.label, patienceMs))
    })
    return { handle, socket }
  } catch (error) {
    socket.destroy()
    // Where the way there broke, that is what happened.
    throw socket.errored instanceof DeployError ? socket.errored : ssh.errorOf(error)
  } finally {
    ssh.warnOfKey(warn)
  }
}

async function carrierTo(address: SiteAddress, { through, onRoundTrip }: ConnectOptions): Promise<Carrier> {
  if (through) return through.reach(address)
  // Without Nagle's algorithm: ssh2 writes a packet in pieces, and each small file would wait 40 to 180 ms for it.
  const socket = connectSocket({ host: address.host, port: address.port, noDelay: true })
  if (onRoundTrip) onRoundTripOf(socket, onRoundTrip)
  return socket
}
