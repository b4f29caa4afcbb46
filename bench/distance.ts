/** How far away the server is, and how much the line carries. */
export interface Distance {
  /** Milliseconds there and back; 0 is without the link. */
  readonly roundTrip: number
  /** Mbit/s; undefined is without a limit. */
  readonly rate: number | undefined
  /** As `50 ms, 100 Mbit/s`. */
  readonly label: string
}

/** Reads distances as in `0,20,50/100`: milliseconds there and back, and Mbit/s after a slash. */
export function readDistances(text: string): Distance[] {
  return text.split(',').map(each => {
    const [, roundTrip, rate] = /^(\d+)(?:\/(\d+))?$/.exec(each.trim()) ?? []
    if (roundTrip === undefined)
      throw new Error(`"${each}" is no distance; give milliseconds, as 20, or 50/100 with Mbit/s.`)
    if (Number(roundTrip) === 0 && rate !== undefined)
      throw new Error('A rate takes the link: give a round trip above 0.')
    return {
      roundTrip: Number(roundTrip),
      rate: rate === undefined ? undefined : Number(rate),
      label: `${roundTrip} ms${rate === undefined ? '' : `, ${rate} Mbit/s`}`
    }
  })
}
