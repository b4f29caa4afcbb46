import { inspect } from 'node:util'
import * as core from '@actions/core'
import type { ReleaseRecord } from '../release/record'
import { outputsOf, resultOf } from './outputs'
import { headline, summaryOf } from './summary'

/** Says how a run ended: outputs, job summary, annotation of an error, exit code. */
export async function report(record: ReleaseRecord): Promise<void> {
  for (const [name, value] of Object.entries(outputsOf(record))) {
    if (value !== null) core.setOutput(name, value)
  }
  core.setOutput('result', resultOf(record))
  if (record.error) {
    core.error(`${record.error.message}\n${record.error.advice}`, { title: record.error.reasonCode })
    core.debug(inspect(record.error))
    process.exitCode = core.ExitCode.Failure
  } else {
    core.info(headline(record))
    process.exitCode = core.ExitCode.Success
  }
  await writeSummary(record)
}

/** A summary that cannot be written is a pity and no failure: the release counts. */
async function writeSummary(record: ReleaseRecord): Promise<void> {
  if (!process.env.GITHUB_STEP_SUMMARY) return
  try {
    await core.summary.addRaw(`${summaryOf(record)}\n`).write()
  } catch (error) {
    core.warning(`The job summary could not be written: ${String(error)}`)
  }
}
