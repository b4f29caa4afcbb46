import * as core from '@actions/core'
import { carryOut } from './carry-out'
import { asDeployError } from './errors'
import { endingOf } from './github/ending'
import { readTrigger } from './github/trigger'
import { Workflow } from './github/workflow'
import { isGitHubAsked, mayOnlyPlan } from './inputs/read-github'
import { RawInputs } from './inputs/raw-inputs'
import { readSettings } from './inputs/read'
import { masked, secretForms } from './inputs/secrets'
import { newRecord, type ReleaseRecord } from './release/record'
import { commentBody } from './report/comment-body'
import { headline } from './report/headline'
import { noteInputs } from './report/note-inputs'
import { report } from './report/report'
import { endedState, runnerLog } from './report/runner-log'
import { stopSignal } from './stop-signal'
import { boundMemory } from './memory'

/** How long GitHub may take to hear how a run ended; the runner kills a cancelled one soon. */
const tellingMs = 120_000
const tellingWhenCancelledMs = 4_000

/** The main step: masks secrets, reads the inputs, does what they say, and reports however it ends. */
export async function run(): Promise<void> {
  // Should this process ever end without having said how it ended, then not as a success.
  process.exitCode = core.ExitCode.Failure
  boundMemory()
  const signal = stopSignal()
  const record = newRecord(new Date())
  const log = runnerLog(record, signal)
  let forms: readonly string[] = []
  let workflow: Workflow | undefined
  try {
    const raw = new RawInputs(process.env)
    forms = secretForms(raw)
    for (const form of forms) core.setSecret(form)
    const { settings, warnings } = readSettings(raw, mayOnlyPlan(raw, process.env))
    for (const warning of warnings) log.warning(warning)
    noteInputs(record, settings, raw, process.env)
    if (isGitHubAsked(settings.gitHub)) workflow = new Workflow(readTrigger(process.env), settings.gitHub, log)
    await carryOut({ settings, log, record, signal, announce: announcing(workflow) }, workflow)
  } catch (error) {
    record.error = asDeployError(error)
    // A switch that was undone says so itself.
    if (record.status !== 'rolled-back') record.status = 'failed'
    record.reasonCode = record.error.reasonCode
  }
  record.endedAt = new Date()
  if (workflow) await tell(workflow, record, forms, signal.aborted)
  await report(record)
  core.saveState(endedState, 'true')
  // What a broken connection has left behind must not keep a cancelled job waiting.
  if (signal.aborted) process.exit()
}

function announcing(workflow: Workflow | undefined): Parameters<typeof carryOut>[0]['announce'] {
  return release => {
    // It comes to its end also when the job is cancelled: what GitHub has begun must be ended there.
    workflow?.announce(release, AbortSignal.timeout(tellingMs))
  }
}

/** Tells GitHub how the run ended. */
async function tell(
  workflow: Workflow,
  record: ReleaseRecord,
  forms: readonly string[],
  isCancelled: boolean
): Promise<void> {
  const signal = AbortSignal.timeout(isCancelled ? tellingWhenCancelledMs : tellingMs)
  const ending = endingOf(record, headline(record))
  if (ending) record.deploymentId = await workflow.end(ending, signal)
  const target = record.cloudAppAt ?? record.app
  // What a comment has to say of a release stays when its old side is drained.
  if (target === undefined || record.status === 'skipped' || record.command === 'drain') return
  await workflow.comment(target, masked(commentBody(record), forms), signal)
}
