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
      return record.reasonCode === 'already-rolled-back'
        ? `✅ ${record.previousVersion ?? 'The release'} is rolled back already; nothing to do`
        : `✅ ${release} is live already; nothing to do`
    case 'planned':
      return record.command === 'rollback'
        ? `📝 Plan for the rollback of ${record.previousVersion ?? 'a release'}; nothing was changed`
        : `📝 Plan for ${release}; nothing was changed`
    case 'rolled-back':
      return record.command === 'rollback'
        ? `↩️ ${[record.app, record.previousVersion].filter(Boolean).join(' ')} is rolled back`
        : `❌ ${release} was switched, and rolled back`
    default:
      return failedHeadline(record, release)
  }
}

function failedHeadline({ command, releasedAt, reasonCode, previousVersion }: ReleaseRecord, release: string): string {
  const isCancelled = reasonCode === 'cancelled'
  if (command === 'rollback') {
    const undone = previousVersion ?? 'The release'
    if (releasedAt)
      return `❌ ${undone} is rolled back, and ${isCancelled ? 'the job was cancelled' : 'the check failed'}`
    return reasonCode === 'switch-incomplete' ? `❌ ${undone} is rolled back in part` : `❌ Nothing was rolled back`
  }
  if (releasedAt) return `❌ ${release} was switched, and ${isCancelled ? 'the job was cancelled' : 'the check failed'}`
  return `❌ ${release || 'Nothing'} was ${release ? 'not ' : ''}released${isCancelled ? ': the job was cancelled' : ''}`
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
      ['', 'Before', isReached(record) ? 'After' : 'Wanted'],
      rows.map(([name, before, after]) => [name, shown(before), shown(after)])
    ),
    table(
      ['Strategy', shown(record.strategy)],
      known.map(([name, value]) => [name, shown(value)])
    )
  ]
}

function isReached({ status, command }: ReleaseRecord): boolean {
  return status !== 'failed' && (status !== 'rolled-back' || command === 'rollback')
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
    `${inDigits(record.filesUploaded)} files (${inBytes(record.bytesUploaded)}) uploaded, ${inDigits(record.filesUnchanged)} unchanged, ${inDigits(record.filesKept)} kept, ${inDigits(record.filesDeleted)} deleted, in ${inTime(elapsed)}.${retries(record)}${guarantee(record)}`,
    table(
      ['Step', 'Time', ''],
      record.phases.map(({ name, milliseconds, failed }) => [name, inTime(milliseconds), failed ? '❌' : '✔']),
      [1]
    )
  ]
}

function retries({ retries: times }: ReleaseRecord): string {
  return times === 0 ? '' : ` The connection made trouble ${times === 1 ? 'once' : `${times} times`}; see the log.`
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
  const lines = record.status === 'deployed' ? afterRelease(record) : afterRollback(record)
  return lines.length === 0 ? [] : ['### What to do next', lines.map(line => `- ${line}`).join('\n')]
}

function afterRelease(record: ReleaseRecord): string[] {
  const old = record.previousWebApiUrl
  const isSwitched = old !== undefined && old !== record.webApiUrl
  return [
    'Tell users to restart the app at their convenience; the outputs `notification-text` and `notification-html` are ready to be sent.',
    ...(isSwitched
      ? [`Keep ${code(old)} running until its last session has ended: users who have not restarted work there.`]
      : []),
    ...(record.releaseId === undefined
      ? []
      : [
          `To undo this release, run the step with \`command: rollback\` and \`release-id: ${record.releaseId}\`. Clients do not go back to an older version by themselves, so a bad app is mended by releasing a higher version.`
        ])
  ]
}

/** What clients will do is decided by them: docs/powerserver.md §4. */
function afterRollback(record: ReleaseRecord): string[] {
  if (record.status !== 'rolled-back' && record.reasonCode !== 'already-rolled-back') return []
  const isCommand = record.command === 'rollback'
  const [undone, now] = isCommand ? [record.previousVersion, record.version] : [record.version, record.previousVersion]
  const url = isCommand ? record.webApiUrl : record.previousWebApiUrl
  const isOtherVersion = undone !== now && undone !== undefined && now !== undefined
  return [
    `Clients that start from now on get ${now === undefined ? 'what they got before' : `version ${code(now)}`}${url === undefined ? '' : ` and the Web APIs ${code(url)}`}.`,
    ...(isOtherVersion
      ? [
          `Clients that have taken version ${code(undone)} in the meantime keep it: they do not go back by themselves, and work with the Web APIs above after a restart. Its files stay on the site for them. If that does not fit, release a mended app under a version higher than ${code(undone)}.`
        ]
      : [
          'Clients that have taken the new files in the meantime load the old ones at their next start, if the app is built to load all files at startup.'
        ]),
    'Users who run the app now are not interrupted; those who started on the other Web APIs stay there until they restart.'
  ]
}

/** Text in which nothing is taken for markup. An underscore inside a word is none, and may be part of a URL. */
function plain(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/[\\`*[\]<>|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\$&')
}
