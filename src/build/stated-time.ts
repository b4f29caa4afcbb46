/**
 * A time as a PowerServer project states it. Whose clock it is on is not documented (docs/powerserver.md §4), so it is
 * some moment between two.
 */
export interface StatedTime {
  /** As it is written. */
  readonly text: string
  /** The first and the last moment that it can mean, in milliseconds since 1970; the same where it has a zone. */
  readonly earliest: number
  readonly latest: number
}

const hourMs = 3_600_000

/** The zones that are furthest ahead and furthest behind. */
const mostAheadMs = 14 * hourMs
const mostBehindMs = 12 * hourMs

const pattern =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?)?(?:(Z)|([+-])(\d{2}):?(\d{2}))?$/

/** Reads `2026-11-30 07:03:28`, with `T` or a blank, with a zone or without. Undefined for anything else. */
export function parseStatedTime(text: string): StatedTime | undefined {
  const match = pattern.exec(text.trim())
  if (!match) return undefined
  const parts: (string | undefined)[] = match.slice(1, 7)
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = parts.map(part => Number(part ?? 0))
  const clock = Date.UTC(year, month - 1, day, hours, minutes, seconds)
  const back = new Date(clock)
  // Date.UTC takes February 31 for March 3.
  if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day || hours > 23 || minutes > 59 || seconds > 59) {
    return undefined
  }
  const [, , , , , , , utc, sign, zoneHours, zoneMinutes] = match
  if (utc === undefined && sign === undefined) {
    return { text: match[0], earliest: clock - mostAheadMs, latest: clock + mostBehindMs }
  }
  const ahead = (Number(zoneHours ?? 0) * 60 + Number(zoneMinutes ?? 0)) * 60_000
  const moment = clock - (sign === '-' ? -ahead : ahead)
  return { text: match[0], earliest: moment, latest: moment }
}
