/**
 * Does a branch match a pattern as branch filters of workflows know them? `*` is any text within a part, `**` across
 * slashes too, `?` one character. Case counts, as in git.
 */
export function matchesBranch(glob: string, branch: string): boolean {
  const pattern = glob.replace(/\*\*|[*?]|[^\w/]/gu, part => wildcards[part] ?? `\\u{${codePoint(part)}}`)
  return new RegExp(`^${pattern}$`, 'su').test(branch)
}

const wildcards: Readonly<Record<string, string>> = { '**': '.*', '*': '[^/]*', '?': '[^/]' }

function codePoint(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16)
}
