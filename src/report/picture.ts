import { isUrlBuiltIn } from '../plan/plan'
import type { ReleaseRecord } from '../release/record'
import { fence } from './markdown'

/** In characters; Mermaid breaks longer lines itself, anywhere. */
const lineWidth = 26
const mostLines = 4

/**
 * Clients, the pointer and the Web APIs, before above after, as a Mermaid flow chart. What clients reach that start is
 * drawn with thick lines.
 */
export function picture(record: ReleaseRecord): string {
  const before = record.previousWebApiUrl
  const after = record.webApiUrl ?? ''
  const isOther = before !== undefined && before !== after
  const isPlan = record.status === 'planned'
  const pointer = record.plan && isUrlBuiltIn(record.plan) ? 'version list' : 'apprun.json'
  return fence(
    'mermaid',
    [
      'flowchart TB',
      ...(before === undefined
        ? []
        : side('before', 'Before', clients('Clients that start', record.previousVersion, ''), before, pointer)),
      ...side(
        'after',
        isPlan ? 'After a deploy' : 'After',
        clients('Clients that start', record.version, isNewContent(record) ? ', new files' : ''),
        after,
        pointer,
        isOther ? [clients('Clients that run already', record.previousVersion, ''), before] : undefined
      ),
      ...(before === undefined ? [] : ['  before ~~~ after']),
      '  classDef live stroke:#2da44e,stroke-width:3px'
    ].join('\n')
  )
}

/** A replacement: the number of the version says nothing of what clients get. */
function isNewContent({ command, version, previousVersion }: ReleaseRecord): boolean {
  return command !== 'rollback' && version === previousVersion
}

function clients(who: string, version: string | undefined, what: string): string {
  return version === undefined ? who : `${who}<br>version ${label(version)}${what}`
}

function side(
  id: string,
  title: string,
  start: string,
  live: string,
  pointer: string,
  running?: readonly [string, string]
): string[] {
  return [
    `  subgraph ${id}["${title}"]`,
    '    direction LR',
    `    ${id}Clients(["${start}"]) ==> ${id}Pointer["${pointer}"] ==> ${id}Live["Web APIs<br>${label(withoutScheme(live))}"]:::live`,
    ...(running === undefined
      ? []
      : [`    ${id}Running(["${running[0]}"]) --> ${id}Old["Web APIs before<br>${label(withoutScheme(running[1]))}"]`]),
    '  end'
  ]
}

/** The table has it whole. */
function withoutScheme(url: string): string {
  return url.replace(/^https?:\/\//i, '')
}

/**
 * Text inside a quoted Mermaid label, in lines that a box can hold. Whatever could be Markdown, a directive or HTML goes
 * as an entity.
 */
function label(text: string): string {
  return lines(text.replace(/[\s\p{Cc}]+/gu, ' '))
    .map(line => line.replace(/[!-~]/g, inLabel))
    .join('<br>')
}

function inLabel(character: string): string {
  return /[A-Za-z0-9.,:/-]/.test(character) ? character : `#${character.charCodeAt(0)};`
}

/** Breaks after a mark where there is one, and cuts what would need too many lines. */
function lines(text: string): string[] {
  const broken: string[] = []
  let left = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)
  while (left.length > lineWidth && broken.length < mostLines - 1) {
    const line = left.slice(0, lineWidth)
    const ends = [line.lastIndexOf('/'), line.findLastIndex(character => '.-_?& '.includes(character))]
    const end = (ends.find(mark => mark > lineWidth / 3) ?? lineWidth - 1) + 1
    broken.push(left.slice(0, end).join(''))
    left = left.slice(end)
  }
  const isCut = left.length > lineWidth
  return [...broken, isCut ? `${left.slice(0, lineWidth - 1).join('')}…` : left.join('')]
}
