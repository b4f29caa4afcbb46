import type { HostKeyPin } from './host-key'

/** Who logs in, and whom to trust. Secrets are taken as given, never trimmed. */
export interface Login {
  readonly username: string
  readonly password: string | undefined
  readonly privateKey: string | undefined
  readonly passphrase: string | undefined
  /** Trusted host keys, for SFTP. */
  readonly hostKeys: readonly HostKeyPin[]
  readonly allowAnyHostKey: boolean
  /** PEM of further certificate authorities, for FTPS. */
  readonly tlsCa: string | undefined
  readonly allowAnyCertificate: boolean
  /** Silence after which a connection is given up. */
  readonly timeoutMs: number
}
