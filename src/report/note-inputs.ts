import type { RawInputs } from '../inputs/raw-inputs'
import type { Settings } from '../inputs/settings'
import type { ReleaseRecord } from '../release/record'
import { thisRun } from '../release/this-run'
import { undoInputsOf } from './undo'

/** Notes what the report tells of the inputs, and of the run. */
export function noteInputs(
  record: ReleaseRecord,
  settings: Settings,
  raw: RawInputs,
  environment: NodeJS.ProcessEnv
): void {
  if (settings.command === 'deploy') {
    record.strategy = settings.strategy
    record.webApiUrl = settings.webApiUrl || undefined
    record.undoInputs = undoInputsOf(name => raw.text(name))
  }
  record.command = settings.command
  record.appUrl = settings.appUrl
  record.notificationMessage = settings.notificationMessage
  record.runUrl = thisRun(environment).runUrl
  const { GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = environment
  if (repository && ref) record.actionRef = `${repository}@${ref}`
}
