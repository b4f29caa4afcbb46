import type { ReleaseRecord } from '../release/record'
import { address, code, table } from './markdown'

/** What clients got before and get after it. */
export function versions(record: ReleaseRecord): string[] {
  if (record.version === undefined) return []
  const all: [string, string | undefined, string | undefined][] = [
    ['Version', record.previousVersion, record.version],
    ['Minimum compatible version', record.plan?.previousMinimum, record.minimum],
    ['Web API URL', record.previousWebApiUrl, record.webApiUrl],
    ['Slot', record.previousSlot, record.slot]
  ]
  const rows = all.filter(([, before, after]) => before !== undefined || after !== undefined)
  if (record.isLocalPlan) {
    return [
      table(
        ['', 'Wanted'],
        rows.map(([name, , wanted]) => [name, shown(wanted)])
      )
    ]
  }
  return [
    table(
      ['', 'Before', isReached(record) ? 'After' : 'Wanted'],
      rows.map(([name, before, after]) => [name, shown(before), shown(after)])
    )
  ]
}

/** What went where. */
export function places(record: ReleaseRecord): string[] {
  const { cloudAppAt, webApiAt, appUrl, releaseId } = record
  const rows: [string, string | undefined][] = [
    ['Cloud app', cloudAppAt && code(cloudAppAt)],
    ['Web API B', webApiAt && code(webApiAt)],
    ['App URL', appUrl && address(appUrl)],
    ['Release', releaseId && code(releaseId)]
  ]
  const known = rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return record.version === undefined ? [] : [table(['Strategy', shown(record.strategy)], known)]
}

function shown(value: string | undefined): string {
  return value === undefined ? '–' : code(value)
}

function isReached({ status, command }: ReleaseRecord): boolean {
  return status !== 'failed' && (status !== 'rolled-back' || command === 'rollback')
}
