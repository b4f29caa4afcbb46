import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { loginInputs } from '../../__tests__/support/hosting'
import { runAction, type Run } from '../../scripts/as-runner.mjs'
import { MEASURE, measureVariables, readResult, type Bounds } from '../measure'
import { WEB_API_URL } from '../sets'
import type { Client, Job } from './client'

const BUNDLE = 'dist/index.js'

/** The action as a runner starts it: a whole release with lock, journal and switch, without checks over HTTPS. */
export const ours: Client = {
  name: 'ours',
  variants: () => [''],
  version: async () =>
    createHash('sha256')
      .update(await readFile(BUNDLE))
      .digest('hex')
      .slice(0, 12),
  send: async (job, _variant, bounds) => {
    const run = await release(job, bounds)
    return readResult(bounds, faultOf(run))
  }
}

async function release({ server, set }: Job, bounds: Bounds): Promise<Run> {
  const inputs = {
    ...loginInputs(server),
    ...(server.privateKey === undefined ? {} : { password: '', 'private-key': server.privateKey }),
    strategy: set.changed.length > 0 ? 'replacement' : 'versioning',
    package: set.folder,
    publisher: 'never',
    'web-api-url': WEB_API_URL,
    'readiness-path': 'none'
  }
  const node = process.env.NODE_UNDER_TEST ?? process.execPath
  let stop = (): void => undefined
  try {
    return await runAction(inputs, {
      node: MEASURE,
      bundle: BUNDLE,
      env: measureVariables(bounds, node),
      onStart: kill => {
        stop = () => {
          kill('SIGTERM')
        }
        bounds.signal.addEventListener('abort', stop)
      }
    })
  } finally {
    bounds.signal.removeEventListener('abort', stop)
  }
}

function faultOf({ exitCode, outputs, log }: Run): string | undefined {
  if (exitCode === 0) return undefined
  const error = /::error[^\n]*/.exec(log)?.[0] ?? ''
  return `exit code ${exitCode ?? 'none'}, ${outputs['reason-code'] ?? 'no reason code'} ${error}`.trimEnd()
}
