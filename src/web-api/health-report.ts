/** What a health check says of itself. */
export interface HealthReport {
  readonly word: 'healthy' | 'degraded' | 'unhealthy'
  /** Names of the single checks that are not healthy, where it tells. */
  readonly ailing: readonly string[]
}

/**
 * Reads a health answer: the bare word, as ASP.NET writes it, or the JSON object with `status` and `entries`, `checks` or
 * `results` that the common response writers make.
 *
 * @returns undefined for anything else
 */
export function healthReport(body: string): HealthReport | undefined {
  const text = body.replace(/^\uFEFF/, '').trim()
  const bare = wordOf(text.replace(/^"(.*)"$/, '$1'))
  if (bare !== undefined) return { word: bare, ailing: [] }
  const document = text.startsWith('{') ? parsed(text) : undefined
  const word = wordOf(valueOf(document, 'status'))
  if (word === undefined) return undefined
  const checks = ['entries', 'checks', 'results'].map(key => valueOf(document, key)).find(isObject) ?? {}
  return { word, ailing: ailingOf(checks) }
}

function wordOf(value: unknown): HealthReport['word'] | undefined {
  const text = typeof value === 'string' ? value.toLowerCase() : ''
  return (['healthy', 'degraded', 'unhealthy'] as const).find(word => word === text)
}

function ailingOf(checks: object): string[] {
  const isList = Array.isArray(checks)
  return Object.entries(checks).flatMap(([key, check]) => {
    const word = wordOf(valueOf(check, 'status'))
    if (word === undefined || word === 'healthy') return []
    const name = isList ? (valueOf(check, 'name') ?? valueOf(check, 'key')) : key
    return typeof name === 'string' ? [name.slice(0, 100)] : []
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** A property, however its name is capitalised. */
function valueOf(value: unknown, key: string): unknown {
  if (!isObject(value)) return undefined
  return Object.entries(value).find(([name]) => name.toLowerCase() === key)?.[1]
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
