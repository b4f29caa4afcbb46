import type { Bounds, Command, Measured } from '../measure'
import type { BenchServer, Protocol } from '../servers'
import type { FileSet } from '../sets'

/** What a client is to do. */
export interface Job {
  readonly server: BenchServer
  readonly set: FileSet
}

/** Something that brings a set of files to a server. */
export interface Client {
  readonly name: string
  /** Ways to run it; the best one is tried out. */
  variants(protocol: Protocol): readonly string[]
  version(): Promise<string>
  send(job: Job, variant: string, bounds: Bounds): Promise<Measured>
}

/** A client that is a command. */
export interface Peer extends Omit<Client, 'send'> {
  command(job: Job, variant: string, bounds: Bounds): Command | Promise<Command>
}
