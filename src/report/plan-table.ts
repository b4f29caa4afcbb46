import type { Plan } from '../plan/plan'
import { rowsOf } from '../plan/rows'
import { plain, table } from './markdown'
import { inBytes, inDigits } from './size'

const mostRows = 60

/** A plan, part by part. */
export function planTable(plan: Plan): string {
  const rows = rowsOf(plan).map(({ what, how, files, bytes }) => [
    plain(what),
    how,
    inDigits(files),
    bytes === undefined ? '–' : inBytes(bytes)
  ])
  const left = rows.length - mostRows
  const more = left > 0 ? [[`and ${inDigits(left)} more`, '', '', '']] : []
  return table(['What', 'How', 'Files', 'Size'], [...rows.slice(0, mostRows), ...more], [2, 3])
}
