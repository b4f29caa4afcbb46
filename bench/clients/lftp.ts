import type { BenchServer } from '../servers'
import type { Job, Peer } from './client'
import { firstLine, ssh } from './ssh'

/** lftp's mirror, with all that makes it faster and nothing that it could leave out. */
export const lftp: Peer = {
  name: 'lftp',
  variants: () => ['16', '32', '8', '4', '1'],
  version: () => firstLine('lftp', '--version'),
  command: ({ server, set }: Job, variant) => ({
    words: ['lftp', '--norc', '-c', script(server, set.folder, variant)],
    env: { LFTP_PASSWORD: server.password }
  })
}

function script(server: BenchServer, folder: string, parallel: string): string {
  const { protocol, host, port, username, rootPath } = server
  const settings = {
    'cmd:fail-exit': 'yes',
    'net:max-retries': '3',
    'net:timeout': '30',
    'net:connection-limit': '0',
    'mirror:parallel-directories': 'yes',
    'mirror:use-pget-n': '1',
    ...(protocol === 'sftp' ? sftpSettings(server) : ftpSettings(server))
  }
  const scheme = protocol === 'sftp' ? 'sftp' : 'ftp'
  return [
    ...Object.entries(settings).map(([name, value]) => `set ${name} "${value}"`),
    `open --user ${username} --env-password ${scheme}://${host}:${port}`,
    `mirror --reverse --no-perms --no-umask --overwrite --parallel=${parallel} ${folder} ${rootPath}`
  ].join('; ')
}

function sftpSettings(server: BenchServer): Record<string, string> {
  return { 'sftp:connect-program': ssh(server), 'sftp:max-packets-in-flight': '64' }
}

/**
 * Commands are sent without waiting for the reply to the one before (sync-mode). With TLS 1.3 lftp hangs up on session
 * tickets that it has not read, and so resets connections whose data has not all arrived: uploads fail and start again.
 */
function ftpSettings({ protocol, files }: BenchServer): Record<string, string> {
  return {
    'ftp:sync-mode': 'off',
    'ftp:use-allo': 'no',
    'ftp:use-site-utime': 'no',
    'ftp:use-site-utime2': 'no',
    ...(protocol === 'ftps'
      ? {
          'ftp:ssl-force': 'yes',
          'ftp:ssl-protect-data': 'yes',
          'ssl:ca-file': files.ca,
          'ssl:priority': 'NORMAL:-VERS-TLS1.3'
        }
      : { 'ftp:ssl-allow': 'no' })
  }
}
