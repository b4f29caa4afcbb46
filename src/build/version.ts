/** A deployment version as PowerBuilder writes it: numbers with dots, `1.06` (docs/powerserver.md §4). */
const pattern = /^\d+(?:\.\d+)+$/

/** Can this be a deployment version, or the name of its folder? */
export function isVersion(text: string): boolean {
  return pattern.test(text)
}

/**
 * Order of two versions, part by part as numbers: 1.10 is newer than 1.9.
 * Negative when `a` is older, 0 when they are the same version (`1.5` and `1.05` are).
 */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.')
  const right = b.split('.')
  for (let part = 0; part < Math.max(left.length, right.length); part += 1) {
    const difference = BigInt(left[part] ?? '0') - BigInt(right[part] ?? '0')
    if (difference !== 0n) return difference < 0n ? -1 : 1
  }
  return 0
}

/**
 * Would the decimal reading order these two the other way round (1.9 > 1.10)? How PowerServer's own comparison works is
 * not documented (docs/powerserver.md §8), so a pair on which the readings disagree is worth a warning.
 */
export function isOrderDisputed(a: string, b: string): boolean {
  if ([a, b].some(version => version.split('.').length > 2)) return false
  const byDecimal = Math.sign(Number.parseFloat(a) - Number.parseFloat(b))
  return byDecimal !== compareVersions(a, b)
}

/** The newest of some versions; undefined of none. */
export function newestVersion(versions: Iterable<string>): string | undefined {
  let newest: string | undefined
  for (const version of versions) {
    if (newest === undefined || compareVersions(version, newest) > 0) newest = version
  }
  return newest
}
