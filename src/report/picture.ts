import type { ReleaseRecord } from '../release/record'

/**
 * Clients, `apprun.json` and the two Web APIs, before and after, as a Mermaid flow chart. What clients reach is drawn
 * with thick lines.
 */
export function picture(record: ReleaseRecord): string {
  const before = record.previousWebApiUrl
  const after = record.webApiUrl ?? ''
  const isNew = before !== undefined && before !== after
  return [
    '```mermaid',
    'flowchart LR',
    ...(before === undefined ? [] : side('before', 'Before', record.previousVersion, before, undefined)),
    ...side(
      'after',
      record.status === 'planned' ? 'After a deploy' : 'After',
      record.version,
      after,
      isNew ? before : undefined
    ),
    ...(before === undefined ? [] : ['  before ~~~ after']),
    '```'
  ].join('\n')
}

function side(
  id: string,
  title: string,
  version: string | undefined,
  live: string,
  idle: string | undefined
): string[] {
  const clients = version === undefined ? 'Clients' : `Clients that start<br>version ${label(version)}`
  return [
    `  subgraph ${id}["${title}"]`,
    '    direction LR',
    `    ${id}Clients(["${clients}"]) ==> ${id}Pointer["apprun.json"] ==> ${id}Live["Web APIs<br>${label(live)}"]`,
    ...(idle === undefined
      ? []
      : [`    ${id}Running(["Clients that run already"]) --> ${id}Old["Web APIs before<br>${label(idle)}"]`]),
    '  end'
  ]
}

/** Text inside a quoted Mermaid label. */
function label(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/&/g, '#amp;')
    .replace(/"/g, '#quot;')
    .replace(/</g, '#lt;')
    .replace(/>/g, '#gt;')
}
