import type { Session } from './port'
import { Roster } from './roster'
import { bytesOfOperation } from './width'

/** One of the connections to a server. */
export interface Connection {
  readonly session: Session
  /** Operations under way on it. */
  running: number
  /** What these are to send. */
  bytes: number
  /** Operations that came to their end on it. */
  done: number
  /** When the last one did, or when it had nothing to do; in milliseconds. */
  lastSign: number
  isLost: boolean
  /** Gets no more to do, and is closed when it has done what it has. */
  isRetiring: boolean
  /** End those operations at once that can be stopped. */
  readonly stops: Roster<(reason: Error) => void>
}

/** In operations; bytes count too, so that large files do not meet on one connection. */
export function busyness({ running, bytes }: Connection): number {
  return running + bytes / bytesOfOperation
}

/** One on which nothing is under way. */
export function connectionOf(session: Session): Connection {
  return { session, running: 0, bytes: 0, stops: new Roster(), done: 0, lastSign: 0, isLost: false, isRetiring: false }
}
