/*
 * The order of events as a server's own log has it. Formats differ (`RNTO /x`, `posix-rename old "/y" new "/x"`,
 * `Command [rnto] [/x]`), so lines are told by their verb and the path in them.
 */

/** Number of the last line that renames something to this path; -1 where there is none. */
export function lineOfRenameTo(log: readonly string[], path: string): number {
  return log.findLastIndex(line => /rename|rnto/i.test(line) && endsAt(line, path))
}

/** Numbers of all lines that begin to write a file, the action's own records left out. */
export function linesOfWrites(log: readonly string[]): number[] {
  return log.flatMap((line, number) => (isWrite(line) && !line.includes('/App_Data/hot-deploy/') ? [number] : []))
}

function isWrite(line: string): boolean {
  // ProFTPD says of SFTP just that a file was opened; what the action reads there are the pointers.
  const isOpened = /\] OPEN (?!\S+\/(apprun\.json|deploylist\.ini\.zip) )/.test(line)
  return isOpened || /\bSTOR\b|\[stor\]|^OPEN .* w|open ".*" flags .*WRITE/i.test(line)
}

/** Does the path stand at the end of the line, or of a quoted or bracketed part of it? */
function endsAt(line: string, path: string): boolean {
  const at = line.lastIndexOf(path)
  return at >= 0 && /^(["'\])].*| ->.*| \(.*|\s*)$/.test(line.slice(at + path.length))
}
