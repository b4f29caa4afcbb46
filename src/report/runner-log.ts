import * as core from '@actions/core'
import type { Log } from '../release/log'
import type { ReleaseRecord } from '../release/record'
import { followProgress } from './progress'

/** The name under which the post step finds the phase that the main step had reached. */
export const phaseState = 'phase'

/** Tells the runner what a release does: log groups, annotations, and the phase for the post step. */
export function runnerLog(record: ReleaseRecord): Log {
  return {
    info: text => {
      core.info(asText(text))
    },
    warning: text => {
      record.warnings.push(text)
      core.warning(text)
    },
    phase: async (name, work) => {
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
    progress: (files, bytes) => followProgress(files, bytes, core.info)
  }
}

/** A server's words may be in the text, and the runner would obey a line that begins like one of its commands. */
function asText(text: string): string {
  return text.replace(/^(?=\s*(::|##\[))/gm, '| ')
}
