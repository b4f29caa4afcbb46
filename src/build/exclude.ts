import ignore from 'ignore'

/** Does a rule apply to this path (relative, with `/`)? */
export type PathRule = (path: string) => boolean

/**
 * Gitignore-style patterns as one rule; later lines win, `!` takes back. Upper and lower case are the same, as they are
 * to IIS. Without patterns nothing matches.
 */
export function pathRule(patterns: readonly string[]): PathRule {
  if (patterns.length === 0) return () => false
  const matcher = ignore({ ignorecase: true }).add([...patterns])
  return path => matcher.ignores(path)
}
