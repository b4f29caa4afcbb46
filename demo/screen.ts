import { styleText } from 'node:util'

/** How something is set off, where the terminal has colours. */
export type Style = 'bold' | 'cyan' | 'dim' | 'green' | 'red' | 'yellow'

const WIDTH = 100
const hasColours = process.stdout.isTTY && !process.env.NO_COLOR

/** Prints text, wrapped at words. */
export function print(text = '', indent = 0, style?: Style): void {
  write(text, indent, '', style)
}

/** The same for one of many lines: what is wrapped hangs further in, so that it is not taken for the next one. */
export function printItem(text: string, indent: number, style?: Style): void {
  write(text, indent, '  ', style)
}

/** A heading with an empty line above it. */
export function printHeading(text: string): void {
  print()
  print(text, 0, 'cyan')
}

/** Rows in columns as wide as their widest cell, the columns in `right` aligned to the right. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  return rows.map(row =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return right.includes(column) ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  )
}

function write(text: string, indent: number, hang: string, style: Style | undefined): void {
  const margin = ' '.repeat(indent)
  for (const line of text.split('\n')) {
    const rows = wrapped(line, WIDTH - indent, hang)
    for (const row of rows) process.stdout.write(`${margin}${styled(row, style)}`.trimEnd() + '\n')
  }
}

function styled(text: string, style: Style | undefined): string {
  return hasColours && style !== undefined ? styleText(style, text) : text
}

/** A line that fits stays as it is, its columns included. */
function wrapped(line: string, width: number, hang: string): string[] {
  if (line.length <= width) return [line]
  const rows: string[] = []
  let row = ''
  for (const word of line.split(' ')) {
    const longer = row === '' ? word : `${row} ${word}`
    if (longer.length > width && row.trim() !== '') {
      rows.push(row)
      row = `${hang}${word}`
    } else {
      row = longer
    }
  }
  return [...rows, row]
}
