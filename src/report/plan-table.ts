import type { Plan } from '../plan/plan'
import { rowsOf } from '../plan/rows'
import type { ReleaseRecord } from '../release/record'
import { plain, table } from './markdown'
import { inBytes, inDigits } from './size'

const mostRows = 60

/** The plan of a run, part by part; of a farm that of one site. */
export function planOf({ plan, members }: ReleaseRecord): string[] {
  if (!plan) return []
  const note = members ? ['This is the plan of one site. Those of the others are in the log.'] : []
  return [...note, planTable(plan)]
}

/** A plan, part by part. */
function planTable(plan: Plan): string {
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
