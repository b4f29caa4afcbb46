import { inspect } from 'node:util'
import * as core from '@actions/core'
import type { Plan } from '../plan/plan'
import type { ReleaseRecord } from '../release/record'
import { outputsOf, resultOf } from './outputs'
import { planRows, summaryOf } from './summary'

/** Says how a run ended: outputs, job summary, annotation of an error, exit code. */
export async function report(record: ReleaseRecord): Promise<void> {
  if (record.plan && record.status === 'planned') printPlan(record.plan)
  for (const [name, value] of Object.entries(outputsOf(record))) {
    if (value !== null) core.setOutput(name, value)
  }
  core.setOutput('result', resultOf(record))
  if (record.error) {
    core.error(`${record.error.message}\n${record.error.advice}`, { title: record.error.reasonCode })
    core.debug(inspect(record.error))
    process.exitCode = core.ExitCode.Failure
  }
  await writeSummary(record)
}

function printPlan(plan: Plan): void {
  const rows = planRows(plan).map(cells => cells.map(cell => cell.replaceAll('`', '')))
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(cells => cells[column]?.length ?? 0)))
  core.info('Plan (nothing was changed):')
  for (const [what = '', how = '', files = '', size = ''] of rows) {
    core.info(
      `  ${what.padEnd(widths[0] ?? 0)}  ${how.padEnd(widths[1] ?? 0)}  ${files.padStart(widths[2] ?? 0)}  ${size}`
    )
  }
}

/** A summary that cannot be written is a pity and no failure: the release counts (design §7). */
async function writeSummary(record: ReleaseRecord): Promise<void> {
  if (!process.env.GITHUB_STEP_SUMMARY) return
  try {
    await core.summary.addRaw(`${summaryOf(record)}\n`).write()
  } catch (error) {
    core.warning(`The job summary could not be written: ${String(error)}`)
  }
}
