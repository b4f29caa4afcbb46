import type { Duplex } from 'node:stream'
import type { AuthenticationType, AuthHandlerMiddleware, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2'
import { DeployError, messageOf } from '../errors'
import { fingerprintOf, keyType } from './host-key'
import type { Login } from './login'
import { connectionLost, networkError, silence } from './network-error'

/** The other side of a login. */
export interface SshPeer {
  /** For messages. */
  readonly label: string
  /** The input that has its host keys. */
  readonly hostKeyInput: 'host-key' | 'jump-host-key'
  /** What to add when it does not let the account in. */
  readonly loginAdvice?: string
}

type Answer = (_name: string, _text: string, _language: string, prompts: unknown[], finish: Finish) => void
type Finish = (answers: string[]) => void

/** A login over SSH: what is sent and trusted, and what its failure means. */
export class SshLogin {
  readonly #peer: SshPeer
  readonly #login: Login
  #offered: Buffer = Buffer.alloc(0)

  constructor(peer: SshPeer, login: Login) {
    this.#peer = peer
    this.#login = login
  }

  /**
   * What ssh2 is to do on a socket; keep-alive is left to the caller.
   *
   * @param mayLogIn until then no secret is sent
   */
  config(socket: Duplex, isCompressed: boolean, mayLogIn?: Promise<void>): ConnectConfig {
    const login = this.#login
    // A bare fingerprint may be of a key of any type.
    const isEachTyped = login.hostKeys.every(pin => pin.type !== undefined)
    const pinnedTypes = isEachTyped ? [...new Set(login.hostKeys.flatMap(pin => pin.type ?? []))] : []
    return {
      sock: socket,
      username: login.username,
      ...(login.password === undefined ? {} : { password: login.password, tryKeyboard: true }),
      ...(login.privateKey === undefined ? {} : { privateKey: login.privateKey }),
      ...(login.passphrase === undefined ? {} : { passphrase: login.passphrase }),
      // Without asking first what the server takes: that is a round trip for nothing.
      authHandler: mayLogIn ? heldBack(authMethods(login), mayLogIn) : authMethods(login),
      readyTimeout: login.timeoutMs,
      algorithms: {
        // Begins after the login, so that nothing is compressed together with a password.
        compress: isCompressed ? ['zlib@openssh.com', 'none'] : ['none'],
        cipher: { prepend: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'], append: [], remove: [] },
        ...(pinnedTypes.length > 0 ? { serverHostKey: algorithmsFor(pinnedTypes) } : {})
      },
      hostVerifier: (key: Buffer) => {
        this.#offered = key
        return login.allowAnyHostKey || login.hostKeys.some(pin => pin.fingerprint === fingerprintOf(key))
      }
    }
  }

  /** Answers what a server asks for in place of a password. */
  get answer(): Answer {
    return (_name, _text, _language, prompts, finish) => {
      finish(prompts.map(() => this.#login.password ?? ''))
    }
  }

  /** Tells of a host key that was trusted unseen. */
  warnOfKey(warn: (text: string) => void): void {
    if (!this.#login.allowAnyHostKey || this.#offered.length === 0) return
    const { label, hostKeyInput } = this.#peer
    warn(`The host key of ${label} was not checked. To pin it, set ${hostKeyInput}: ${fingerprintOf(this.#offered)}`)
  }

  /** Why the login failed. */
  errorOf(error: unknown): DeployError {
    const { label: peer, hostKeyInput, loginAdvice } = this.#peer
    const login = this.#login
    const offered = this.#offered
    const text = messageOf(error)
    const trusted = login.hostKeys.map(pin => pin.fingerprint)
    const isKnown = login.allowAnyHostKey || offered.length === 0 || trusted.includes(fingerprintOf(offered))
    if (!isKnown) {
      return new DeployError(
        'host-key-mismatch',
        `${peer} shows the ${keyType(offered) ?? 'host'} key ${fingerprintOf(offered)}, and ${hostKeyInput} trusts ${trusted.join(', ')}.`,
        `If the server was set up anew, or has keys of several types, compare with "ssh-keygen -lf" on the server and set ${hostKeyInput}. Otherwise someone may be in between: do not go on.`,
        error
      )
    }
    if (/no matching host key/i.test(text)) {
      return new DeployError(
        'host-key-mismatch',
        `${peer} has no host key of the type that ${hostKeyInput} trusts: ${login.hostKeys.flatMap(pin => pin.type ?? []).join(', ')}.`,
        `Compare with "ssh-keygen -lf" on the server, and set ${hostKeyInput} to a key that it has.`,
        error
      )
    }
    if (/authentication methods|authentication failed|permission denied/i.test(text)) {
      return new DeployError(
        'authentication-failed',
        `${peer} does not let "${login.username}" in with the given ${[login.password !== undefined && 'password', login.privateKey !== undefined && 'private-key'].filter(Boolean).join(' and ')}.`,
        [
          'Check username and secrets. A private key needs its public half in authorized_keys (for administrators of Windows: administrators_authorized_keys).',
          ...(loginAdvice === undefined ? [] : [loginAdvice])
        ].join(' '),
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
}

/** Hands over at once what is written in one turn of the event loop: a system call for each piece takes longer than all else. */
export function gathering<Stream extends Duplex>(socket: Stream): Stream {
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

/** One method after the other, as ssh2 does it with a list of them; but none before it may. */
function heldBack(methods: readonly AuthenticationType[], mayLogIn: Promise<void>): AuthHandlerMiddleware {
  const left = methods.values()
  return (_left, _isPartial, next) => {
    const method = left.next()
    mayLogIn.then(
      () => {
        // There are no more: ssh2 knows that word, and its types do not.
        next(method.done === true ? (false as unknown as AuthenticationType) : method.value)
      },
      () => undefined
    )
  }
}

/** Asks the server for its key of the pinned type; an RSA key is used with SHA-2 signatures. */
function algorithmsFor(types: readonly string[]): ServerHostKeyAlgorithm[] {
  return types.flatMap(type =>
    type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]
  ) as ServerHostKeyAlgorithm[]
}
