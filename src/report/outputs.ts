import type { ReleaseRecord } from '../release/record'
import { siteResults } from './farm'
import { notificationOf } from './notification'

/** The outputs of action.yml but `result`, by name; null is what is not known. */
export function outputsOf(record: ReleaseRecord): Record<string, string | number | null> {
  const notification = notificationOf(record)
  return {
    status: record.status ?? 'failed',
    'reason-code': record.reasonCode ?? null,
    strategy: record.strategy ?? null,
    version: record.version ?? null,
    'previous-version': record.previousVersion ?? null,
    'minimum-compatible-version': record.minimum ?? null,
    'web-api-url': record.webApiUrl ?? null,
    'previous-web-api-url': record.previousWebApiUrl ?? null,
    slot: record.slot ?? null,
    'previous-slot': record.previousSlot ?? null,
    'app-url': record.appUrl ?? null,
    'release-id': record.releaseId ?? null,
    'switch-guarantee': record.switchGuarantee ?? null,
    'files-uploaded': record.filesUploaded,
    'files-unchanged': record.filesUnchanged,
    'files-kept': record.filesKept,
    'files-deleted': record.filesDeleted,
    'bytes-uploaded': record.bytesUploaded,
    'duration-ms': (record.endedAt ?? new Date()).getTime() - record.startedAt.getTime(),
    'sessions-remaining': record.sessionsRemaining ?? null,
    'notification-title': notification.title || null,
    'notification-text': notification.text || null,
    'notification-html': notification.html || null,
    'deployment-id': record.deploymentId ?? null
  }
}

/**
 * All outputs, and the sites of a farm, as one JSON object, with names that expressions like: `fromJSON(…).webApiUrl`. docs/result.schema.json
 * describes it.
 */
export function resultOf(record: ReleaseRecord): string {
  const entries = Object.entries(outputsOf(record)).map(([name, value]) => [camelCase(name), value])
  const outputs = Object.fromEntries(entries) as Record<string, unknown>
  return JSON.stringify({ schemaVersion: 1, ...outputs, sites: siteResults(record) ?? null })
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
