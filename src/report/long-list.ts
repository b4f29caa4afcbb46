import { details } from './markdown'
import { inDigits } from './size'

const shown = 10
const folded = 200
const longest = 1000

/** A list of Markdown items: the first ones in sight, more of them folded away, and the rest as a number. */
export function longList(items: readonly string[]): string {
  const visible = bullets(items.slice(0, shown))
  if (items.length <= shown) return visible
  const more = items.slice(shown, shown + folded)
  const left = items.length - shown - more.length
  const rest = left === 0 ? [] : [`- and ${inDigits(left)} more, which the log has`]
  return `${visible}\n\n${details(`${inDigits(items.length - shown)} more`, [bullets(more), ...rest].join('\n'))}`
}

/** A text, cut where it is longer than anybody reads. It is cut before it becomes Markdown, so that no mark is halved. */
export function cut(text: string, most = longest): string {
  if (text.length <= most) return text
  // Half of a surrogate pair is no character.
  return `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')} …`
}

function bullets(items: readonly string[]): string {
  return items.map(item => `- ${item}`).join('\n')
}
