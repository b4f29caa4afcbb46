import type { Protocol } from './servers'

const REQUEST: Record<Protocol, RegExp> = {
  // Of a server that logs at DEBUG3; what it sends back it logs as "sent".
  sftp: /\brequest \d+: (?!sent )/,
  ftp: /FTP command: /,
  ftps: /FTP command: /
}

/** How many requests a server's log has; undefined when there is none, as of a client that needs a shell. */
export function countRequests(protocol: Protocol, log: readonly string[]): number | undefined {
  return log.filter(line => REQUEST[protocol].test(line)).length || undefined
}
