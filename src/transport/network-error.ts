import { codeOf, DeployError, messageOf } from '../errors'

const unreachable = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'])
const lost = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE'])
const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'ERR_TLS_CERT_ALTNAME_INVALID'
])

/**
 * A failure below the protocol (name, connection, TLS) as a DeployError; undefined for any other.
 *
 * @param peer protocol, host and port as the user wrote them
 */
export function networkError(peer: string, error: unknown): DeployError | undefined {
  const code = codeOf(error instanceof AggregateError ? error.errors[0] : error)
  // ssh2-sftp-client puts the name of its own method before the cause.
  const text = messageOf(error).replace(/^getConnection: /, '')
  if (typeof code === 'string' && untrusted.has(code)) {
    return new DeployError(
      'certificate-untrusted',
      `The certificate of ${peer} is not trusted: ${text} (${code}).`,
      'Pass the PEM of the authority that issued it as tls-ca, and use the host name that the certificate is for. (allow-any-certificate goes on without a check, and anyone in between could read the password.)',
      error
    )
  }
  if (/wrong version number|bad record type|packet length too long|EPROTO|ssl3_get_record|tlsv1 alert/i.test(text)) {
    return new DeployError(
      'tls-failed',
      `${peer} does not speak TLS as expected: ${text}.`,
      'ftps:// is explicit TLS (mostly port 21), ftps-implicit:// is TLS from the first byte (mostly port 990): check which one the server offers on this port.',
      error
    )
  }
  if (typeof code === 'string' && unreachable.has(code)) {
    return new DeployError(
      'unreachable',
      `${peer} cannot be reached: ${text}.`,
      'Check host and port, and that the firewall lets this runner in. GitHub-hosted runners have changing addresses; a self-hosted one inside the network needs no opening.',
      error
    )
  }
  if (typeof code === 'string' && lost.has(code)) return connectionLost(peer, text, error)
  return undefined
}

/** After such an error nothing was found out about the server, and nothing more can be asked. */
export function isBroken(error: unknown): boolean {
  const broken = ['connection-lost', 'timeout', 'unreachable', 'too-many-connections']
  return error instanceof DeployError && broken.includes(error.reasonCode)
}

/** Worth another try a little later: nothing that was found out about the server stands in the way. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof DeployError)) return false
  if (error.reasonCode === 'unreachable') return !/ENOTFOUND|administratively prohibited/.test(error.message)
  if (isBroken(error) || error.reasonCode === 'data-connection-failed') return true
  // FTP: 4xx is "not now" (RFC 959 §4.2.1), but for a disk that is full.
  const code = codeOf(error.cause)
  return error.reasonCode === 'transfer-failed' && typeof code === 'number' && code >= 400 && code < 500
}

/** The server takes no further connection, for now. */
export function tooManyConnections(peer: string, said: string, cause: unknown): DeployError {
  return new DeployError(
    'too-many-connections',
    `${peer} has no room for another connection: ${said}.`,
    'Close other sessions of this account, or raise its limit on the server, and run the job again.',
    cause
  )
}

/** The connection broke while it was in use. */
export function connectionLost(peer: string, what: string, cause?: unknown): DeployError {
  return new DeployError(
    'connection-lost',
    `The connection to ${peer} was lost: ${what}.`,
    "Run the job again. If it recurs, look at the server's log for the time of the break, and at idle limits of firewalls in between.",
    cause
  )
}

/** Nothing came from the other side for too long. */
export function silence(peer: string, timeoutMs: number, cause?: unknown): DeployError {
  return new DeployError(
    'timeout',
    `${peer} has not answered for ${timeoutMs / 1000} s.`,
    'Run the job again. A slow server or line may need a larger timeout; with FTP, check that the passive port range of the server is open to this runner.',
    cause
  )
}
