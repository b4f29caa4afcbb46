import * as core from '@actions/core'
import { phaseNames } from './release/log'
import { phaseState } from './report/runner-log'

/**
 * The post step: says what a main step that was killed leaves behind. One that came to its end, well or badly, has
 * said so itself.
 */
export function post(): void {
  const phase = core.getState(phaseState)
  if (phase === 'done' || phase === '') return
  const isSwitched = phaseNames.findIndex(name => name === phase) >= phaseNames.indexOf('Switch')
  core.error(
    isSwitched
      ? 'The step was killed while it switched, or after. Clients may meet files of both releases: run the job again now.'
      : `The step was killed before the switch (at "${phase}"). Clients see nothing of it; the next run replaces what was uploaded.`,
    { title: 'killed' }
  )
}
