import { execFile } from 'node:child_process'
import { chmod, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startRealServer, type RealServerName } from '../__tests__/support/servers'
import { openssh } from '../__tests__/support/servers/openssh'
import { installed, type Recipe } from '../__tests__/support/servers/recipe'
import { vsftpd } from '../__tests__/support/servers/vsftpd'
import type { TestServer } from '../__tests__/support/test-server'

export type Protocol = 'sftp' | 'ftp' | 'ftps'

/** A server, with the files by which clients log in and trust it: SFTP has the first two, FTPS the last. */
export interface BenchServer extends TestServer {
  readonly protocol: Protocol
  readonly files: { readonly key: string; readonly knownHosts: string; readonly ca: string }
}

const run = promisify(execFile)

/** In memory, and taken only as it fills. */
const DISK = '8g'

const DAEMONS: Record<Protocol, RealServerName> = { sftp: 'openssh', ftp: 'vsftpd', ftps: 'vsftpd-tls' }

/**
 * Starts the server for a protocol.
 *
 * @param folder for the files of the clients
 * @param isLogging whether it logs each request, which slows it down
 */
export async function startBenchServer(
  protocol: Protocol,
  address: string,
  folder: string,
  isLogging: boolean
): Promise<BenchServer> {
  const server = await startRealServer(DAEMONS[protocol], {
    address,
    size: DISK,
    recipe: recipeOf(protocol, isLogging)
  })
  const files = {
    key: join(folder, `key-${server.port}`),
    knownHosts: join(folder, `known-hosts-${server.port}`),
    ca: join(folder, `ca-${server.port}.crt`)
  }
  if (protocol === 'sftp') {
    await writeFile(files.key, server.privateKey ?? '', { mode: 0o600 })
    await writeFile(files.knownHosts, await knownHost(server))
  }
  if (protocol === 'ftps') await writeFile(files.ca, server.ca ?? '')
  return { ...server, protocol, files }
}

/** Empties the root of a server. What a client had sent that was killed may still be written into it for a moment. */
export async function emptyRoot({ root }: TestServer): Promise<void> {
  for (const name of await readdir(root)) {
    await rm(join(root, name), { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Copies what is on a server, with owners and times, into a folder; or back, onto an empty root. */
export async function copyAll(from: string, to: string): Promise<void> {
  await run('cp', ['--archive', '--no-target-directory', from, to])
  await chmod(to, 0o755)
}

/** The daemons' versions. */
export async function serverVersions(): Promise<Record<string, string>> {
  return {
    OpenSSH: await said(`"$0" -V 2>&1`, 'usr/sbin/sshd', /OpenSSH_([\w.]+)/),
    // It answers on standard input.
    vsftpd: await said(`"$0" -v 0>&1`, 'usr/sbin/vsftpd', /version ([\d.]+)/)
  }
}

async function said(script: string, daemon: string, version: RegExp): Promise<string> {
  const { stdout } = await run('sh', ['-c', `${script} || true`, installed(daemon)])
  return version.exec(stdout)?.[1] ?? 'unknown'
}

/** As the tests run them, without their logs, and open to many connections. */
function recipeOf(protocol: Protocol, isLogging: boolean): Recipe {
  if (protocol === 'sftp') return openssh({ logLevel: isLogging ? 'DEBUG3' : 'QUIET' })
  const options = ['max_per_ip=200', 'max_clients=200', 'pasv_min_port=10000', 'pasv_max_port=29999']
  return vsftpd(protocol, ...options, ...(isLogging ? [] : ['xferlog_enable=NO', 'log_ftp_protocol=NO']))
}

async function knownHost({ host, port }: TestServer): Promise<string> {
  const { stdout } = await run('ssh-keyscan', ['-t', 'ed25519', '-p', String(port), host])
  return stdout
}
