import * as core from '@actions/core'
import { asDeployError } from './errors'
import { RawInputs } from './inputs/raw-inputs'
import { readSettings } from './inputs/read'
import { secretForms } from './inputs/secrets'
import { deploy } from './release/deploy'
import { newRecord } from './release/record'
import { report } from './report/report'
import { phaseState, runnerLog } from './report/runner-log'

/** The main step: masks secrets, reads the inputs, deploys, and reports however it ends. */
export async function run(): Promise<void> {
  const record = newRecord(new Date())
  const log = runnerLog(record)
  try {
    const raw = new RawInputs(process.env)
    for (const form of secretForms(raw)) core.setSecret(form)
    const { settings, warnings } = readSettings(raw)
    for (const warning of warnings) log.warning(warning)
    record.strategy = settings.strategy
    record.webApiUrl = settings.webApiUrl
    record.appUrl = settings.appUrl
    record.notificationMessage = settings.notificationMessage
    await deploy(settings, log, record)
  } catch (error) {
    record.error = asDeployError(error)
    record.status = 'failed'
    record.reasonCode = record.error.reasonCode
  }
  record.endedAt = new Date()
  await report(record)
  core.saveState(phaseState, 'done')
}
