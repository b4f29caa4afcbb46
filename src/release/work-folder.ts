import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mkdirP, rmRF } from '@actions/io'

/** An empty folder on the runner for the time of a run. */
export async function workFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  // RUNNER_TEMP is emptied by the runner, should this process not live to do it.
  const path = join(process.env.RUNNER_TEMP ?? tmpdir(), `hot-deploy-${randomUUID()}`)
  await mkdirP(path)
  const remove = async (): Promise<void> => {
    // A file that is held open for a moment must not turn a release into a failure.
    await rmRF(path).catch(() => undefined)
  }
  return { path, [Symbol.asyncDispose]: remove }
}
