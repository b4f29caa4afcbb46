/** `65.0 MB`; decimal units, as networks count. */
export function inBytes(bytes: number): string {
  if (Math.round(bytes) < 1000) return `${Math.round(bytes)} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 'B'
  for (const larger of units) {
    if (value < 999.95) break
    value /= 1000
    unit = larger
  }
  return `${value.toFixed(1)} ${unit}`
}

/** `6,100`; a whole number. */
export function inDigits(count: number): string {
  // Not by toLocaleString: the first one of a process takes 10 ms, a fiftieth of a small release.
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** `4.2 s`, `3 min 20 s`. */
export function inTime(milliseconds: number): string {
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
