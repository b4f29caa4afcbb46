/** One run of a client. */
export interface Run {
  readonly seconds: number
  /** User and system time of the client with all its children. */
  readonly cpuSeconds: number
  /** Of its largest process. */
  readonly peakMegabytes: number
  /** It ran into the cap and was killed. */
  readonly isCapped?: true
  /** What went wrong, or which files are not as they should be. */
  readonly fault?: string
}

/** One try of a client's variant, to find the best one. */
export interface Trial extends Run {
  readonly variant: string
}

/** The runs of one client in a row. */
export interface Side {
  /** Its name; `ours` is the action. */
  readonly client: string
  readonly version: string
  readonly variant: string
  readonly trials: readonly Trial[]
  readonly runs: readonly Run[]
  /** Requests of a whole run; undefined where the server logs none. */
  readonly requests?: number
}

/** What was measured of the action, and of one peer in turn with it, in one scenario at one distance. */
export interface Row {
  readonly scenario: string
  /** As `20 ms`. */
  readonly distance: string
  /** Of the set that is sent. */
  readonly files: number
  readonly bytes: number
  readonly at: string
  readonly ours: Side
  readonly peer: Side
}
