/** Pieces of a plot, as SVG. Colours are classes, so that they can be others on a dark page. */

const STYLE = `
text { font: 11px system-ui, sans-serif; fill: #24292f }
.page { fill: #ffffff }
.title { font-weight: 600; font-size: 13px }
.faint { fill: #6e7781 }
.grid { stroke: #d8dee4; stroke-width: 1 }
.spread { stroke: #8c959f; stroke-width: 2 }
.mark { fill: #8c959f }
.shell { fill: #ffffff; stroke: #8c959f; stroke-width: 1.5 }
.ours { fill: #0969da; stroke: #0969da }
text.ours { stroke: none; font-weight: 600 }
.guide { stroke: #8c959f; stroke-dasharray: 3 3; fill: none }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .page { fill: #0d1117 }
  .faint { fill: #8d96a0 }
  .grid { stroke: #30363d }
  .spread { stroke: #6e7681 }
  .mark { fill: #8d96a0 }
  .shell { fill: #0d1117; stroke: #8d96a0 }
  .ours { fill: #58a6ff; stroke: #58a6ff }
  .guide { stroke: #6e7681 }
}`

/** A whole picture. */
export function picture(width: number, height: number, title: string, pieces: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...pieces,
    '</svg>',
    ''
  ].join('\n')
}

/** @param anchor which end of the text stands at x */
export function text(
  x: number,
  y: number,
  content: string,
  { className = '', anchor = 'start' }: { className?: string; anchor?: 'start' | 'middle' | 'end' } = {}
): string {
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}"${classed(className)}>${escaped(content)}</text>`
}

export function line(x1: number, y1: number, x2: number, y2: number, className: string): string {
  return `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}"${classed(className)}/>`
}

export function dot(x: number, y: number, className: string): string {
  return `<circle cx="${at(x)}" cy="${at(y)}" r="4"${classed(className)}/>`
}

/** A mark that points to the right: more than that. */
export function arrow(x: number, y: number, className: string): string {
  return `<path d="M${at(x - 4)} ${at(y - 5)}l8 5l-8 5z"${classed(className)}/>`
}

/** Puts values of a range, both ends of it powers of ten, onto a length by their logarithm. */
export function logScale(values: readonly number[], from: number, to: number): LogScale {
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))
  return {
    place: value => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
    ticks: Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step))
  }
}

export interface LogScale {
  place(value: number): number
  readonly ticks: readonly number[]
}

function classed(className: string): string {
  return className === '' ? '' : ` class="${className}"`
}

function at(value: number): string {
  return String(Number(value.toFixed(1)))
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
