import { expect } from '@jest/globals'
import type { Run } from '../../scripts/as-runner.mjs'

/** A run that went well; else what it printed, which tells more than its exit code. */
export function expectSuccess(run: Run): void {
  expect(run.exitCode === 0 ? '' : run.log).toBe('')
}
