export interface FaultOptions {
  /** Reset the data connection of an upload after so many bytes. */
  readonly cutAfter?: number
  /** Stop reading an upload after so many bytes, and say nothing. */
  readonly stallAfter?: number
  /** Only every n-th upload; 1. */
  readonly every?: number
  /** Every n-th command that needs a data connection gets none, but 425. */
  readonly refuseDataEvery?: number
}

export interface UploadFault {
  readonly kind: 'cut' | 'stall'
  readonly after: number
}

/** Chooses the uploads that go wrong. */
export class UploadFaults {
  private readonly options: FaultOptions
  private uploads = 0

  constructor(options: FaultOptions) {
    this.options = options
  }

  next(): UploadFault {
    const { cutAfter, stallAfter, every = 1 } = this.options
    this.uploads++
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
