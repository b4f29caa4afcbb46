import type { Client } from 'ssh2'
import { insideOf } from './ssh2-inside'

/** A channel for SFTP inside of ssh2. */
interface SftpChannel {
  readonly outgoing: { readonly id: number }
  /** Negative until the server has told it. */
  readonly _version: number
  /** Takes what the server has sent. */
  push?: (data: Buffer | null) => void
  emit(event: string): boolean
}

/**
 * Logs in with a key without asking first whether the server takes it, which is a round trip for nothing: one that it does
 * not take is refused either way (RFC 4252 §7).
 */
export function signAtOnce(client: Client): void {
  client.once('handshake', () => {
    const { _protocol: protocol } = insideOf(client)
    const ask = protocol?.authPK?.bind(protocol)
    const goOn = protocol?._handlers?.USERAUTH_PK_OK
    if (!protocol || !ask || !goOn) return
    protocol.authPK = (username, key, algorithm, sign) => {
      if (sign !== undefined) ask(username, key, algorithm, sign)
      // As if the server had said that it takes the key.
      else process.nextTick(goOn, protocol)
    }
  })
}

/**
 * Takes SFTP for ready when the server has told its version. ssh2 waits for one more answer where the server has
 * limits@openssh.com; that is then the first of those to come.
 */
export function readyWithVersion(client: Client): void {
  client.once('handshake', () => {
    const { _protocol: protocol, _chanMgr: channels } = insideOf(client)
    const ask = protocol?.subsystem?.bind(protocol)
    if (!protocol || !ask || !channels) return
    protocol.subsystem = (id, name, wantReply) => {
      const sftp = Object.values(channels._channels)
        .filter(isSftp)
        .find(({ outgoing }) => outgoing.id === id)
      if (sftp) watchVersion(sftp)
      ask(id, name, wantReply)
    }
  })
}

function watchVersion(sftp: SftpChannel): void {
  const take = sftp.push?.bind(sftp)
  if (!take) return
  sftp.push = data => {
    take(data)
    if (sftp._version < 0) return
    // That of its class again.
    delete sftp.push
    sftp.emit('ready')
  }
}

function isSftp(channel: unknown): channel is SftpChannel {
  return typeof channel === 'object' && channel !== null && '_version' in channel
}
