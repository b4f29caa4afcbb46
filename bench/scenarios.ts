import type { Protocol } from './servers'
import type { SetName } from './workshop'

/** A set that is sent by a protocol, onto an empty server or onto a set that the same client sent before. */
export interface Scenario {
  readonly name: string
  readonly title: string
  readonly protocol: Protocol
  readonly set: SetName
  readonly before?: SetName
  readonly peers: readonly string[]
}

const SFTP_PEERS = ['tar', 'rsync', 'lftp', 'rclone', 'fast-put', 'upload-dir']
const FTP_PEERS = ['lftp', 'rclone', 'ftp-deploy']

export const scenarios: readonly Scenario[] = [
  { name: 'sftp-cloud', title: 'SFTP, cloud app', protocol: 'sftp', set: 'cloud', peers: SFTP_PEERS },
  { name: 'sftp-webapi', title: 'SFTP, Web APIs', protocol: 'sftp', set: 'webapi', peers: SFTP_PEERS },
  {
    name: 'sftp-redeploy',
    title: 'SFTP, cloud app again, 3 % changed',
    protocol: 'sftp',
    set: 'cloud2',
    before: 'cloud',
    peers: ['tar', 'rsync', 'lftp', 'rclone', 'fast-put']
  },
  {
    name: 'sftp-unchanged',
    title: 'SFTP, cloud app again, nothing changed',
    protocol: 'sftp',
    set: 'cloud',
    before: 'cloud',
    peers: ['rsync', 'lftp', 'rclone']
  },
  { name: 'ftp-cloud', title: 'FTP, cloud app', protocol: 'ftp', set: 'cloud', peers: FTP_PEERS },
  { name: 'ftps-webapi', title: 'FTPS, Web APIs', protocol: 'ftps', set: 'webapi', peers: FTP_PEERS },
  { name: 'ftps-cloud', title: 'FTPS, cloud app', protocol: 'ftps', set: 'cloud', peers: FTP_PEERS }
]

/** How many files the cloud apps have that show how time and memory grow. */
export const LINEARITY_FILES = [100, 1_000, 6_100, 20_000, 50_000]

/** Who is timed until its first byte arrives, one of each kind. */
export const FIRST_BYTE_PEERS = ['rsync', 'lftp', 'rclone', 'fast-put']
