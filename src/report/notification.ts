import type { ReleaseRecord } from '../release/record'
import { inUtc } from './when'

/** What to tell users; each ready to be passed on. Empty where nothing was released. */
export interface Notification {
  readonly title: string
  readonly text: string
  readonly html: string
}

/** What a template may name. */
export type Facts = Pick<ReleaseRecord, 'app' | 'version' | 'previousVersion' | 'appUrl' | 'releasedAt'>

const names = ['app', 'version', 'previous-version', 'app-url', 'released-at'] as const
type Name = (typeof names)[number]

/** Fills the template of the input `notification-message`. Names that it does not know stay as they are. */
export function notificationOf(record: ReleaseRecord): Notification {
  if (record.status !== 'deployed') return { title: '', text: '', html: '' }
  const values = valuesOf(record)
  const template = record.notificationMessage ?? ''
  const pieces = piecesOf(template)
  const html = pieces.map(piece => {
    if (piece.name === undefined) return withLinks(piece.text)
    const value = values[piece.name]
    return piece.name === 'app-url' && isWebAddress(value) ? anchor(value) : escapeHtml(value)
  })
  return {
    title: `${[values.app, values.version].filter(Boolean).join(' ')} is available`,
    text: filled(template, record),
    html: `<p>${html.join('').replace(/\r\n|\r|\n/g, '<br>')}</p>`
  }
}

/** A template with the facts in place of their names. */
export function filled(template: string, facts: Facts): string {
  const values = valuesOf(facts)
  return piecesOf(template)
    .map(({ name, text }) => (name === undefined ? text : values[name]))
    .join('')
}

function valuesOf({ app, version, previousVersion, appUrl, releasedAt }: Facts): Record<Name, string> {
  return {
    app: app ?? '',
    version: version ?? '',
    'previous-version': previousVersion ?? '',
    'app-url': appUrl ?? '',
    'released-at': releasedAt ? inUtc(releasedAt) : ''
  }
}

/** What a template has in braces that looks like a name and is none, each once, with its braces. */
export function unknownNames(template: string): string[] {
  const found = piecesOf(template).flatMap(({ name, text }) =>
    name === undefined ? [...text.matchAll(/\{ *[A-Za-z][A-Za-z0-9_ -]*\}/g)].map(([whole]) => whole) : []
  )
  return [...new Set(found)]
}

/** Text as it may stand in HTML, in attributes too. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
  return text.replace(/[&<>"']/g, character => entities[character] ?? character)
}

interface Piece {
  readonly text: string
  /** Undefined for what stays as it is. */
  readonly name: Name | undefined
}

function piecesOf(template: string): Piece[] {
  return template.split(/(\{[a-z-]+\})/).map(text => ({ text, name: names.find(name => text === `{${name}}`) }))
}

/** Text of the template, in which addresses can be clicked. The mark that ends a sentence is no part of one. */
function withLinks(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>"'{}]*[^\s<>"'{}.,:;!?)])/i)
    .map(part => (isWebAddress(part) ? anchor(part) : escapeHtml(part)))
    .join('')
}

function anchor(url: string): string {
  return `<a href="${escapeHtml(url)}">${escapeHtml(url)}</a>`
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text) && URL.canParse(text)
}
