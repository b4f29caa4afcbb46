import { existsSync } from 'node:fs'
import { cp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BenchServer } from '../servers'
import type { Job, Peer } from './client'

// Packages of npm, in bench/peers.

const PEERS = 'bench/peers'

/** ssh2-sftp-client's own way to send a folder. */
export const uploadDir = sftpClient('upload-dir')

/** ssh2-sftp-client with 64 files at once on one connection, and TCP_NODELAY. */
export const fastPut = sftpClient('fast-put')

/** ftp-deploy, which FTP-Deploy-Action runs. */
export const ftpDeploy: Peer = {
  name: 'ftp-deploy',
  variants: () => [''],
  version: () => versionOf('@samkirkland/ftp-deploy'),
  command: async ({ server, set }, _variant, { folder }) => {
    // It writes its list of files into the folder that it sends.
    const copy = join(folder, 'ftp-deploy')
    await rm(copy, { recursive: true, force: true })
    await cp(set.folder, copy, { recursive: true, preserveTimestamps: true })
    const { host, port, username, password, protocol, files } = server
    const options = { server: host, port, username, password, protocol, 'local-dir': `${copy}/`, 'server-dir': '/' }
    const all = { ...options, security: 'strict', 'log-level': 'minimal' }
    return {
      words: [
        node(),
        program('@samkirkland/ftp-deploy/dist/cli.js'),
        ...Object.entries(all).map(([name, value]) => `--${name}=${value}`)
      ],
      env: protocol === 'ftps' ? { NODE_EXTRA_CA_CERTS: files.ca } : {}
    }
  }
}

function sftpClient(name: string): Peer {
  return {
    name,
    variants: () => [''],
    version: async () => `${await versionOf('ssh2-sftp-client')}, ${hasNativePart() ? 'native' : 'no native'} ssh2`,
    command: ({ server, set }: Job) => ({
      words: [node(), `${PEERS}/${name}.mjs`, set.folder, server.rootPath],
      env: login(server)
    })
  }
}

function login({ host, port, username, files }: BenchServer): Record<string, string> {
  return { SFTP_HOST: host, SFTP_PORT: String(port), SFTP_USERNAME: username, SFTP_KEY: files.key }
}

/** The runtime that the action is started with, too. */
function node(): string {
  return process.env.NODE_UNDER_TEST ?? process.execPath
}

function program(path: string): string {
  const file = `${PEERS}/node_modules/${path}`
  if (!existsSync(file)) throw new Error(`${file} is missing: run npm ci --prefix ${PEERS}`)
  return file
}

/** Without it, ssh2 is slower, and sends a packet in several pieces. */
function hasNativePart(): boolean {
  return existsSync(`${PEERS}/node_modules/ssh2/lib/protocol/crypto/build/Release/sshcrypto.node`)
}

async function versionOf(name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(program(`${name}/package.json`), 'utf8')) as { version: string }
  return version
}
