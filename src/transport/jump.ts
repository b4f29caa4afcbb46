import { parseServer } from '../site/site-url'
import type { Login } from './login'

/** The host in between, and who logs in there. */
export interface Jump {
  readonly address: JumpAddress
  readonly login: Login
}

/** Where a jump host is. */
export interface JumpAddress {
  readonly host: string
  readonly port: number
  /** From the URL. */
  readonly username: string | undefined
  /** Protocol, host and port, and what it is, for messages. */
  readonly label: string
}

/**
 * Reads the input `jump-host`, `ssh://user@host:22`. A string as the result says what is wrong; it repeats nothing that
 * may be secret.
 */
export function parseJumpHost(text: string): JumpAddress | string {
  const server = parseServer(text, { ssh: 22 }, 'ssh://user@bastion:22')
  if (typeof server === 'string') return server
  const { host, port, username, path, label } = server
  if (path !== undefined && path !== '/') return `has the path "${path}"; nothing but user, host and port is expected`
  return { host, port, username, label: `${label} (jump host)` }
}
