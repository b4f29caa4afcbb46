import type { HostKeyPin } from './host-key'

/** How a login goes along with others to the same server. */
export interface LoginCourse {
  /** Ends the connection at once when it is aborted. */
  readonly giveUp?: AbortSignal
  /** Hears how long a round trip takes, as soon as that is known. */
  readonly onRoundTrip?: (ms: number) => void
  /** Hears that the server has let the account in. */
  readonly onAdmitted?: () => void
  /** Until then no secret is sent; when it fails, none is sent at all. */
  readonly mayLogIn?: Promise<void>
}

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
