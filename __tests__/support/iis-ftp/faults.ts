export interface FaultOptions {
  /** Reset the data connection of an upload after so many bytes. */
  readonly cutAfter?: number
  /** Stop reading an upload after so many bytes, and say nothing. */
  readonly stallAfter?: number
  /** Only every n-th upload; 1. */
  readonly every?: number
  /** Does this upload arrive without its second half, with "226 Transfer complete" all the same? Asked at each one. */
  arrivesShort?: ((path: string) => boolean) | undefined
  /** Every n-th command that needs a data connection gets none, but 425. */
  readonly refuseDataEvery?: number
}

export interface UploadFault {
  readonly kind: 'cut' | 'stall' | 'short'
  readonly after: number
}

/** Chooses the uploads that go wrong. */
export class UploadFaults {
  private readonly options: FaultOptions
  private uploads = 0

  constructor(options: FaultOptions) {
    this.options = options
  }

  next(path: string): UploadFault {
    const { cutAfter, stallAfter, every = 1, arrivesShort } = this.options
    this.uploads++
    if (arrivesShort?.(path) === true) return { kind: 'short', after: Infinity }
    const after = this.uploads % every === 0 ? (stallAfter ?? cutAfter ?? Infinity) : Infinity
    return { kind: stallAfter === undefined ? 'cut' : 'stall', after }
  }
}

/** Chooses the transfers for which no data connection comes about. */
export class DataRefusals {
  private readonly every: number
  private transfers = 0

  constructor({ refuseDataEvery = Infinity }: FaultOptions) {
    this.every = refuseDataEvery
  }

  refusesNext(): boolean {
    return ++this.transfers % this.every === 0
  }
}
