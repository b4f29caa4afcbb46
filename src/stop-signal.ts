import { setMaxListeners } from 'node:events'
import { DeployError } from './errors'

/**
 * Aborts, with a DeployError `cancelled`, when the runner cancels the job: it sends SIGINT, after 7.5 s SIGTERM, and kills
 * 2.5 s later (docs.github.com, "Workflow cancellation").
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  // Dozens of operations wait for it side by side.
  setMaxListeners(0, controller.signal)
  // On Windows the second signal is Ctrl-Break.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) {
    process.on(name, () => {
      controller.abort(
        new DeployError(
          'cancelled',
          `The job was cancelled (${name}).`,
          'Run the job again when you want the release: what is on the site already is not sent again.'
        )
      )
    })
  }
  return controller.signal
}
