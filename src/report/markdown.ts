/** A value in a code span; a backtick in it does not end the span, a bar does not end a table's cell. */
export function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : ''
  return `${fence}${pad}${text.replace(/\r?\n/g, ' ').replace(/\|/g, '\\|')}${pad}${fence}`
}

/** A GitHub table. @param right columns to align to the right */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = []
): string {
  const rule = header.map((_, column) => (right.includes(column) ? '---:' : '---'))
  return [header, rule, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}
