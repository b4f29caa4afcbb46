import type { SiteAddress } from '../site/site-url'
import { connectFtp } from './ftp'
import type { Login } from './login'
import type { Session } from './port'
import { connectSftp } from './sftp'
import type { ConnectOptions } from './sftp-login'

/**
 * Connects to a site with the protocol of its address.
 *
 * @param warn hears of a check that was switched off
 * @throws DeployError, see the adapters
 */
export function connect(
  address: SiteAddress,
  login: Login,
  warn: (text: string) => void,
  options: ConnectOptions = {}
): Promise<Session> {
  return address.protocol === 'sftp' ? connectSftp(address, login, warn, options) : connectFtp(address, login, options)
}
