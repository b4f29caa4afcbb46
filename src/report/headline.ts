import type { ReleaseRecord } from '../release/record'
import { inDigits } from './size'

/** How it ended, in one line of plain text. */
export function headline(record: ReleaseRecord): string {
  const release = [record.app, record.version].filter(Boolean).join(' ')
  switch (record.status) {
    case 'deployed':
      return isFirstRelease(record) ? `✅ ${release} is released, for the first time` : `✅ ${release} is released`
    case 'drained':
      return drainedHeadline(record)
    case 'unchanged':
      if (record.reasonCode === 'already-retired') return '✅ The Web APIs before are retired already; nothing to do'
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

function drainedHeadline({ app, drain }: ReleaseRecord): string {
  const end = drain?.retiredAt === undefined ? 'have no session left' : 'are empty, and retired'
  return `✅ The Web APIs before of ${app ?? 'the app'} ${end}`
}

function plannedHeadline(record: ReleaseRecord, release: string): string {
  if (record.command === 'drain') return `📝 Plan for the drain of ${record.app ?? 'an app'}; nothing was changed`
  if (record.command === 'rollback') {
    return `📝 Plan for the rollback of ${record.previousVersion ?? 'a release'}; nothing was changed`
  }
  return record.isLocalPlan
    ? `📝 Plan for ${release}, of the build alone; nothing was connected to`
    : `📝 Plan for ${release}; nothing was changed`
}

function failedHeadline(record: ReleaseRecord, release: string): string {
  const { command, releasedAt, reasonCode, previousVersion } = record
  const isCancelled = reasonCode === 'cancelled'
  const end = isCancelled ? 'the job was cancelled' : 'the check failed'
  if (command === 'drain') return undrainedHeadline(record)
  if (command === 'rollback') {
    const undone = previousVersion ?? 'The release'
    if (releasedAt) return `❌ ${undone} is rolled back, and ${end}`
    if (reasonCode === 'switch-incomplete') return `❌ ${undone} is rolled back in part`
    return `❌ Nothing was rolled back${isCancelled ? ': the job was cancelled' : ''}`
  }
  if (releasedAt) return `❌ ${release} was switched, and ${end}`
  return `❌ ${release || 'Nothing'} was ${release ? 'not ' : ''}released${isCancelled ? ': the job was cancelled' : ''}`
}

function undrainedHeadline({ app, reasonCode, sessionsRemaining: left }: ReleaseRecord): string {
  const whose = `The Web APIs before of ${app ?? 'the app'}`
  if (reasonCode === 'sessions-remain' && left !== undefined) {
    return `❌ ${whose} still have ${left === 1 ? '1 session' : `${inDigits(left)} sessions`}`
  }
  return reasonCode === 'cancelled'
    ? `❌ ${whose} were not drained: the job was cancelled`
    : `❌ ${whose} were not drained`
}
