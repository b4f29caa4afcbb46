/** For how long caches may keep an answer without asking, and which header says so. */
export interface Freshness {
  readonly seconds: number
  readonly because: string
}

/**
 * Reads what an answer says to the cache of a browser (RFC 9111 §4.2.1): `Cache-Control` counts, and `Expires`, which IIS
 * can send alone, where that does not say it.
 */
export function freshness(headers: { get(name: string): string | null }): Freshness {
  const control = headers.get('cache-control') ?? ''
  const because = `cache-control: ${control}`
  if (/\bno-(cache|store)\b/i.test(control)) return { seconds: 0, because }
  const maxAge = /\bmax-age\s*=\s*"?(\d+)/i.exec(control)?.[1]
  if (maxAge !== undefined) return { seconds: Number(maxAge), because }
  const [expires, date] = [headers.get('expires') ?? '', headers.get('date') ?? '']
  const seconds = Math.round((Date.parse(expires) - Date.parse(date)) / 1000)
  return { seconds: Number.isNaN(seconds) ? 0 : Math.max(0, seconds), because: `expires: ${expires}` }
}
