import * as core from '@actions/core'
import type { DeploymentState } from '../github/deployment'
import type { WorkflowLog } from '../github/workflow'
import type { Plan } from '../plan/plan'
import { rowsOf } from '../plan/rows'
import type { ClaimNote } from '../release/claim'
import type { Log } from '../release/log'
import type { ReleaseRecord } from '../release/record'
import { followProgress } from './progress'
import { inBytes, inDigits } from './size'

/** The names under which the post step finds the phase that the main step had reached, and whether it came to its end. */
export const phaseState = 'phase'
export const endedState = 'ended'
const claimState = 'claim'
const deploymentState = 'deployment'

/** What the main step has locked and not let go; undefined for nothing. */
export function claimOf(): ClaimNote | undefined {
  const text = core.getState(claimState)
  return text === '' ? undefined : (JSON.parse(text) as ClaimNote)
}

/** The GitHub deployment that the main step has begun and not ended; undefined for none. */
export function deploymentOf(): DeploymentState | undefined {
  const text = core.getState(deploymentState)
  return text === '' ? undefined : (JSON.parse(text) as DeploymentState)
}

/**
 * Tells the runner what a release does: log groups, annotations, and the phase for the post step.
 *
 * @param signal after which no further phase begins
 */
export function runnerLog(record: ReleaseRecord, signal: AbortSignal): Log & WorkflowLog {
  return {
    info: text => {
      core.info(asText(text))
    },
    warning: text => {
      record.warnings.push(text)
      core.warning(text)
    },
    plan: plan => {
      for (const line of planLines(plan)) core.info(line)
    },
    remember: claim => {
      core.saveState(claimState, claim ? JSON.stringify(claim) : '')
    },
    rememberDeployment: state => {
      core.saveState(deploymentState, state ? JSON.stringify(state) : '')
    },
    phase: async (name, work) => {
      // What undoes may begin after the run was told to stop, and nothing else.
      if (name !== 'Undo the switch') signal.throwIfAborted()
      const started = Date.now()
      const note = (failed: boolean): void => {
        record.phases.push({ name, milliseconds: Date.now() - started, failed })
      }
      core.saveState(phaseState, name)
      core.startGroup(name)
      try {
        const result = await work()
        note(false)
        return result
      } catch (error) {
        note(true)
        throw error
      } finally {
        core.endGroup()
      }
    },
    progress: (what, files, bytes) => followProgress(what, files, bytes, core.info)
  }
}

function planLines(plan: Plan): string[] {
  const rows = rowsOf(plan).map(({ what, how, files, bytes }) => ({
    what,
    how,
    files: inDigits(files),
    size: bytes === undefined ? '' : inBytes(bytes)
  }))
  const width = (column: keyof (typeof rows)[number]): number => Math.max(...rows.map(row => row[column].length))
  const [what, how, files, size] = [width('what'), width('how'), width('files'), width('size')]
  return rows.map(row => {
    const cells = [row.what.padEnd(what), row.how.padEnd(how), row.files.padStart(files), row.size.padStart(size)]
    return `  ${cells.join('  ')}`.trimEnd()
  })
}

/** A server's words may be in the text, and the runner would obey a line that begins like one of its commands. */
function asText(text: string): string {
  // The older form of a command counts anywhere in a line.
  return text.replace(/^(?=\s*::)/gm, '| ').replaceAll('##[', '# #[')
}
