import type { ReleaseRecord } from './record'

/**
 * Puts what is known of the members of a farm into the record of the run: sums, and what the release replaces as the first
 * web server that it replaces something on tells it.
 */
export function gather(record: ReleaseRecord): void {
  const { members } = record
  if (!members) return
  const records = members.map(member => member.record)
  const sum = (count: (of: ReleaseRecord) => number): number => records.reduce((total, each) => total + count(each), 0)
  record.filesUploaded = sum(each => each.filesUploaded)
  record.bytesUploaded = sum(each => each.bytesUploaded)
  record.filesUnchanged = sum(each => each.filesUnchanged)
  record.filesKept = sum(each => each.filesKept)
  record.filesDeleted = sum(each => each.filesDeleted)
  record.retries += sum(each => each.retries)
  const first = records.find(({ plan, status }) => plan && status !== 'unchanged') ?? records.find(({ plan }) => plan)
  record.plan = first?.plan
  record.previousVersion ??= first?.previousVersion
  record.previousWebApiUrl ??= first?.previousWebApiUrl
  const guarantees = records.flatMap(({ switchGuarantee }) => switchGuarantee ?? [])
  record.switchGuarantee = guarantees.find(guarantee => guarantee === 'replaced') ?? guarantees[0]
  for (const {
    name,
    record: { keptDifferent }
  } of members) {
    record.keptDifferent.push(...keptDifferent.map(path => `${name}: ${path}`))
  }
}
