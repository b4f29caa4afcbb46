import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DeployError } from '../errors'
import { isBroken, isPassing } from './network-error'
import type { Transport } from './port'

/** How often and how patiently something is tried again. */
export interface Patience {
  /** Tries after the first one. */
  readonly retries: number
  /** Milliseconds before the first of them; doubled each time, with jitter. */
  readonly pauseMs: number
  /** Hears of each, in a sentence. */
  readonly say: (text: string) => void
}

/** How often a failure is forgiven that came after others had succeeded on the same connection. */
const forgiveness = 20

const longestPauseMs = 15_000

/** After connecting was given up, how long each further operation tries it just once. */
const resignedMs = 60_000

interface Connection {
  readonly transport: Transport
  /** Operations that came to their end on it. */
  done: number
  isLost: boolean
  /** Aborted when work on it was told to stop, and did not in time. */
  readonly dropped: AbortController
}

/**
 * The line to a server: one connection, which is made anew when it breaks. Work on it is repeated a limited number of
 * times, and after a break fewer operations run side by side, so that a line that bears little is not asked for more.
 */
export class Line implements AsyncDisposable {
  readonly #open: () => Promise<Transport>
  readonly #patience: Patience
  readonly #waiting: (() => void)[] = []
  #connection: Connection
  #opening: Promise<Connection> | undefined
  #running = 0
  #stoppable = 0
  #limit: number
  #isClosed = false
  /** When connecting anew was given up the last time. */
  #failedAt = -Infinity
  /** Connections in a row on which nothing came to its end. */
  #barren = 0

  private constructor(first: Transport, open: () => Promise<Transport>, patience: Patience) {
    this.#open = open
    this.#patience = patience
    this.#connection = connectionOf(first)
    this.#limit = first.inFlight
  }

  /**
   * Connects for the first time, with the same patience.
   *
   * @throws DeployError of the last try, or the signal's reason
   */
  static async connect(open: () => Promise<Transport>, patience: Patience, signal?: AbortSignal): Promise<Line> {
    return new Line(await unlessAborted(openPatiently(open, patience), signal), open, patience)
  }

  /** The connection of now, for what does not change: root, description, inFlight. */
  get transport(): Transport {
    return this.#connection.transport
  }

  /**
   * Does something on the connection, and again after a failure that may pass.
   *
   * @param settle asked on a new connection when the old one broke in the middle: was it done all the same?
   * @param mayPass which failures are worth another try
   * @param signal ends the tries; what is under way ends by itself, or by dropStopped
   */
  async run<T>(
    operation: (transport: Transport) => Promise<T>,
    settle: ((transport: Transport) => Promise<{ readonly result: T } | undefined>) | undefined,
    mayPass: (error: unknown) => boolean,
    signal: AbortSignal | undefined
  ): Promise<T> {
    let isUnsure = false
    let failures = 0
    let forgiven = 0
    for (;;) {
      signal?.throwIfAborted()
      // What undoes, unlocks and renews a lock goes before the uploads that wait.
      if (signal) await this.#enter()
      let connection: Connection | undefined
      if (signal) this.#stoppable += 1
      try {
        // It may have been told to stop while it waited.
        signal?.throwIfAborted()
        const { isLost } = this.#connection
        connection = isLost ? await unlessAborted(this.#connected(), signal) : this.#connection
        const settled = isUnsure ? await settle?.(connection.transport) : undefined
        const result = settled ? settled.result : await this.#do(operation, connection, signal)
        this.#noteSuccess(connection)
        return result
      } catch (error) {
        signal?.throwIfAborted()
        // Without a connection the tries of connecting are used up.
        if (!mayPass(error) || connection === undefined || this.#isClosed) throw error
        const isForgivable = isBroken(error) && connection.done > 0 && forgiven < forgiveness
        if (isForgivable) forgiven += 1
        else failures += 1
        if (failures > this.#patience.retries) throw error
        if (isBroken(error)) {
          isUnsure = true
          this.#lose(connection, error as DeployError)
        } else {
          await this.#pause(error as DeployError, failures, signal)
        }
      } finally {
        if (signal) {
          this.#stoppable -= 1
          this.#leave()
        }
      }
    }
  }

  /**
   * Gives the connection up if work is under way on it that was told to stop, so that it ends at once; the next
   * operation makes a new one.
   */
  dropStopped(): void {
    if (this.#stoppable === 0) return
    this.#connection.isLost = true
    // Closing ends most of what is under way, and not what just opens a data connection.
    this.#connection.dropped.abort(new Error('The run was told to stop.'))
    void this.#connection.transport[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#connection.transport[Symbol.asyncDispose]()
  }

  /** What can be stopped does not outlive its connection. */
  #do<T>(
    operation: (transport: Transport) => Promise<T>,
    { transport, dropped }: Connection,
    signal: AbortSignal | undefined
  ): Promise<T> {
    return signal ? unlessAborted(operation(transport), dropped.signal) : operation(transport)
  }

  #connected(): Promise<Connection> {
    if (!this.#connection.isLost) return Promise.resolve(this.#connection)
    this.#opening ??= this.#reopen()
      .catch((error: unknown) => {
        this.#failedAt = Date.now()
        throw error
      })
      .finally(() => {
        this.#opening = undefined
      })
    return this.#opening
  }

  async #reopen(): Promise<Connection> {
    // A server that breaks each connection at once is not asked for more and more of them.
    if (this.#barren > 0) await sleep(pauseBefore(this.#barren, this.#patience))
    const isResigned = Date.now() - this.#failedAt < resignedMs
    const patience = isResigned ? { ...this.#patience, retries: 0 } : this.#patience
    const transport = await openPatiently(this.#open, patience)
    if (this.#isClosed) {
      await transport[Symbol.asyncDispose]()
      throw new Error('The run is over.')
    }
    this.#connection = connectionOf(transport)
    return this.#connection
  }

  #lose(connection: Connection, error: DeployError): void {
    if (connection.isLost) return
    connection.isLost = true
    this.#barren = connection.done > 0 ? 0 : this.#barren + 1
    this.#limit = Math.max(1, Math.floor(this.#limit / 4))
    this.#patience.say(`${error.message} Connecting anew.`)
    void connection.transport[Symbol.asyncDispose]()
  }

  async #pause(error: DeployError, failures: number, signal: AbortSignal | undefined): Promise<void> {
    const pause = pauseBefore(failures, this.#patience)
    this.#patience.say(`${error.message} Trying again in ${(pause / 1000).toFixed(1)} s.`)
    await sleep(pause, undefined, { signal })
  }

  /** After a while without a break the line is trusted with more again. */
  #noteSuccess(connection: Connection): void {
    connection.done += 1
    if (connection.done % 100 === 0) this.#limit = Math.min(connection.transport.inFlight, this.#limit * 2)
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#limit) {
      this.#running += 1
      return
    }
    await new Promise<void>(resolve => {
      this.#waiting.push(resolve)
    })
  }

  #leave(): void {
    this.#running -= 1
    while (this.#running < this.#limit) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#running += 1
      next()
    }
  }
}

function connectionOf(transport: Transport): Connection {
  const dropped = new AbortController()
  setMaxListeners(0, dropped.signal)
  return { transport, done: 0, isLost: false, dropped }
}

/** Connecting fails for good at once when name, key, certificate or password are wrong. */
async function openPatiently(open: () => Promise<Transport>, patience: Patience): Promise<Transport> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await open()
    } catch (error) {
      if (!isPassing(error) || failures > patience.retries) throw error
      const pause = pauseBefore(failures, patience)
      const { message } = error as DeployError
      patience.say(`${message} Connecting again in ${(pause / 1000).toFixed(1)} s.`)
      await sleep(pause)
    }
  }
}

/** Whoever is told to stop does not wait for a server that may never answer. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  // Whoever stops waiting does not hear of it any more.
  promise.catch(() => undefined)
  signal.throwIfAborted()
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (stop) signal.removeEventListener('abort', stop)
  }
}

/** Doubled each time; the jitter keeps runs that failed together from coming back together. */
function pauseBefore(failures: number, { pauseMs }: Patience): number {
  return Math.min(pauseMs * 2 ** (failures - 1), longestPauseMs) * (0.5 + Math.random())
}
