import { account } from './account'
import type { Recipe } from './recipe'

const chrootOptions = (internalSftp: string) => `
ChrootDirectory /dev/chroot
ForceCommand ${internalSftp}
AllowTcpForwarding no`

/**
 * OpenSSH, which knows all extensions of SFTP 3 that a deploy could use.
 * @param options.chroot top folder is read-only, the site is /www
 * @param options.denied requests to refuse; their extensions are not announced either
 * @param options.logLevel how much of what clients ask for is logged
 */
export function openssh({ chroot = false, denied = [] as string[], logLevel = 'VERBOSE' } = {}): Recipe {
  const internalSftp = [`internal-sftp -l ${logLevel}`, ...(denied.length ? ['-P', denied.join(',')] : [])].join(' ')
  return {
    protocol: 'sftp',
    needs: ['usr/sbin/sshd'],
    hostKey: 'ed25519',
    syslog: true,
    chroot,
    rootPath: site => (chroot ? '/www' : site.root),
    // MaxStartups: by default handshakes are dropped at random once ten are under way.
    config: site => `
ListenAddress ${site.address}:${site.port}
HostKey ${site.keys}/host_ed25519
AuthorizedKeysFile ${site.keys}/user.pub
PidFile none
StrictModes no
UsePAM no
KbdInteractiveAuthentication no
AllowUsers ${account.name}
MaxStartups 100:30:200
Subsystem sftp ${internalSftp}
${chroot ? chrootOptions(internalSftp) : ''}`,
    arguments: site => ['-D', '-e', '-f', site.config]
  }
}
