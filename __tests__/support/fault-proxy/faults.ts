/** What a proxy does to the connections that go through it. */
export interface Faults {
  /** Cut or stall every k-th connection only; 1. Without `cutAfter` and `stallAfter`, cut it as soon as it is made. */
  readonly cutEvery?: number
  /** Cut a connection after so many bytes from the client. */
  readonly cutAfter?: number
  /** Pass nothing on, either way, after so many bytes from the client, and close nothing. */
  readonly stallAfter?: number
  /** Cut by RST instead of FIN. */
  readonly reset?: boolean
  /** Cut a connection over which nothing went for so long. */
  readonly idleMs?: number
  /** All this to the first n connections only; the later ones are healthy. */
  readonly only?: number
  /** Delay everything for so long, each way. */
  readonly latencyMs?: number
  /** Carry no more than this from the client to the server, on each connection. */
  readonly bytesPerSecond?: number
}

/** What happens to one connection. */
export interface Fate {
  /** What to do after so many bytes from the client. */
  readonly strike: 'cut' | 'stall'
  readonly after: number
  readonly reset: boolean
  readonly idleMs: number
  readonly latencyMs: number
  readonly bytesPerSecond: number
}

const healthy: Fate = {
  strike: 'cut',
  after: Infinity,
  reset: false,
  idleMs: 0,
  latencyMs: 0,
  bytesPerSecond: Infinity
}

/** @param connection the number of the connection, the first is 1 */
export function fateOf(connection: number, faults: Faults): Fate {
  const {
    cutEvery,
    cutAfter,
    stallAfter = Infinity,
    only = Infinity,
    reset = false,
    idleMs = 0,
    latencyMs = 0,
    bytesPerSecond = Infinity
  } = faults
  if (connection > only) return healthy
  const cut = cutAfter ?? (cutEvery !== undefined && stallAfter === Infinity ? 0 : Infinity)
  const isStruck = connection % (cutEvery ?? 1) === 0
  return {
    strike: cut <= stallAfter ? 'cut' : 'stall',
    after: isStruck ? Math.min(cut, stallAfter) : Infinity,
    reset,
    idleMs,
    latencyMs,
    bytesPerSecond
  }
}
