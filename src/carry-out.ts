import type { Workflow } from './github/workflow'
import { deploy } from './release/deploy'
import { drain } from './release/drain'
import { planBuild } from './release/read-build'
import { rollBack } from './release/rollback'
import type { Run } from './release/run'

/**
 * Does what the inputs say, as far as the gate lets it.
 *
 * @param workflow undefined where nothing of GitHub is asked for
 * @throws DeployError
 */
export async function carryOut(run: Run, workflow: Workflow | undefined): Promise<void> {
  const { settings, log, record, signal } = run
  const isGated = settings.gitHub.gate !== undefined
  const passage = isGated ? await log.phase('Ask the gate', async () => workflow?.admit(signal)) : undefined
  if (passage) {
    const { text, reasonCode, pullRequest } = passage
    log.info(text)
    record.gate = { text, pullRequest, reasonCode: passage.action === 'skip' ? reasonCode : undefined }
  }
  if (passage?.action === 'skip') {
    record.status = 'skipped'
    record.reasonCode = passage.reasonCode
    return
  }
  const isPlan = passage?.action === 'plan'
  await command(isPlan ? { ...run, settings: { ...settings, dryRun: true } } : run)
  if (isPlan && record.status === 'planned') record.reasonCode = passage.reasonCode
}

function command(run: Run): Promise<void> {
  if (run.settings.isBuildOnly) return planBuild(run)
  const commands = { deploy, rollback: rollBack, drain }
  return commands[run.settings.command](run)
}
