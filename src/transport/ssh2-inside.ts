import type { Client } from 'ssh2'
import type SftpClient from 'ssh2-sftp-client'

/** What ssh2 1.17 has and does not publish. Another one may lack any of it. */
export interface Inside {
  readonly _protocol?: Protocol
  readonly _chanMgr?: { readonly _channels: Readonly<Record<string, unknown>> }
}

/** What takes packets apart and makes them. */
export interface Protocol {
  readonly _cipher?: object
  readonly _decipher?: object
  readonly _handlers?: { readonly USERAUTH_PK_OK?: (protocol: Protocol) => void }
  /** The algorithms of a KEXINIT. */
  _offer?: Offer
  /** Asks whether a key is taken or, with `sign`, logs in with it. */
  authPK?: (username: string, key: unknown, algorithm: string | undefined, sign?: unknown) => void
  subsystem?: (channel: number, name: string, wantReply: boolean) => void
}

export interface Offer {
  readonly lists: Lists<{ readonly array: readonly string[] }>
}

export interface Lists<Names> {
  readonly kex: Names
  readonly serverHostKey: Names
  /** From client to server. */
  readonly cs: Direction<Names>
  readonly sc: Direction<Names>
}

interface Direction<Names> {
  readonly cipher: Names
  readonly mac: Names
  readonly compress: Names
  readonly lang: Names
}

/** What is inside of ssh2's client; its connection is there once it connects. */
export function insideOf(client: Client): Inside {
  return client as unknown as Inside
}

/** The client that ssh2-sftp-client 12 uses. */
export function clientOf(client: SftpClient): Client | undefined {
  return (client as unknown as { readonly client?: Client }).client
}
