import { connect as connectSocket, type Socket } from 'node:net'
import type { ServerHostKeyAlgorithm } from 'ssh2'
import type SftpClient from 'ssh2-sftp-client'
import { DeployError, messageOf } from '../errors'
import type { SiteAddress } from '../site/site-url'
import { fingerprintOf, keyType } from './host-key'
import type { Login } from './login'
import { connectionLost, networkError, silence } from './network-error'

/** ssh2's own handle of a session, below ssh2-sftp-client. */
export type Handle = Awaited<ReturnType<SftpClient['connect']>>

/** A session that is logged in. */
export interface LoggedIn {
  readonly handle: Handle
  readonly socket: Socket
}

/**
 * Opens an SFTP session: own socket, host key, authentication.
 *
 * @param warn hears of a host key that is trusted unseen
 * @param giveUp ends the connection at once when it is aborted
 * @throws DeployError `unreachable`, `host-key-mismatch`, `authentication-failed`
 */
export async function logIn(
  client: SftpClient,
  address: SiteAddress,
  login: Login,
  warn: (text: string) => void,
  isCompressed: boolean,
  giveUp?: AbortSignal
): Promise<LoggedIn> {
  const peer = address.label
  let offered: Buffer = Buffer.alloc(0)
  // Without Nagle's algorithm: ssh2 writes a packet in pieces, and each small file would wait 40 to 180 ms for it.
  const socket = gathering(connectSocket({ host: address.host, port: address.port, noDelay: true }))
  const end = (): void => {
    socket.destroy()
  }
  giveUp?.addEventListener('abort', end)
  socket.once('close', () => giveUp?.removeEventListener('abort', end))
  client.on(
    'keyboard-interactive',
    (_name: string, _text: string, _language: string, prompts: unknown[], finish: (answers: string[]) => void) => {
      finish(prompts.map(() => login.password ?? ''))
    }
  )
  // A bare fingerprint may be of a key of any type.
  const isEachTyped = login.hostKeys.every(pin => pin.type !== undefined)
  const pinnedTypes = isEachTyped ? [...new Set(login.hostKeys.flatMap(pin => pin.type ?? []))] : []
  try {
    const handle = await client.connect({
      sock: socket,
      username: login.username,
      ...(login.password === undefined ? {} : { password: login.password, tryKeyboard: true }),
      ...(login.privateKey === undefined ? {} : { privateKey: login.privateKey }),
      ...(login.passphrase === undefined ? {} : { passphrase: login.passphrase }),
      // Without asking first what the server takes: that is a round trip for nothing.
      authHandler: authMethods(login),
      readyTimeout: login.timeoutMs,
      keepaliveInterval: Math.max(1000, login.timeoutMs / 3),
      keepaliveCountMax: 3,
      algorithms: {
        // Begins after the login, so that nothing is compressed together with a password.
        compress: isCompressed ? ['zlib@openssh.com', 'none'] : ['none'],
        cipher: { prepend: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'], append: [], remove: [] },
        ...(pinnedTypes.length > 0 ? { serverHostKey: algorithmsFor(pinnedTypes) } : {})
      },
      hostVerifier: (key: Buffer) => {
        offered = key
        return login.allowAnyHostKey || login.hostKeys.some(pin => pin.fingerprint === fingerprintOf(key))
      }
    })
    return { handle, socket }
  } catch (error) {
    socket.destroy()
    throw openError(peer, login, offered, error)
  } finally {
    if (login.allowAnyHostKey && offered.length > 0) {
      warn(`The host key of ${peer} was not checked. To pin it, set host-key: ${fingerprintOf(offered)}`)
    }
  }
}

/** Hands over at once what is written in one turn of the event loop: a system call for each piece takes longer than all else. */
function gathering(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean
  socket.write = (...args: unknown[]) => {
    if (socket.writableCorked === 0) {
      socket.cork()
      setImmediate(() => {
        socket.uncork()
      })
    }
    return write(...args)
  }
  return socket
}

function authMethods({ privateKey, password }: Login): ('publickey' | 'password' | 'keyboard-interactive')[] {
  return [
    ...(privateKey === undefined ? [] : (['publickey'] as const)),
    ...(password === undefined ? [] : (['password', 'keyboard-interactive'] as const))
  ]
}

/** Asks the server for its key of the pinned type; an RSA key is used with SHA-2 signatures. */
function algorithmsFor(types: readonly string[]): ServerHostKeyAlgorithm[] {
  return types.flatMap(type =>
    type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]
  ) as ServerHostKeyAlgorithm[]
}

function openError(peer: string, login: Login, offered: Buffer, error: unknown): DeployError {
  const text = messageOf(error)
  const trusted = login.hostKeys.map(pin => pin.fingerprint)
  const isKnown = login.allowAnyHostKey || offered.length === 0 || trusted.includes(fingerprintOf(offered))
  if (!isKnown) {
    return new DeployError(
      'host-key-mismatch',
      `${peer} shows the ${keyType(offered) ?? 'host'} key ${fingerprintOf(offered)}, and host-key trusts ${trusted.join(', ')}.`,
      'If the server was set up anew, or has keys of several types, compare with "ssh-keygen -lf" on the server and set host-key. Otherwise someone may be in between: do not go on.',
      error
    )
  }
  if (/no matching host key/i.test(text)) {
    return new DeployError(
      'host-key-mismatch',
      `${peer} has no host key of the type that host-key trusts: ${login.hostKeys.flatMap(pin => pin.type ?? []).join(', ')}.`,
      'Compare with "ssh-keygen -lf" on the server, and set host-key to a key that it has.',
      error
    )
  }
  if (/authentication methods|authentication failed|permission denied/i.test(text)) {
    return new DeployError(
      'authentication-failed',
      `${peer} does not let "${login.username}" in with the given ${[login.password !== undefined && 'password', login.privateKey !== undefined && 'private-key'].filter(Boolean).join(' and ')}.`,
      'Check username and secrets. A private key needs its public half in authorized_keys (for administrators of Windows: administrators_authorized_keys).',
      error
    )
  }
  if (/parse privateKey|passphrase|decrypt/i.test(text)) {
    return new DeployError(
      'authentication-failed',
      `The input private-key cannot be used: ${text.replace(/^.*?: /, '')}.`,
      'Pass the whole key with its BEGIN and END lines, in OpenSSH or PEM format, and its passphrase if it has one.',
      error
    )
  }
  if (/timed out/i.test(text)) return silence(peer, login.timeoutMs, error)
  return networkError(peer, error) ?? connectionLost(peer, text, error)
}
