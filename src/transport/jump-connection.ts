import { connect as connectSocket, type Socket } from 'node:net'
import { Client, type ClientChannel } from 'ssh2'
import { codeOf, DeployError, messageOf } from '../errors'
import type { SiteAddress } from '../site/site-url'
import { keepKeyObjects } from './cipher-keys'
import type { Jump } from './jump'
import { JumpStream } from './jump-stream'
import { connectionLost, networkError, silence, tooManyConnections } from './network-error'
import { uncounted, watchSilence } from './silence'
import { signAtOnce } from './spared-turns'
import { gathering, SshLogin } from './ssh-login'

/** Why a channel was not opened (RFC 4254 §5.1). */
const prohibited = 1
const resourceShortage = 4

const loginAdvice =
  'The jump host gets the same secrets as the site; its user is the one in jump-host, if it names one.'

/** One SSH connection to a jump host, and what goes through it. */
export class JumpConnection {
  readonly #client: Client
  readonly #socket: Socket
  readonly #jump: Jump
  readonly #onEnd: () => void
  readonly #streams = new Set<JumpStream>()
  #failure: DeployError | undefined
  /** When the first was sent of what there is no answer to. */
  #askedAt: number | undefined

  private constructor(client: Client, socket: Socket, jump: Jump, onEnd: () => void) {
    this.#client = client
    this.#socket = socket
    this.#jump = jump
    this.#onEnd = onEnd
    const { label } = jump.address
    // Before ssh2 hears of it, so that those behind it learn why they end.
    socket.prependListener('data', () => {
      this.#askedAt = undefined
    })
    socket.prependOnceListener('close', () => {
      this.#fail(connectionLost(label, 'the server closed it'))
    })
    client.prependListener('error', error => {
      this.#fail(networkError(label, error) ?? connectionLost(label, messageOf(error), error))
    })
    // Sooner than those that wait behind it, so that the silence is put down to the right one.
    const patienceMs = Math.round(jump.login.timeoutMs * 0.8)
    watchSilence(socket, patienceMs, () => {
      this.#fail(silence(label, patienceMs))
    })
  }

  /**
   * Logs in to a jump host.
   *
   * @param warn hears of a host key that is trusted unseen
   * @param giveUp ends the connection at once when it is aborted
   * @param onEnd is called once when the connection is no more
   * @throws DeployError `unreachable`, `host-key-mismatch`, `authentication-failed`, `timeout`, `connection-lost`
   */
  static async open(
    jump: Jump,
    warn: (text: string) => void,
    giveUp: AbortSignal,
    onEnd: () => void
  ): Promise<JumpConnection> {
    const { address, login } = jump
    giveUp.throwIfAborted()
    const client = new Client()
    const socket = gathering(connectSocket({ host: address.host, port: address.port, noDelay: true }))
    const abandon = (): void => {
      socket.destroy()
    }
    giveUp.addEventListener('abort', abandon)
    socket.once('close', () => {
      giveUp.removeEventListener('abort', abandon)
    })
    const ssh = new SshLogin({ label: address.label, hostKeyInput: 'jump-host-key', loginAdvice }, login)
    // ssh2 may tell of a break more than once.
    client.on('error', () => undefined).on('keyboard-interactive', ssh.answer)
    keepKeyObjects(client)
    signAtOnce(client)
    try {
      await new Promise<void>((resolve, reject) => {
        client.once('ready', resolve).once('error', reject)
        client.once('close', () => {
          reject(new Error('the server closed it'))
        })
        client.connect({
          ...ssh.config(socket, false),
          keepaliveInterval: login.timeoutMs / 5,
          keepaliveCountMax: uncounted
        })
      })
      return new JumpConnection(client, socket, jump, onEnd)
    } catch (error) {
      socket.destroy()
      onEnd()
      throw ssh.errorOf(error)
    } finally {
      ssh.warnOfKey(warn)
    }
  }

  /** Has the jump host connect to a server. */
  forward(address: SiteAddress): Promise<JumpStream> {
    const { timeoutMs } = this.#jump.login
    return new Promise((resolve, reject) => {
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        reject(this.#unreachable(address, `no answer for ${timeoutMs / 1000} s`))
      }, timeoutMs)
      this.#asked()
      try {
        this.#client.forwardOut('127.0.0.1', 0, address.host, address.port, (error, channel) => {
          clearTimeout(timer)
          if (error) reject(this.#failure ?? this.#refusal(address, error))
          else if (isLate) channel.destroy()
          // At once: nobody would hear that it is closed before that.
          else resolve(this.#streamOver(channel))
        })
      } catch (error) {
        clearTimeout(timer)
        reject(this.#failure ?? connectionLost(this.#jump.address.label, messageOf(error), error))
      }
    })
  }

  /** See JumpHost. */
  dropSilent(sinceMs: number): void {
    const told = performance.now() - sinceMs
    if (this.#askedAt === undefined || this.#askedAt > told) return
    const forMs = Math.round((performance.now() - this.#askedAt) / 100) * 100
    this.#fail(silence(this.#jump.address.label, forMs))
  }

  /** Says good-bye; nobody waits for the jump host's. */
  end(): void {
    this.#failure ??= connectionLost(this.#jump.address.label, 'this run closed it')
    this.#client.end()
    setImmediate(() => {
      this.#socket.destroySoon()
    })
    this.#onEnd()
  }

  #asked(): void {
    this.#askedAt ??= performance.now()
  }

  #streamOver(channel: ClientChannel): JumpStream {
    const stream = new JumpStream(channel, () => {
      this.#asked()
    })
    this.#streams.add(stream)
    stream.once('close', () => this.#streams.delete(stream))
    return stream
  }

  #refusal(address: SiteAddress, error: Error): DeployError {
    const said = error.message.replace(/^\(SSH\) Channel open failure: */, '') || 'no reason given'
    const { label } = this.#jump.address
    const reason = 'reason' in error ? error.reason : codeOf(error)
    if (reason === resourceShortage) return tooManyConnections(label, said, error)
    if (reason !== prohibited) return this.#unreachable(address, said, error)
    return new DeployError(
      'unreachable',
      `${label} may not forward to ${address.label}: administratively prohibited: ${said}.`,
      "Set AllowTcpForwarding to yes or local in the jump host's sshd_config, see that PermitOpen has this host and port, and that authorized_keys there does not say no-port-forwarding.",
      error
    )
  }

  #unreachable(address: SiteAddress, said: string, cause?: unknown): DeployError {
    return new DeployError(
      'unreachable',
      `${address.label} cannot be reached from ${this.#jump.address.label}: ${said}.`,
      'Check host and port: the name is looked up by the jump host. A firewall has to let the jump host in, not the runner.',
      cause
    )
  }

  #fail(error: DeployError): void {
    if (this.#failure) return
    this.#failure = error
    for (const stream of this.#streams) stream.destroy(error)
    this.#socket.destroy()
    this.#onEnd()
  }
}
