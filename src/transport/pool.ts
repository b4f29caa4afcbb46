import { messageOf } from '../errors'
import { busyness, connectionOf, type Connection } from './connection'
import { LineRate } from './line-rate'
import { Openings } from './openings'
import type { Session } from './port'
import { unlessAborted } from './stoppable'
import { farMs, type Load, type Width } from './width'

export interface PoolOptions {
  /** Opens another connection, with one try. */
  readonly open: (isCompressed: boolean) => Promise<Session>
  /** Opens one when none is left, with patience. */
  readonly reopen: (isCompressed: boolean) => Promise<Session>
  readonly width: Width
  /** Hears what is worth knowing, in a sentence. */
  readonly say: (text: string) => void
}

/** An operation that has found no room yet. */
interface Waiting {
  readonly isStoppable: boolean
  readonly bytes: number
  readonly go: (connection: Connection | undefined) => void
}

/** Bytes on one connection beyond which another file would only wait there; it may find a better one later. */
const bytesPerConnection = 8 * 1024 * 1024

const endless: Load = { operations: Infinity, bytes: Infinity }

/**
 * The connections to a server: as many as the work is worth and the server lets in. Operations begin as they find room;
 * after a break fewer run side by side, so that a line that bears little is not asked for more.
 */
export class Pool {
  readonly #options: PoolOptions
  readonly #waiting: Waiting[] = []
  #connections: Connection[]
  #reopening: Promise<Connection> | undefined
  #running = 0
  /** What is to be sent by what runs and by what waits. */
  #bytes = 0
  /** Operations side by side that the line has shown to bear. */
  #limit = Infinity
  readonly #openings: Openings
  readonly #rate = new LineRate()
  #isCompressed = false
  #isClosed = false

  /** @param opening others that are on their way already */
  constructor(first: Session, opening: readonly Promise<Session>[], options: PoolOptions) {
    this.#options = options
    this.#connections = [connectionOf(first)]
    this.session = first
    this.#openings = new Openings({
      count: () => this.#connections.length,
      isClosed: () => this.#isClosed,
      take: session => {
        this.#connections.push(connectionOf(session))
        this.#admit()
      },
      say: options.say
    })
    for (const other of opening) void this.#openings.add(other)
  }

  /** A connection, for what is the same on all: root, description, inFlight. */
  readonly session: Session

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Is there no connection left? */
  get isCut(): boolean {
    return this.#connections.length === 0
  }

  /** How many operations are worth starting side by side. */
  get inFlight(): number {
    return this.#width(endless) * this.session.inFlight
  }

  /** Opens what a load will be worth, on a line where that takes a while. */
  expect(load: Load): void {
    if (this.session.roundTripMs >= farMs) this.#grow(load)
  }

  /**
   * Begins an operation on the connection that has the most room, and waits for some where there is none. What undoes,
   * unlocks and renews a lock does not wait for what can be stopped; where a connection does one thing after the other it
   * is the next on whichever is free first.
   *
   * @param bytes what the operation sends
   * @returns a promise only where it has to wait: thousands of files need not
   * @throws what the last try of connecting anew failed with
   */
  begin(isStoppable: boolean, bytes: number, signal: AbortSignal | undefined): Connection | Promise<Connection> {
    const mustWait = this.#mustWait(isStoppable, bytes)
    this.#bytes += bytes
    if (mustWait) return this.#wait(isStoppable, bytes, signal)
    const connection = this.#admitted(bytes)
    this.#grow({ operations: this.#running, bytes: this.#bytes })
    return connection ?? this.#reconnected(undefined, bytes, signal)
  }

  /** Ends what begin() began. */
  end(connection: Connection, bytes: number): void {
    this.#unload(connection, bytes)
    this.#leave(bytes)
    if (connection.isRetiring && connection.running === 0 && !connection.isLost) this.#drop(connection)
  }

  /** Hears of bytes that the server has confirmed: a line that is slow is compressed where that helps. */
  noteSent(bytes: number): void {
    if (!this.#isCompressed && this.#rate.note(bytes, this.#bytes, performance.now())) void this.#compress()
  }

  /** After a while without a break the line is trusted with more again. */
  noteSuccess(connection: Connection): void {
    connection.done += 1
    if (connection.done % 100 === 0 && this.#limit < this.inFlight) this.#limit *= 2
  }

  /** Gives a connection up that broke. @returns whether it was in use until now */
  lose(connection: Connection): boolean {
    if (connection.isLost) return false
    this.#limit = Math.max(1, Math.floor(Math.min(this.#limit, this.#room()) / 4))
    this.#drop(connection)
    return true
  }

  /**
   * Gives those connections up on which work is under way that was told to stop, so that it ends at once; and those that
   * have brought nothing to its end meanwhile, for they may never answer. The next operation finds another connection, or
   * makes one.
   *
   * @param sinceMs how long ago the work was told to stop
   */
  dropStopped(sinceMs: number): void {
    const told = performance.now() - sinceMs
    for (const connection of this.#connections) {
      const isSilent = connection.running > 0 && connection.lastSign < told
      if (connection.stops.size === 0 && !isSilent) continue
      this.#drop(connection)
      // Closing ends most of what is under way, and not what just opens a data connection.
      for (const stop of connection.stops) stop(new Error('The run was told to stop.'))
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#connections.map(({ session }) => session[Symbol.asyncDispose]()))
  }

  async #wait(isStoppable: boolean, bytes: number, signal: AbortSignal | undefined): Promise<Connection> {
    this.#grow({ operations: this.#running + this.#waiting.length + 1, bytes: this.#bytes })
    const connection = await new Promise<Connection | undefined>(go => {
      const before = isStoppable ? -1 : this.#waiting.findIndex(other => other.isStoppable)
      this.#waiting.splice(before === -1 ? this.#waiting.length : before, 0, { isStoppable, bytes, go })
    })
    this.#grow({ operations: this.#running, bytes: this.#bytes })
    // It may have been told to stop while it waited, and the connection may have broken.
    if (connection && !connection.isLost && signal?.aborted !== true) return connection
    return this.#reconnected(connection, bytes, signal)
  }

  /** @param lost what an operation that has begun was to go over */
  async #reconnected(
    lost: Connection | undefined,
    bytes: number,
    signal: AbortSignal | undefined
  ): Promise<Connection> {
    this.#unload(lost, bytes)
    try {
      signal?.throwIfAborted()
      const connection = this.#leastBusy() ?? (await this.#reopened(signal))
      this.#load(connection, bytes)
      return connection
    } catch (error) {
      this.#leave(bytes)
      throw error
    }
  }

  #width(load: Load): number {
    return Math.min(this.#openings.most, this.#options.width(load, this.session.roundTripMs))
  }

  #room(): number {
    return Math.min(this.#limit, Math.max(1, this.#connections.length) * this.session.inFlight)
  }

  #mustWait(isStoppable: boolean, bytes: number): boolean {
    if (isStoppable) return this.#isFull(bytes)
    return this.session.inFlight === 1 && !this.isCut && this.#connections.every(({ running }) => running > 0)
  }

  #isFull(bytes: number): boolean {
    if (this.#running >= this.#room()) return true
    // One that is larger than all the room goes where nothing else does.
    return (
      bytes > 0 &&
      this.#connections.length > 0 &&
      this.#connections.every(({ bytes: begun }) => begun >= bytesPerConnection)
    )
  }

  #leastBusy(): Connection | undefined {
    // A server that hangs up on silence does no harm to whoever has nothing to do there.
    for (const connection of this.#connections) {
      if (connection.running === 0 && !connection.session.isOpen) this.#drop(connection)
    }
    let found: Connection | undefined
    for (const connection of this.#connections) {
      if (!connection.isRetiring && (!found || busyness(connection) < busyness(found))) found = connection
    }
    return found
  }

  #grow({ operations, bytes }: Load): void {
    if (this.#isClosed || this.#connections.length === 0) return
    const wanted = this.#width({ operations: Math.min(operations, this.#limit), bytes })
    for (let count = this.#connections.length + this.#openings.count; count < wanted; count += 1) {
      void this.#openings.add(this.#options.open(this.#isCompressed))
    }
  }

  /** Has other connections take the place of these, one by one. */
  async #compress(): Promise<void> {
    if (!this.#connections.some(({ session }) => session.wouldShrink)) return
    this.#isCompressed = true
    this.#options.say('The line is slow, and what is sent shrinks: compressing it.')
    for (const connection of [...this.#connections]) if (!this.#isClosed) await this.#replace(connection)
  }

  async #replace(connection: Connection): Promise<void> {
    try {
      const session = await this.#options.open(true)
      if (this.#isClosed) {
        await session[Symbol.asyncDispose]()
        return
      }
      this.#connections.push(connectionOf(session))
      connection.isRetiring = true
      if (connection.running === 0 && !connection.isLost) this.#drop(connection)
    } catch (error) {
      this.#options.say(`A connection goes on uncompressed; another one failed: ${messageOf(error)}`)
    }
  }

  async #reopened(signal: AbortSignal | undefined): Promise<Connection> {
    this.#reopening ??= this.#reopen().finally(() => {
      this.#reopening = undefined
    })
    return unlessAborted(this.#reopening, signal)
  }

  async #reopen(): Promise<Connection> {
    const session = await this.#options.reopen(this.#isCompressed)
    if (this.#isClosed) {
      await session[Symbol.asyncDispose]()
      throw new Error('The run is over.')
    }
    const connection = connectionOf(session)
    this.#connections.push(connection)
    return connection
  }

  #drop(connection: Connection): void {
    connection.isLost = true
    this.#connections = this.#connections.filter(other => other !== connection)
    void connection.session[Symbol.asyncDispose]()
  }

  #leave(bytes: number): void {
    this.#running -= 1
    this.#bytes -= bytes
    this.#admit()
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && !this.#mustWait(next.isStoppable, next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift()
      next.go(this.#admitted(next.bytes))
    }
  }

  /** @returns the connection that takes it on; undefined while there is none */
  #admitted(bytes: number): Connection | undefined {
    this.#running += 1
    const connection = this.#leastBusy()
    if (connection) this.#load(connection, bytes)
    return connection
  }

  #load(connection: Connection, bytes: number): void {
    if (connection.running === 0) connection.lastSign = performance.now()
    connection.running += 1
    connection.bytes += bytes
  }

  #unload(connection: Connection | undefined, bytes: number): void {
    if (!connection) return
    connection.lastSign = performance.now()
    connection.running -= 1
    connection.bytes -= bytes
  }
}
