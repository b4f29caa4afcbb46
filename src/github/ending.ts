import type { ReleaseRecord } from '../release/record'
import type { Ending } from './workflow'

/**
 * What a run means for the deployments of its environment; undefined for one that has changed nothing.
 *
 * @param text the outcome in one line
 */
export function endingOf(record: ReleaseRecord, text: string): Ending | undefined {
  const { status, command, appUrl } = record
  if (status === 'deployed') return { kind: 'released', text, appUrl }
  if (status === 'rolled-back' && command === 'rollback') {
    return {
      kind: 'undone',
      from: { releaseId: record.releaseId, version: record.previousVersion },
      to: { releaseId: undefined, version: record.version },
      target: record.cloudAppAt ?? '',
      appUrl
    }
  }
  return status === 'failed' || status === 'rolled-back' ? { kind: 'failed', text, appUrl } : undefined
}
