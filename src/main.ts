import * as core from '@actions/core'
import { asDeployError } from './errors'
import { RawInputs } from './inputs/raw-inputs'
import { readSettings } from './inputs/read'
import { secretForms } from './inputs/secrets'
import { deploy } from './release/deploy'
import { newRecord } from './release/record'
import { rollBack } from './release/rollback'
import { report } from './report/report'
import { endedState, runnerLog } from './report/runner-log'
import { stopSignal } from './stop-signal'

/** The main step: masks secrets, reads the inputs, does what they say, and reports however it ends. */
export async function run(): Promise<void> {
  // Should this process ever end without having said how it ended, then not as a success.
  process.exitCode = core.ExitCode.Failure
  const signal = stopSignal()
  const record = newRecord(new Date())
  const log = runnerLog(record, signal)
  try {
    const raw = new RawInputs(process.env)
    for (const form of secretForms(raw)) core.setSecret(form)
    const { settings, warnings } = readSettings(raw)
    for (const warning of warnings) log.warning(warning)
    if (settings.command === 'deploy') {
      record.strategy = settings.strategy
      record.webApiUrl = settings.webApiUrl
    }
    record.command = settings.command
    record.appUrl = settings.appUrl
    record.notificationMessage = settings.notificationMessage
    await (settings.command === 'rollback' ? rollBack : deploy)({ settings, log, record, signal })
  } catch (error) {
    record.error = asDeployError(error)
    // A switch that was undone says so itself.
    if (record.status !== 'rolled-back') record.status = 'failed'
    record.reasonCode = record.error.reasonCode
  }
  record.endedAt = new Date()
  await report(record)
  core.saveState(endedState, 'true')
  // What a broken connection has left behind must not keep a cancelled job waiting.
  if (signal.aborted) process.exit()
}
