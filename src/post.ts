import * as core from '@actions/core'
import { asDeployError, messageOf } from './errors'
import { GitHub } from './github/client'
import { Deployment, type DeploymentState } from './github/deployment'
import { readTrigger } from './github/trigger'
import { RawInputs } from './inputs/raw-inputs'
import { readSettings } from './inputs/read'
import { secretForms } from './inputs/secrets'
import type { ClaimNote } from './release/claim'
import { mend } from './release/mend'
import { newRecord } from './release/record'
import { claimOf, deploymentOf, endedState, phaseState, runnerLog } from './report/runner-log'
import { stopSignal } from './stop-signal'

/** How long GitHub may take to hear that the step was killed. */
const deploymentMs = 10_000

/**
 * The post step: does what a main step that was killed could not, which is to bring the site to a whole state, let the
 * next run in, and end the deployment on GitHub. One that came to its end has done so itself.
 */
export async function post(): Promise<void> {
  const claim = claimOf()
  const deployment = deploymentOf()
  const phase = core.getState(phaseState)
  const isEnded = core.getState(endedState) === 'true'
  if (!isEnded && phase !== '') core.error(`The step was killed in "${phase}".`, { title: 'killed' })
  if (!claim && (isEnded || !deployment)) return
  const signal = stopSignal()
  const raw = new RawInputs(process.env)
  for (const form of secretForms(raw)) core.setSecret(form)
  if (claim) await mendSite(claim, raw, signal)
  if (deployment && !isEnded) await failDeployment(deployment, `The step was killed in "${phase}".`, raw)
  if (signal.aborted) process.exit()
}

async function mendSite(claim: ClaimNote, raw: RawInputs, signal: AbortSignal): Promise<void> {
  try {
    const { settings } = readSettings(raw)
    const record = newRecord(new Date())
    await mend(claim, { settings, log: runnerLog(record, signal), record, signal, announce: () => undefined })
  } catch (error) {
    const { message, reasonCode } = asDeployError(error)
    core.error(`${message}\nThe site could not be mended now. Run the job again: it does so before anything else.`, {
      title: reasonCode
    })
    process.exitCode = core.ExitCode.Failure
  }
}

/** What the main step has begun on GitHub would be in progress for ever. */
async function failDeployment(state: DeploymentState, text: string, raw: RawInputs): Promise<void> {
  try {
    const token = raw.verbatim('github-token')?.trim() ?? ''
    const github = new GitHub(token, readTrigger(process.env), { signal: AbortSignal.timeout(deploymentMs) })
    await new Deployment(github, state).fail(text)
  } catch (error) {
    core.warning(`The deployment on GitHub could not be brought to its end: ${messageOf(error)}`)
  }
}
