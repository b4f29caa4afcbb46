import { joinRemote, normaliseRoot } from '../transport/remote-path'

export type Protocol = 'sftp' | 'ftps' | 'ftps-implicit' | 'ftp'

/** Where a site is. */
export interface SiteAddress {
  readonly protocol: Protocol
  readonly host: string
  readonly port: number
  /** From the URL; the input `username` goes before it. */
  readonly username: string | undefined
  /** Absolute; undefined = the folder that the login leads to. */
  readonly root: string | undefined
  /** Protocol, host and port, for messages. */
  readonly label: string
}

const defaultPorts: Record<Protocol, number> = { sftp: 22, ftps: 21, 'ftps-implicit': 990, ftp: 21 }
const pattern = /^([a-z-]+):\/\/(?:([^@/\\]*)@)?(\[[0-9a-f:.]+\]|[^:/\\@\s]+)(?::(\d+))?([\\/].*)?$/i

/**
 * Reads `protocol://user@host:port/root`. The root may be written in any spelling that Windows knows (`/C:/x`, `/C:\x`)
 * and may be percent-encoded. A string as the result says what is wrong; it repeats nothing that may be secret.
 */
export function parseSite(text: string): SiteAddress | string {
  const server = parseServer(text, defaultPorts, 'sftp://user@host:22/path')
  if (typeof server === 'string') return server
  const { path, ...address } = server
  const root = path === undefined ? undefined : normaliseRoot(path)
  if (path !== undefined && root === undefined) return 'has a path with ".." or control characters in it'
  return { ...address, root }
}

/** What a URL says of a server. */
export interface ServerAddress<Scheme extends string> {
  readonly protocol: Scheme
  readonly host: string
  readonly port: number
  readonly username: string | undefined
  /** Decoded, as it is written. */
  readonly path: string | undefined
  readonly label: string
}

/**
 * Reads `protocol://user@host:port/path`. A string as the result says what is wrong; it repeats nothing that may be
 * secret.
 *
 * @param ports the protocols that are known, with the port of each
 * @param form what is expected
 */
export function parseServer<Scheme extends string>(
  text: string,
  ports: Readonly<Record<Scheme, number>>,
  form: string
): ServerAddress<Scheme> | string {
  const match = pattern.exec(text)
  if (!match) return `is not of the form ${form}`
  const [, scheme = '', user, host = '', port, path] = match
  const known = Object.keys(ports) as Scheme[]
  const protocol = known.find(name => name === scheme.toLowerCase())
  if (protocol === undefined) {
    const names = [known.slice(0, -1).join(', '), known.at(-1)].filter(Boolean).join(' and ')
    return `has the protocol "${scheme}"; ${names} ${known.length === 1 ? 'is' : 'are'} known`
  }
  if (user?.includes(':')) return 'holds a password; put it into the input password, which is masked in the log'
  const portNumber = port === undefined ? ports[protocol] : Number(port)
  if (portNumber < 1 || portNumber > 65535) return `has the port ${portNumber}; 1 to 65535 are possible`
  const decodedUser = decode(user)
  const decodedPath = decode(path)
  if (decodedUser === null || decodedPath === null)
    return 'has a "%" that is not followed by two hex digits (write %25)'
  return {
    protocol,
    host: host.replace(/^\[|\]$/g, ''),
    port: portNumber,
    username: decodedUser || undefined,
    path: decodedPath,
    label: `${protocol}://${host.toLowerCase()}:${portNumber}`
  }
}

function decode(text: string | undefined): string | undefined | null {
  if (text === undefined) return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** Several sites and the same folder on each, for people. */
export function placesOf(sites: readonly { readonly address: SiteAddress }[], folder: string): string {
  const [first, ...more] = sites.map(({ address }) => placeOf(address, folder))
  return `${first ?? ''}${more.length === 0 ? '' : ` and ${more.length} more`}`
}

/** Protocol, host, port and root of a site, as the journal keeps them to know it again. */
export function siteName(address: SiteAddress): string {
  return placeOf(address, '')
}

/** Host and folder, for people. */
export function placeOf({ label, root }: SiteAddress, folder: string): string {
  return `${label} ${joinRemote(root ?? '', folder)}`
}
