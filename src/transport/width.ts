import type { Protocol } from '../site/site-url'

/** Work that waits or is under way. */
export interface Load {
  readonly operations: number
  /** What is to be sent. */
  readonly bytes: number
}

/** From such a round trip on, in milliseconds, connections take so long that they are opened ahead of their work. */
export const farMs = 5

/** How many connections are worth having for a load, at a round trip in milliseconds. */
export type Width = (load: Load, roundTripMs: number) => number

/** A connection carries so many operations before another one pays. */
const sftpOperations = 64

/** So many bytes keep a connection as busy as an operation does. */
export const bytesOfOperation = 64 * 1024

/**
 * The connections that pay, as measured (bench/README.md). SFTP has many operations in flight on each, and four fill a
 * line that one TCP window does not. On FTP each carries one operation: on a far server the more the better, on a near
 * one sixteen keep its processors busy.
 *
 * @param limit the most that there may be; undefined = as many as pay
 * @param share how many this server may have of those to all servers
 */
export function widthOf(protocol: Protocol, limit: number | undefined, share = Infinity): Width {
  if (protocol === 'sftp') {
    const most = Math.min(limit ?? 4, 8, share)
    return ({ operations, bytes }) =>
      between(1, Math.ceil((operations + bytes / bytesOfOperation) / sftpOperations), most)
  }
  return ({ operations }, roundTripMs) => {
    const best = roundTripMs < 10 ? 16 : 32
    return between(1, operations, Math.min(limit ?? best, 32, share))
  }
}

/**
 * How many may be on their way at once before one of them is in: OpenSSH turns strangers away beyond ten (MaxStartups), and
 * other runs may be among them. An FTP server counts those that are in.
 */
export function mostStrangers(protocol: Protocol): number {
  return protocol === 'sftp' ? 4 : 8
}

function between(least: number, value: number, most: number): number {
  return Math.max(least, Math.min(value, most))
}
