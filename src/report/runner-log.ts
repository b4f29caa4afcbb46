import * as core from '@actions/core'
import type { Plan } from '../plan/plan'
import { rowsOf } from '../plan/rows'
import type { Log } from '../release/log'
import type { ReleaseRecord } from '../release/record'
import { followProgress } from './progress'
import { inBytes, inDigits } from './size'

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
    plan: plan => {
      for (const line of planLines(plan)) core.info(line)
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
