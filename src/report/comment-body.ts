import type { ReleaseRecord } from '../release/record'
import { fit } from './fit'
import { headline } from './headline'
import { address, code, details, fence, link, plain, table } from './markdown'
import { outcome } from './outcome'
import { planOf } from './plan-table'
import { remarks } from './remarks'
import { inBytes, inDigits, inTime } from './size'
import { undoStep } from './undo'
import { versions } from './versions'

/** GitHub takes 65,536 characters; a mark of the caller's, and a byte count that is never less than theirs, leave room. */
const limit = 65_000

/** The comment on a pull request: what its merge would release, or what it has released. Markdown for GitHub, short. */
export function commentBody(record: ReleaseRecord): string {
  return fit(
    [
      `### ${plain(headline(record))}`,
      ...outcome(record),
      ...(record.status === 'planned' ? plan(record) : result(record)),
      ...run(record)
    ],
    limit
  )
}

function plan(record: ReleaseRecord): string[] {
  const warnings = remarks({ ...record, keptDifferent: [] })
  return [
    ...versions(record),
    ...planOf(record),
    ...(warnings.length === 0 ? [] : [details('Warnings', warnings.slice(1).join('\n\n'))])
  ]
}

function result(record: ReleaseRecord): string[] {
  if (record.status === 'skipped') return []
  const isDone = record.status === 'deployed'
  // No log masks a comment, and a site or a user name may be a secret; the summary has the whole step.
  const step = isDone ? undoStep({ ...record, undoInputs: undefined }) : undefined
  const { appUrl } = record
  return [
    ...versions(record),
    ...(appUrl !== undefined && isDone ? [`App: ${address(appUrl)}`] : []),
    ...(isDone ? [countsOf(record)] : []),
    ...(step === undefined ? [] : [details('How to undo', fence('yaml', step))])
  ]
}

function countsOf(record: ReleaseRecord): string {
  const elapsed = (record.endedAt ?? new Date()).getTime() - record.startedAt.getTime()
  return table(
    ['Uploaded', 'Unchanged', 'Kept', 'Deleted', 'Time'],
    [
      [
        `${inDigits(record.filesUploaded)} (${inBytes(record.bytesUploaded)})`,
        inDigits(record.filesUnchanged),
        inDigits(record.filesKept),
        inDigits(record.filesDeleted),
        inTime(elapsed)
      ]
    ],
    [0, 1, 2, 3, 4]
  )
}

function run({ runUrl, releaseId, status }: ReleaseRecord): string[] {
  const release = releaseId !== undefined && status === 'deployed' ? `Release ${code(releaseId)}. ` : ''
  return runUrl === undefined ? [] : [`${release}${link('The run, with its log and summary', runUrl)}`]
}
