/**
 * Joins the parts of a page as far as they fit, whole part by whole part, so that no table and no block is cut in two.
 *
 * @param limit in bytes of UTF-8, which is never exceeded
 */
export function fit(parts: readonly string[], limit: number): string {
  const note = '*Some parts were left out for their length; the log has them.*'
  const fitting: string[] = []
  let room = limit - sizeOf(note)
  for (const part of parts) {
    if (sizeOf(part) > room) continue
    fitting.push(part)
    room -= sizeOf(part)
  }
  return [...fitting, ...(fitting.length < parts.length ? [note] : [])].join(gap)
}

const gap = '\n\n'

function sizeOf(part: string): number {
  return Buffer.byteLength(part + gap)
}
