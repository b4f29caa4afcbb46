import { rowsOf } from '../plan/rows'
import type { ReleaseRecord, Status } from '../release/record'
import { code, table } from './markdown'
import { inBytes, inDigits } from './size'

/** What became of one site of a farm, as the output `result` has it. */
export interface SiteResult {
  readonly name: string
  readonly status: Status
  readonly previousVersion: string | null
  readonly filesUploaded: number
  readonly filesUnchanged: number
  readonly filesKept: number
  readonly filesDeleted: number
  readonly bytesUploaded: number
}

/** The sites of a farm; undefined where there is one site of each kind. */
export function siteResults({ members, status = 'failed' }: ReleaseRecord): SiteResult[] | undefined {
  return members?.map(({ name, record }) => ({
    name,
    status: record.status ?? status,
    previousVersion: record.previousVersion ?? null,
    filesUploaded: record.filesUploaded,
    filesUnchanged: record.filesUnchanged,
    filesKept: record.filesKept,
    filesDeleted: record.filesDeleted,
    bytesUploaded: record.bytesUploaded
  }))
}

/** The sites of a farm, a row each. */
export function farm(record: ReleaseRecord): string[] {
  const results = siteResults(record)
  if (!results || record.status === 'skipped') return []
  const isPlan = record.status === 'planned'
  const rows = results.map((site, index) => {
    const planned = isPlan ? plannedAt(record, index) : undefined
    return [
      code(site.name),
      site.previousVersion === null ? '–' : code(site.previousVersion),
      inDigits(planned?.files ?? site.filesUploaded),
      inBytes(planned?.bytes ?? site.bytesUploaded),
      inDigits(site.filesUnchanged),
      inDigits(site.filesKept),
      inDigits(site.filesDeleted),
      said[site.status]
    ]
  })
  return [
    '### Sites',
    table(
      ['Site', 'Before', isPlan ? 'To upload' : 'Uploaded', 'Size', 'Unchanged', 'Kept', 'Deleted', ''],
      rows,
      [2, 3, 4, 5, 6]
    )
  ]
}

function plannedAt({ members }: ReleaseRecord, index: number): { files: number; bytes: number } | undefined {
  const plan = members?.[index]?.record.plan
  const all = plan && rowsOf(plan).find(({ what }) => what === 'All uploads')
  return all && { files: all.files, bytes: all.bytes ?? 0 }
}

const said: Record<Status, string> = {
  deployed: '✔ released',
  unchanged: '✔ has it already',
  planned: 'planned',
  skipped: 'skipped',
  'rolled-back': '↩ as before',
  drained: '✔ drained',
  failed: '❌ not released'
}
