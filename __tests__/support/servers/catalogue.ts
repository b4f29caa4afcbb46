import { openssh } from './openssh'
import { proftpd } from './proftpd'
import { pureFtpd } from './pure-ftpd'
import type { Recipe } from './recipe'
import { vsftpd } from './vsftpd'

/** The servers that tests can start, each for something that the others do not do. */
export const realServers = [
  'openssh',
  'openssh-chroot',
  'openssh-bare',
  'proftpd-sftp',
  'vsftpd',
  'vsftpd-tls',
  'vsftpd-implicit',
  'vsftpd-nat',
  'vsftpd-limited',
  'proftpd-tls',
  'proftpd-tls12',
  'proftpd-limited',
  'pureftpd-tls'
] as const

export type RealServerName = (typeof realServers)[number]

export const recipes: Record<RealServerName, Recipe> = {
  openssh: openssh(),
  'openssh-chroot': openssh({ chroot: true }),
  'openssh-bare': openssh({ denied: ['posix-rename', 'hardlink', 'copy-data'] }),
  'proftpd-sftp': proftpd('sftp'),
  vsftpd: vsftpd('ftp'),
  'vsftpd-tls': vsftpd('ftps'),
  'vsftpd-implicit': vsftpd('ftps-implicit'),
  // EPSV is refused, and PASV names an address that nobody answers at.
  'vsftpd-nat': vsftpd('ftp', 'cmds_denied=EPSV,EPRT', 'pasv_address=192.0.2.1'),
  // The third connection is greeted with 421 ...
  'vsftpd-limited': vsftpd('ftp', 'max_per_ip=2'),
  'proftpd-tls': proftpd('ftps'),
  // TLS 1.3 gives tickets that serve once, TLS 1.2 sessions that serve again.
  'proftpd-tls12': proftpd('ftps', 'TLSProtocol TLSv1.2'),
  // ... and here the third login gets 530 after its password.
  'proftpd-limited': proftpd('ftp', 'MaxClientsPerHost 2'),
  'pureftpd-tls': pureFtpd
}
