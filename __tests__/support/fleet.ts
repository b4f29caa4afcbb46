import { startIisFtpServer } from './iis-ftp-server'
import { realServers, startRealServer, type RealServerName } from './servers'
import { startSftpServer } from './sftp-server'
import type { TestServer } from './test-server'

/** A server that suites are run against, by name. */
export interface FleetMember {
  readonly name: string
  /** Set for a daemon that may not be installed. */
  readonly real?: RealServerName
  /** Does a rename onto an existing file replace it? */
  readonly renameReplaces: boolean
  /** What a switch on it can promise. */
  readonly guarantee: 'atomic' | 'replaced'
  start(): Promise<TestServer>
}

const embedded: FleetMember[] = [
  { name: 'embedded-sftp', renameReplaces: true, guarantee: 'atomic', start: () => startSftpServer() },
  {
    name: 'embedded-sftp-bare',
    renameReplaces: false,
    guarantee: 'replaced',
    start: () => startSftpServer({ extensions: false })
  },
  {
    name: 'embedded-sftp-windows',
    renameReplaces: true,
    guarantee: 'replaced',
    start: () => startSftpServer({ windows: true })
  },
  { name: 'iis-ftp', renameReplaces: false, guarantee: 'replaced', start: () => startIisFtpServer() },
  { name: 'iis-ftps', renameReplaces: false, guarantee: 'replaced', start: () => startIisFtpServer({ tls: true }) },
  {
    name: 'iis-ftps-implicit',
    renameReplaces: false,
    guarantee: 'replaced',
    start: () => startIisFtpServer({ tls: true, implicit: true })
  }
]

const limited: readonly RealServerName[] = ['vsftpd-limited', 'proftpd-limited']

/** Every server that a release must work on: real daemons, and those inside this process. */
export const fleet: readonly FleetMember[] = [
  ...embedded,
  ...realServers
    .filter(name => !limited.includes(name))
    .map((name): FleetMember => ({
      name,
      real: name,
      renameReplaces: name !== 'openssh-bare',
      guarantee: name === 'openssh-bare' ? 'replaced' : 'atomic',
      start: () => startRealServer(name)
    }))
]
