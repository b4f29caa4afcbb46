import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Keys and certificates for servers of all kinds: contents by file name. */
export interface Keys {
  readonly host_ed25519: string
  readonly 'host_ed25519.pub': string
  readonly host_rsa: string
  readonly 'host_rsa.pub': string
  readonly user: string
  readonly 'user.pub': string
  /** The same public key as proftpd wants it. */
  readonly 'user.rfc4716': string
  readonly 'ca.crt': string
  /** Key and certificate in one file. */
  readonly 'server.pem': string
}

const run = promisify(execFile)
const made = new Map<string, Promise<Keys>>()

/** The keys of this process for servers of an address, made once: an RSA key takes its time. */
export function keys(address: string): Promise<Keys> {
  const keysOfAddress = made.get(address) ?? inTempFolder(folder => makeKeys(folder, address))
  made.set(address, keysOfAddress)
  return keysOfAddress
}

/** Writes the keys to a new folder, private ones readable by root only. */
export async function writeKeys(folder: string, contents: Keys) {
  await mkdir(folder)
  await chmod(folder, 0o755)
  for (const [name, text] of Object.entries(contents) as [string, string][]) {
    await writeFile(join(folder, name), text)
    await chmod(join(folder, name), text.includes('PRIVATE KEY') ? 0o600 : 0o644)
  }
}

/** The fingerprint of a public key in OpenSSH's format: `SHA256:…`. */
export function fingerprint(publicKey: string) {
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64')
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

async function inTempFolder<T>(make: (folder: string) => Promise<T>) {
  const folder = await mkdtemp(join(tmpdir(), 'keys-'))
  try {
    return await make(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function makeKeys(folder: string, address: string): Promise<Keys> {
  const path = (name: string) => join(folder, name)
  const text = (name: string) => readFile(path(name), 'utf8')
  const sshKey = (name: string, ...options: string[]) =>
    run('ssh-keygen', ['-q', '-N', '', '-C', name, '-f', path(name), ...options])
  const certificate = async (name: string, subject: string, extensions: string[], ...options: string[]) => {
    const config = ['[req]', 'distinguished_name=dn', '[dn]', '[ext]', ...extensions, ''].join('\n')
    await writeFile(path(`${name}.cnf`), config)
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', path(`${name}.key`)]
    const names = ['-subj', `/CN=${subject}`, '-extensions', 'ext', '-config', path(`${name}.cnf`), '-days', '30']
    await run('openssl', ['req', '-x509', ...curve, ...names, '-out', path(`${name}.crt`), ...options])
  }
  const certificates = async () => {
    await certificate('ca', 'Test CA', ['basicConstraints=critical,CA:TRUE', 'keyUsage=keyCertSign'])
    const extensions = ['basicConstraints=CA:FALSE', `subjectAltName=DNS:localhost,IP:${address}`]
    await certificate('server', 'localhost', extensions, '-CA', path('ca.crt'), '-CAkey', path('ca.key'))
  }
  await Promise.all([
    sshKey('host_ed25519', '-t', 'ed25519'),
    sshKey('host_rsa', '-t', 'rsa', '-b', '2048', '-m', 'PEM'),
    sshKey('user', '-t', 'ed25519'),
    certificates()
  ])
  return {
    host_ed25519: await text('host_ed25519'),
    'host_ed25519.pub': await text('host_ed25519.pub'),
    host_rsa: await text('host_rsa'),
    'host_rsa.pub': await text('host_rsa.pub'),
    user: await text('user'),
    'user.pub': await text('user.pub'),
    'user.rfc4716': (await run('ssh-keygen', ['-e', '-f', path('user.pub')])).stdout,
    'ca.crt': await text('ca.crt'),
    'server.pem': (await text('server.key')) + (await text('server.crt'))
  }
}
