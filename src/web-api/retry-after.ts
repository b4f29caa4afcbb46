/**
 * How long an answer asks to wait: `Retry-After` in seconds or as a date (RFC 9110 §10.2.3).
 *
 * @param header undefined or null where there is none
 * @returns milliseconds, never negative; 0 where there is none, or what nobody can read
 */
export function retryAfterMs(header: string | null | undefined, now: number): number {
  const text = header?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  // Date.parse takes much that is no date of HTTP, such as "-5".
  const at = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(at) ? 0 : Math.max(0, at - now)
}
