/**
 * PowerServer's template allows 2 calls a second, 100 in 15 minutes, 1000 in 12 hours and 10 000 in 7 days, and counts
 * those that it refuses (docs/powerserver.md §6).
 */
const everyMs = 10_000
const firstMs = 15 * 60_000
const laterEveryMs = 90_000

/** A wait that a server asks for ends so long before the deadline, for a last look. */
const lastLookMs = 5_000

/** Where a URL stands among those that count against one limit. */
export interface Turn {
  readonly index: number
  readonly of: number
}

/**
 * The template counts the calls to all health addresses of an app together, so such URLs take turns.
 *
 * @param targets what is polled side by side
 */
export function turnsOf(targets: readonly { readonly url: string; readonly host: string | undefined }[]): Turn[] {
  const apps = targets.map(({ url, host }) => `${new URL('.', url).href} ${host ?? ''}`)
  return apps.map((app, at) => ({
    index: apps.slice(0, at).filter(other => other === app).length,
    of: apps.filter(other => other === app).length
  }))
}

/** When the first poll is due, on the clock of `begun`; it is made in any case. */
export function firstPoll(begun: number, deadline: number, { index }: Turn): number {
  return Math.max(begun, Math.min(begun + index * everyMs, deadline - lastLookMs))
}

/**
 * When the next poll is due: never sooner than the template's limits allow, and as late as the server asks for, but for
 * a last look before the deadline.
 *
 * @param started when the last poll began
 * @param waitMs what the server asks for, from `now` on
 * @returns undefined when that would be too late
 */
export function nextPoll(
  begun: number,
  deadline: number,
  started: number,
  now: number,
  waitMs: number,
  { of }: Turn
): number | undefined {
  const interval = (started - begun < firstMs ? everyMs : laterEveryMs) * of
  const asked = waitMs > 0 ? Math.min(now + waitMs, deadline - lastLookMs) : 0
  const next = Math.max(now, started + interval, asked)
  return next < deadline ? next : undefined
}
