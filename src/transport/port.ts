import type { Writable } from 'node:stream'
import type { Content } from './content'

/** An entry of a folder on a site. */
export interface RemoteEntry {
  readonly name: string
  /** A link counts as what it points to; `other` is what cannot be read or entered. */
  readonly kind: 'file' | 'folder' | 'other'
  /** In bytes; meaningful for files. */
  readonly size: number
  readonly isLink: boolean
}

/**
 * A way to a site, whatever the protocol. All paths are absolute, POSIX, as remote-path.ts makes them. Operations may be
 * started side by side: as many go at once as the protocol and the connections allow, and the others wait.
 * Each fails with a DeployError that names the path and what the server said.
 */
export interface Transport extends Reading, AsyncDisposable {
  /** Takes each file a connection of its own, as on FTP? */
  readonly sendsByConnection: boolean
  /**
   * Writes a file, over an existing one as well.
   *
   * @param onBytes hears of what the server has confirmed, in bytes since the last call
   * @returns SHA-256 of what was sent, in base64url
   */
  write(file: string, content: Content, onBytes?: (bytes: number) => void): Promise<string>
  /** Makes a folder whose parent is there. False when it is there already, which is fine. */
  makeFolder(folder: string): Promise<boolean>
  /**
   * Makes many folders at once, each named after the one above it.
   *
   * @param onMade hears of each that was not there before, also when another one fails
   * @returns all that were not there before
   */
  makeFolders(folders: readonly string[], onMade?: (folder: string) => void): Promise<string[]>
  /**
   * The size of a file in bytes, asked for alone: cheaper than a listing where few files of a folder matter. Undefined when
   * the server does not tell one, which proves nothing.
   */
  size(file: string): Promise<number | undefined>
  /** Deletes an empty folder. */
  removeFolder(folder: string): Promise<void>
  /** Renames a file; what happens when `to` exists is the server's affair. */
  rename(from: string, to: string): Promise<void>
  /** Deletes a file; one that is gone already is fine. */
  remove(file: string): Promise<void>
  /**
   * Gives a file a second name, by a hard link or a copy that the server makes: no byte passes through the runner. False
   * when the server has no such thing.
   */
  duplicate(from: string, to: string): Promise<boolean>
  /**
   * Has the server copy a file, over one that is there as well. False when it cannot; what `to` holds then is not to be
   * known.
   */
  copy(from: string, to: string): Promise<boolean>
}

/** One connection to a site. Operations reach the server in the order in which they are started. */
export interface Session extends Omit<Transport, 'makeFolders'> {
  /** How long the server takes to answer a short question, in milliseconds, as far as is known by now. */
  readonly roundTripMs: number
  /** Has nobody closed it, as far as is known? */
  readonly isOpen: boolean
  /** Would compressing make what is sent smaller? Never where a protocol cannot. */
  readonly wouldShrink: boolean
}

/** The part of a transport that changes nothing. */
export interface Reading {
  /** Who is on the other side, for logs: protocol, host and software. */
  readonly description: string
  /** The site's root. */
  readonly root: string
  /** How many operations are worth starting side by side. */
  readonly inFlight: number
  /** What is in a folder that is known to be there. A missing folder is an error or an empty list, as servers go. */
  list(folder: string): Promise<RemoteEntry[]>
  /**
   * Streams a file's bytes into a sink, and ends it.
   *
   * @param open makes the sink; a reading that has to begin anew asks for another one
   */
  read(file: string, open: () => Writable): Promise<void>
}
