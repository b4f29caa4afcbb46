import { execFileSync } from 'node:child_process'
import type { BenchServer } from '../servers'
import type { Peer } from './client'
import { firstLine } from './ssh'

/** rclone with 16 transfers. Over FTPS with and without TLS 1.3, as not every server works with both. */
export const rclone: Peer = {
  name: 'rclone',
  variants: protocol => (protocol === 'ftps' ? ['', '--ftp-disable-tls13'] : ['']),
  version: () => firstLine('rclone', 'version'),
  command: ({ server, set }, variant) => {
    const { protocol, rootPath } = server
    const remote = protocol === 'sftp' ? 'sftp' : 'ftp'
    const common = ['--config', '', '--transfers', '16', '--checkers', '16', ...login(server, remote)]
    const own = protocol === 'sftp' ? sftpOptions(server) : ftpOptions(server)
    return {
      words: ['rclone', 'copy', set.folder, `:${remote}:${rootPath}`, ...common, ...own, ...(variant ? [variant] : [])],
      env: {
        ...(remote === 'ftp' ? { RCLONE_FTP_PASS: obscured(server.password) } : {}),
        // Its --ca-cert is for HTTP alone.
        ...(protocol === 'ftps' ? { SSL_CERT_FILE: server.files.ca } : {})
      }
    }
  }
}

function login({ host, port, username }: BenchServer, remote: string): string[] {
  return [`--${remote}-host`, host, `--${remote}-port`, String(port), `--${remote}-user`, username]
}

function sftpOptions({ files }: BenchServer): string[] {
  return ['--sftp-key-file', files.key, '--sftp-known-hosts-file', files.knownHosts, '--sftp-disable-hashcheck']
}

function ftpOptions({ protocol }: BenchServer): string[] {
  return protocol === 'ftps' ? ['--ftp-explicit-tls'] : []
}

function obscured(password: string): string {
  return execFileSync('rclone', ['obscure', '-'], { input: password, encoding: 'utf8' }).trim()
}
