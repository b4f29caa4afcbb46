import { X509Certificate } from 'node:crypto'
import { messageOf } from '../errors'
import type { SiteAddress } from '../site/site-url'
import { parseHostKey, type HostKeyPin } from '../transport/host-key'
import type { Login } from '../transport/login'
import type { InputName } from './catalogue'
import type { RawInputs } from './raw-inputs'

/** Stands for a site whose address is wrong, while the other inputs are still being read. */
export const nowhere: SiteAddress = {
  protocol: 'sftp',
  host: '',
  port: 22,
  username: undefined,
  root: undefined,
  label: ''
}

/** Who logs in to the sites, and whom to trust; without the user, which each site may name itself. */
export function readLogin(raw: RawInputs, sites: readonly SiteAddress[]): Omit<Login, 'username'> {
  const login = {
    password: raw.verbatim('password'),
    privateKey: raw.verbatim('private-key'),
    passphrase: raw.verbatim('passphrase'),
    hostKeys: readHostKeys(raw, 'host-key'),
    allowAnyHostKey: raw.flag('allow-any-host-key'),
    tlsCa: readTlsCa(raw),
    allowAnyCertificate: raw.flag('allow-any-certificate'),
    timeoutMs: raw.milliseconds('timeout')
  }
  const protocols = sites.map(({ protocol }) => protocol)
  if (!sites.includes(nowhere) && protocols.includes('sftp')) checkSftpLogin(raw, login)
  if (protocols.some(protocol => protocol !== 'sftp') && login.password === undefined) {
    raw.problem('password', 'is missing; FTP knows no other way to log in')
  }
  if (login.privateKey !== undefined && !/^\s*(-----BEGIN |PuTTY-User-Key-File)/.test(login.privateKey)) {
    raw.problem('private-key', 'does not start with -----BEGIN; the whole key is expected, not a path or a public key')
  }
  if (login.passphrase !== undefined && login.privateKey === undefined) {
    raw.problem('passphrase', 'is set without private-key')
  }
  return login
}

function checkSftpLogin(
  raw: RawInputs,
  login: Pick<Login, 'password' | 'privateKey' | 'hostKeys' | 'allowAnyHostKey'>
): void {
  if (login.password === undefined && login.privateKey === undefined) {
    raw.problem('private-key', 'is missing; it or password is needed to log in')
  }
  if (login.allowAnyHostKey && login.hostKeys.length > 0) {
    raw.problem('allow-any-host-key', 'is set together with host-key; one of them is expected')
  }
  if (!login.allowAnyHostKey && raw.text('host-key') === undefined) {
    raw.problem(
      'host-key',
      'is missing; the fingerprint of the server is expected, as "ssh-keygen -lf" on the server prints it (allow-any-host-key goes on without, once, and prints it)'
    )
  }
}

/** The host keys in an input, a line each, with remarks between. */
export function readHostKeys(raw: RawInputs, name: 'host-key' | 'jump-host-key'): HostKeyPin[] {
  const lines = raw.lines(name).filter(line => !line.startsWith('#'))
  return lines.flatMap(line => {
    const pin = parseHostKey(line)
    if (!pin) raw.problem(name, `has the line "${line}"; SHA256:… or a line of known_hosts is expected`)
    return pin ?? []
  })
}

function readTlsCa(raw: RawInputs): string | undefined {
  const pem = raw.text('tls-ca')
  if (pem === undefined) return undefined
  try {
    new X509Certificate(pem)
  } catch (error) {
    raw.problem('tls-ca', `cannot be read as a PEM certificate: ${messageOf(error)}`)
  }
  return pem
}

/** The user of one site: the input `username`, or else the one in the site's URL. */
export function userOf(raw: RawInputs, name: InputName, site: SiteAddress): string {
  const user = raw.text('username') ?? site.username
  if (user === undefined && site !== nowhere) {
    const problem = `username is missing; it or a user in ${name} is needed to log in`
    if (!raw.problems.some(other => other.startsWith('username '))) raw.problems.push(problem)
  }
  return user ?? ''
}
