import * as core from '@actions/core'
import { asDeployError } from './errors'
import { RawInputs } from './inputs/raw-inputs'
import { readSettings } from './inputs/read'
import { secretForms } from './inputs/secrets'
import { mend } from './release/mend'
import { newRecord } from './release/record'
import { claimOf, endedState, phaseState, runnerLog } from './report/runner-log'
import { stopSignal } from './stop-signal'

/**
 * The post step: does what a main step that was killed could not, which is to bring the site to a whole state and let
 * the next run in. One that came to its end has done so itself.
 */
export async function post(): Promise<void> {
  const claim = claimOf()
  const phase = core.getState(phaseState)
  const isEnded = core.getState(endedState) === 'true'
  if (!isEnded && phase !== '') core.error(`The step was killed in "${phase}".`, { title: 'killed' })
  if (!claim) return
  const signal = stopSignal()
  try {
    const raw = new RawInputs(process.env)
    for (const form of secretForms(raw)) core.setSecret(form)
    const { settings } = readSettings(raw)
    const record = newRecord(new Date())
    await mend(claim, { settings, log: runnerLog(record, signal), record, signal })
  } catch (error) {
    const { message, reasonCode } = asDeployError(error)
    core.error(`${message}\nThe site could not be mended now. Run the job again: it does so before anything else.`, {
      title: reasonCode
    })
    process.exitCode = core.ExitCode.Failure
  }
  if (signal.aborted) process.exit()
}
