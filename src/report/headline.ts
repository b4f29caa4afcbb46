import type { ReleaseRecord } from '../release/record'

/** How it ended, in one line of plain text. */
export function headline(record: ReleaseRecord): string {
  const release = [record.app, record.version].filter(Boolean).join(' ')
  switch (record.status) {
    case 'deployed':
      return isFirstRelease(record) ? `✅ ${release} is released, for the first time` : `✅ ${release} is released`
    case 'unchanged':
      return record.reasonCode === 'already-rolled-back'
        ? `✅ ${record.previousVersion ?? 'The release'} is rolled back already; nothing to do`
        : `✅ ${release} is live already; nothing to do`
    case 'planned':
      return plannedHeadline(record, release)
    case 'skipped':
      return '⏭️ Skipped; nothing was changed'
    case 'rolled-back':
      return record.command === 'rollback'
        ? `↩️ ${[record.app, record.previousVersion].filter(Boolean).join(' ')} is rolled back`
        : `❌ ${release} was switched, and rolled back`
    default:
      return failedHeadline(record, release)
  }
}

/** Nothing was live before. */
export function isFirstRelease({ command, plan }: ReleaseRecord): boolean {
  return command !== 'rollback' && plan?.isFirstRelease === true
}

function plannedHeadline(record: ReleaseRecord, release: string): string {
  if (record.command === 'rollback') {
    return `📝 Plan for the rollback of ${record.previousVersion ?? 'a release'}; nothing was changed`
  }
  return record.isLocalPlan
    ? `📝 Plan for ${release}, of the build alone; nothing was connected to`
    : `📝 Plan for ${release}; nothing was changed`
}

function failedHeadline({ command, releasedAt, reasonCode, previousVersion }: ReleaseRecord, release: string): string {
  const isCancelled = reasonCode === 'cancelled'
  const end = isCancelled ? 'the job was cancelled' : 'the check failed'
  if (command === 'rollback') {
    const undone = previousVersion ?? 'The release'
    if (releasedAt) return `❌ ${undone} is rolled back, and ${end}`
    if (reasonCode === 'switch-incomplete') return `❌ ${undone} is rolled back in part`
    return `❌ Nothing was rolled back${isCancelled ? ': the job was cancelled' : ''}`
  }
  if (releasedAt) return `❌ ${release} was switched, and ${end}`
  return `❌ ${release || 'Nothing'} was ${release ? 'not ' : ''}released${isCancelled ? ': the job was cancelled' : ''}`
}
