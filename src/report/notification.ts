import type { ReleaseRecord } from '../release/record'

/** What to tell users; each ready to be passed on. Empty where nothing was released. */
export interface Notification {
  readonly title: string
  readonly text: string
  readonly html: string
}

/** Fills the template of the input `notification-message`. Names that it does not know stay as they are. */
export function notificationOf(record: ReleaseRecord): Notification {
  if (record.status !== 'deployed') return { title: '', text: '', html: '' }
  const values: Record<string, string> = {
    app: record.app ?? '',
    version: record.version ?? '',
    'previous-version': record.previousVersion ?? '',
    'app-url': record.appUrl ?? '',
    'released-at': record.releasedAt?.toISOString() ?? ''
  }
  const text = (record.notificationMessage ?? '').replace(
    /\{([a-z-]+)\}/g,
    (whole, name: string) => (Object.hasOwn(values, name) ? values[name] : undefined) ?? whole
  )
  const lines = text.split(/\r\n|\n/).map(escapeHtml)
  return {
    title: `${values.app ?? ''} ${values.version ?? ''} is available`,
    text,
    html: `<p>${lines.join('<br>')}</p>`
  }
}

/** Text as it may stand in HTML, in attributes too. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
  return text.replace(/[&<>"']/g, character => entities[character] ?? character)
}
