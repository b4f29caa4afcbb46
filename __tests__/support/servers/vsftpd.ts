import type { Recipe, Site } from './recipe'

// Without ssl_ciphers a client with TLS 1.2 is refused.
const tlsOptions = (site: Site) => `
ssl_enable=YES
rsa_cert_file=${site.keys}/server.pem
rsa_private_key_file=${site.keys}/server.pem
force_local_logins_ssl=YES
force_local_data_ssl=YES
require_ssl_reuse=YES
ssl_ciphers=HIGH`

/**
 * vsftpd, which has neither MLSD nor MFMT. With TLS it refuses data connections that do not reuse the session (522).
 * @param options further lines for its configuration
 */
export function vsftpd(protocol: Exclude<Recipe['protocol'], 'sftp'>, ...options: string[]): Recipe {
  return {
    protocol,
    needs: ['usr/sbin/vsftpd'],
    rootPath: () => '/',
    // log_ftp_protocol does nothing without xferlog_enable.
    config: site => `
listen=YES
listen_address=${site.address}
listen_port=${site.port}
background=NO
anonymous_enable=NO
local_enable=YES
write_enable=YES
local_umask=022
chroot_local_user=YES
allow_writeable_chroot=YES
secure_chroot_dir=${site.home}/empty
pam_service_name=vsftpd
xferlog_enable=YES
log_ftp_protocol=YES
vsftpd_log_file=${site.log}
${protocol === 'ftp' ? '' : tlsOptions(site)}
${protocol === 'ftps-implicit' ? 'implicit_ssl=YES' : ''}
${options.join('\n')}`,
    arguments: site => [site.config]
  }
}
