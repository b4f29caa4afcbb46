import type { Recipe } from './recipe'

/** Pure-FTPd with TLS required on both connections, session reuse not; MLSD and multi-line replies. */
export const pureFtpd: Recipe = {
  protocol: 'ftps',
  needs: ['usr/sbin/pure-ftpd'],
  syslog: true,
  rootPath: () => '/',
  config: () => '',
  // --tls 2 would allow data in clear.
  arguments: site =>
    [
      `--bind ${site.address},${site.port} --login unix --chrooteveryone --noanonymous --dontresolve --ipv4only`,
      '--verboselog',
      '--maxclientsnumber 100 --maxclientsperip 100 --limitrecursion 100000:20',
      `--tls 3 --certfile ${site.keys}/server.pem --pidfile ${site.home}/pid`
    ].flatMap(line => line.split(' '))
}
