/**
 * Markdown as GitHub reads it, made of text from outside: names of apps and files, words of servers. Nothing in such a
 * text is taken for markup, wherever these functions put it.
 */

/** A value in a code span, fit for a table's cell. */
export function code(text: string): string {
  const value = oneLine(text)
  // Renderers disagree on bars and backticks inside of a span, and a comment finds itself again by a hidden mark.
  const isSimple = value !== '' && value === value.trim() && !/[|`]|<!--/.test(value)
  return isSimple ? `\`${value}\`` : `<code>${inEntities(value)}</code>`
}

/** One line of text, fit for a table's cell, a heading and an item of a list. */
export function plain(text: string): string {
  return oneLine(text)
    .trim()
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/[\\`*[\]>|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\$&')
    .replace(/^(?=[#+=]|-(?![A-Za-z0-9]))/, '\\')
    .replace(/^(\d{1,9})(?=[.)](\s|$))/, '$1\\')
    .replace(/(?<![A-Za-z0-9])[@#](?=[A-Za-z0-9])|\bGH(?=-\d)/g, '$&&#8203;')
}

/** Text of several lines; a line that begins with a dash is an item of a list. */
export function plainLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/).map(line => {
    const [, dash = '', rest = ''] = /^( {0,3}- (?=[^\s-]))?(.*)$/s.exec(line) ?? []
    return `${dash}${plain(rest)}`
  })
}

/** A link, where the address is one of the web; else its text alone. */
export function link(text: string, address: string): string {
  const url = /^https?:\/\//i.test(address) && URL.canParse(address) ? new URL(address).href : undefined
  if (url === undefined) return plain(text)
  return `[${plain(text)}](${url.replace(/[()<>|\\`"'\s]/g, asPercent)})`
}

/** An address of the web that can be clicked; any other as code. */
export function address(text: string): string {
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? link(text, text) : code(text)
}

/** A GitHub table of cells that are Markdown already. @param right columns to align to the right */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = []
): string {
  const rule = header.map((_, column) => (right.includes(column) ? '---:' : '---'))
  return [header, rule, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** A block of code, which no line of the text can end. */
export function fence(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const mark = '`'.repeat(longest + 1)
  return `${mark}${language}\n${text.replace(/\r\n?/g, '\n')}\n${mark}`
}

/** A box in the colours of a kind of message. @param lines Markdown */
export function box(kind: 'NOTE' | 'IMPORTANT' | 'WARNING' | 'CAUTION', lines: readonly string[]): string {
  return [`> [!${kind}]`, ...lines.map(line => `> ${line}`.trimEnd())].join('\n')
}

/** What is folded away until somebody clicks. @param title Markdown-free text */
export function details(title: string, body: string): string {
  return `<details>\n<summary>${title}</summary>\n\n${body}\n\n</details>`
}

const control = /[\p{Cc}\u2028\u2029]+/gu

function oneLine(text: string): string {
  return text.replace(control, ' ')
}

function inEntities(text: string): string {
  return text.replace(/[!-~]/g, character =>
    /[A-Za-z0-9]/.test(character) ? character : `&#${character.charCodeAt(0)};`
  )
}

function asPercent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
