import type { ReleaseRecord } from '../release/record'
import { table } from './markdown'
import { inBytes, inDigits, inTime } from './size'

/** Files, bytes, time and rate of what was done. */
export function counts(record: ReleaseRecord): string[] {
  if (
    record.command === 'drain' ||
    record.phases.length === 0 ||
    record.status === 'planned' ||
    record.status === 'skipped'
  )
    return []
  const rate = rateOf(record)
  const elapsed = (record.endedAt ?? new Date()).getTime() - record.startedAt.getTime()
  const remarks = [guarantee(record), retries(record)].filter(text => text !== '')
  return [
    '### What was done',
    table(
      ['Uploaded', 'Size', 'Rate', 'Unchanged', 'Kept', 'Deleted', 'Time'],
      [
        [
          inDigits(record.filesUploaded),
          inBytes(record.bytesUploaded),
          rate === undefined ? '–' : `${inBytes(rate)}/s`,
          inDigits(record.filesUnchanged),
          inDigits(record.filesKept),
          inDigits(record.filesDeleted),
          inTime(elapsed)
        ]
      ],
      [0, 1, 2, 3, 4, 5, 6]
    ),
    ...(remarks.length === 0 ? [] : [remarks.join(' ')])
  ]
}

/** Bytes a second over the steps that upload. They do other things too, so the lines are faster than that. */
function rateOf({ phases, bytesUploaded }: ReleaseRecord): number | undefined {
  const milliseconds = phases
    .filter(({ name }) => name === 'Stage Web API B' || name === 'Stage the cloud app')
    .reduce((sum, phase) => sum + phase.milliseconds, 0)
  return milliseconds > 0 && bytesUploaded > 0 ? (bytesUploaded * 1000) / milliseconds : undefined
}

function retries({ retries: times }: ReleaseRecord): string {
  return times === 0 ? '' : `The connection made trouble ${times === 1 ? 'once' : `${times} times`}; see the log.`
}

function guarantee({ switchGuarantee }: ReleaseRecord): string {
  if (switchGuarantee === undefined) return ''
  return switchGuarantee === 'atomic'
    ? 'Each file was replaced in one act (`atomic`).'
    : 'This server cannot replace a file in one act, so each name was missing for the time of one command (`replaced`).'
}
