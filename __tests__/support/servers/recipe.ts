import type { TestServer } from '../test-server'

/** Where the files of one running server are. */
export interface Site {
  /** The temp folder that holds all the others. */
  readonly home: string
  readonly root: string
  readonly keys: string
  readonly config: string
  /** What the clients asked for. */
  readonly log: string
  /** What the daemon itself has to say. */
  readonly output: string
  readonly address: string
  readonly port: number
}

/** How to run one kind of server. */
export interface Recipe {
  readonly protocol: TestServer['protocol']
  /** Files below the prefix of install.sh, the daemon first. */
  readonly needs: readonly [string, ...string[]]
  readonly hostKey?: 'ed25519' | 'rsa'
  /** Logs to syslog only, not to a file. */
  readonly syslog?: boolean
  /** The served folder is `www` in a folder that clients cannot write to. */
  readonly chroot?: boolean
  rootPath(site: Site): string
  config(site: Site): string
  arguments(site: Site): string[]
}

/** Where install.sh put the daemons. */
const prefix = process.env.SERVERS_PREFIX ?? '/opt/ftp-servers'

/** The whole path of a file that install.sh put there. */
export const installed = (file: string) => `${prefix}/${file}`
