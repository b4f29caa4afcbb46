import { connect, type Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls, TLSSocket, type ConnectionOptions } from 'node:tls'
import type { FTPContext } from 'basic-ftp'

/** What makes a server listen for a data connection. */
export type Passive = 'EPSV' | 'PASV'

/**
 * Begins to open a data connection, to the host of the control connection whatever host the answer names. Over TLS it
 * resumes the session of the control connection, and checks the server as that one does.
 *
 * @param answer what the server said to EPSV or PASV
 */
export function openData(ftp: FTPContext, answer: string): Socket {
  const { remoteAddress } = ftp.socket
  if (remoteAddress === undefined) throw new Error('The control connection is closed.')
  const where = { host: remoteAddress, port: portIn(answer) }
  const data = ftp.socket instanceof TLSSocket ? openSecure(ftp, ftp.socket, where) : connect(where)
  // The end of a file is not to wait until what was sent before it is confirmed.
  return data.setNoDelay(true)
}

function openSecure(ftp: FTPContext, control: TLSSocket, where: ConnectionOptions): TLSSocket {
  const name = ftp.tlsOptions.host ?? ''
  const data = connectTls({
    ...ftp.tlsOptions,
    ...where,
    // The certificate is for the name of the server, not for its address.
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    session: ftp.tlsSessionStore ?? control.getSession()
  })
  // A ticket of TLS 1.3 is good for one connection.
  return data.on('session', session => {
    ftp.tlsSessionStore = session
  })
}

/**
 * The port in `229 Entering Extended Passive Mode (|||6446|)` or `227 Entering Passive Mode (192,168,1,9,10,229)`.
 */
export function portIn(answer: string): number {
  const [, extended] = /[|!]{3}(\d+)[|!]/.exec(answer) ?? []
  if (extended !== undefined) return Number(extended)
  const [, high, low] = /\d+,\d+,\d+,\d+,(\d+),(\d+)/.exec(answer) ?? []
  if (low === undefined) throw new Error(`Can't open data connection: the server names no port in "${answer}"`)
  return Number(high) * 256 + Number(low)
}
