import { rowsOf } from '../plan/rows'
import type { ReleaseRecord } from '../release/record'
import { code, table } from './markdown'
import { picture } from './picture'
import { inBytes, inDigits, inTime } from './size'

/** The job summary, as Markdown for GitHub. */
export function summaryOf(record: ReleaseRecord): string {
  return [
    `## ${plain(headline(record))}`,
    ...failure(record),
    ...pictureOf(record),
    ...where(record),
    ...planned(record),
    ...counts(record),
    ...kept(record),
    ...warnings(record),
    ...next(record)
  ].join('\n\n')
}

/** How it ended, in one line of plain text. */
export function headline(record: ReleaseRecord): string {
  const release = [record.app, record.version].filter(Boolean).join(' ')
  switch (record.status) {
    case 'deployed':
      return `✅ ${release} is released`
    case 'unchanged':
      return `✅ ${release} is live already; nothing to do`
    case 'planned':
      return `📝 Plan for ${release}; nothing was changed`
    default:
      return record.releasedAt
        ? `❌ ${release} was switched, and the check failed`
        : `❌ ${release || 'Nothing'} was ${release ? 'not ' : ''}released`
  }
}

function failure({ error, phases }: ReleaseRecord): string[] {
  if (!error) return []
  const phase = phases.find(({ failed }) => failed)?.name
  return [
    [
      `> [!CAUTION]`,
      ...error.message.split('\n').map(line => `> ${plain(line)}`),
      `>`,
      ...error.advice.split('\n').map(line => `> **What to do:** ${plain(line)}`),
      `>`,
      `> Reason code ${code(error.reasonCode)}${phase === undefined ? '' : `, in the step “${phase}”`}.`
    ].join('\n')
  ]
}

function pictureOf(record: ReleaseRecord): string[] {
  const isKnown = record.plan !== undefined && record.webApiUrl !== undefined
  return isKnown && (record.status === 'deployed' || record.status === 'planned') ? [picture(record)] : []
}

function where(record: ReleaseRecord): string[] {
  const rows: [string, string | undefined, string | undefined][] = [
    ['Version', record.previousVersion, record.version],
    ['Minimum compatible version', record.plan?.previousMinimum, record.minimum],
    ['Web API URL', record.previousWebApiUrl, record.webApiUrl]
  ]
  if (record.version === undefined) return []
  const shown = (value: string | undefined): string => (value === undefined ? '–' : code(value))
  const places: [string, string | undefined][] = [
    ['Cloud app', record.cloudAppAt],
    ['Web API B', record.webApiAt],
    ['App URL', record.appUrl]
  ]
  const known = places.filter(([, value]) => value !== undefined)
  return [
    table(
      ['', 'Before', record.status === 'failed' ? 'Wanted' : 'After'],
      rows.map(([name, before, after]) => [name, shown(before), shown(after)])
    ),
    table(
      ['Strategy', shown(record.strategy)],
      known.map(([name, value]) => [name, shown(value)])
    )
  ]
}

function planned({ plan, status }: ReleaseRecord): string[] {
  if (!plan || status === 'unchanged') return []
  return [
    status === 'planned' ? '### The plan' : '### What was planned',
    table(
      ['What', 'How', 'Files', 'Size'],
      rowsOf(plan).map(({ what, how, files, bytes }) => [
        plain(what),
        how,
        inDigits(files),
        bytes === undefined ? '–' : inBytes(bytes)
      ]),
      [2, 3]
    )
  ]
}

function counts(record: ReleaseRecord): string[] {
  if (record.phases.length === 0) return []
  const elapsed = (record.endedAt ?? new Date()).getTime() - record.startedAt.getTime()
  return [
    '### What was done',
    `${inDigits(record.filesUploaded)} files (${inBytes(record.bytesUploaded)}) uploaded, ${inDigits(record.filesUnchanged)} unchanged, ${inDigits(record.filesKept)} kept, in ${inTime(elapsed)}.${guarantee(record)}`,
    table(
      ['Step', 'Time', ''],
      record.phases.map(({ name, milliseconds, failed }) => [name, inTime(milliseconds), failed ? '❌' : '✔']),
      [1]
    )
  ]
}

function guarantee({ switchGuarantee }: ReleaseRecord): string {
  if (switchGuarantee === undefined) return ''
  return switchGuarantee === 'atomic'
    ? ' Each file was replaced in one act (`atomic`).'
    : ' This server cannot replace a file in one act, so each name was missing for the time of one command (`replaced`).'
}

function kept({ keptDifferent }: ReleaseRecord): string[] {
  if (keptDifferent.length === 0) return []
  return [
    '### Protected files that differ from the build',
    `They were kept as they are on the server. Look whether the new build brings settings that they lack.`,
    keptDifferent.map(path => `- ${code(path)}`).join('\n')
  ]
}

function warnings({ warnings: all }: ReleaseRecord): string[] {
  if (all.length === 0) return []
  return ['### Warnings', all.map(text => `- ${plain(text).replace(/\n/g, '\n  ')}`).join('\n')]
}

function next(record: ReleaseRecord): string[] {
  if (record.status !== 'deployed') return []
  const old = record.previousWebApiUrl
  return [
    '### What to do next',
    [
      '- Tell users to restart the app at their convenience; the outputs `notification-text` and `notification-html` are ready to be sent.',
      ...(old === undefined || old === record.webApiUrl
        ? []
        : [
            `- Keep ${code(old)} running until its last session has ended: users who have not restarted work there.`,
            `- If something is wrong with the new Web APIs, put ${code(old)} back as \`web_api\` into \`apprun.json\`. Clients do not go back to an older version by themselves, so mend a bad app by releasing a higher version.`
          ])
    ].join('\n')
  ]
}

/** Text in which nothing is taken for markup. An underscore inside a word is none, and may be part of a URL. */
function plain(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/[\\`*[\]<>|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\$&')
}
