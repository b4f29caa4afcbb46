import { account } from './account'
import { installed, type Recipe, type Site } from './recipe'

type Protocol = 'sftp' | 'ftp' | 'ftps'

const protocolOptions: Record<Protocol, (site: Site) => string> = {
  ftp: () => '',
  ftps: site => `
TLSEngine on
TLSRequired on
TLSProtocol TLSv1.2 TLSv1.3
TLSECCertificateFile ${site.keys}/server.pem
TLSECCertificateKeyFile ${site.keys}/server.pem
TLSLog ${site.output}`,
  sftp: site => `
SFTPEngine on
SFTPHostKey ${site.keys}/host_rsa
SFTPAuthMethods publickey password
SFTPAuthorizedUserKeys file:${site.keys}/user.rfc4716
SFTPLog ${site.output}`
}

/**
 * ProFTPD: FTP with MLSD and MFMT, FTPS where data connections must reuse the TLS session, or SFTP by mod_sftp.
 * @param options further lines for its configuration; of a directive that stands twice it takes the first
 */
export function proftpd(protocol: Protocol, ...options: string[]): Recipe {
  return {
    protocol,
    needs: ['usr/sbin/proftpd', 'usr/lib/proftpd/mod_tls.so', 'usr/lib/proftpd/mod_sftp.so'],
    ...(protocol === 'sftp' && { hostKey: 'rsa' }),
    rootPath: () => '/',
    // Without SocketBindTight it listens on all addresses.
    config: site => `
ServerType standalone
DefaultServer on
DefaultAddress ${site.address}
SocketBindTight on
UseIPv6 off
Port ${site.port}
ModulePath ${installed('usr/lib/proftpd')}
LoadModule mod_tls.c
LoadModule mod_sftp.c
User ${account.name}
Group ${account.name}
AuthOrder mod_auth_unix.c
AuthPAM off
RequireValidShell off
DefaultRoot ~
AllowOverwrite on
AllowStoreRestart on
UseReverseDNS off
DelayEngine off
Umask 022
WtmpLog off
PidFile ${site.home}/pid
ScoreboardFile ${site.home}/scoreboard
SystemLog ${site.output}
LogFormat command "%{%Y-%m-%d %H:%M:%S}t.%{millisecs} [%P] %r -> %s %S"
ExtendedLog ${site.log} ALL command
<IfModule mod_ctrls.c>
ControlsEngine off
</IfModule>
${options.join('\n')}
${protocolOptions[protocol](site)}`,
    arguments: site => ['--nodaemon', '--config', site.config]
  }
}
