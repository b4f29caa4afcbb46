import { expect, jest, test } from '@jest/globals'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runAction } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { startHosting } from '../support/hosting'
import { startSftpServer } from '../support/sftp-server'

jest.setTimeout(120_000)

const MB = 1024 * 1024

/** Loaded by the action's process before the bundle: says at its end what memory it has taken. */
const hook = `
const { getHeapSpaceStatistics } = require('node:v8')
process.on('exit', () => {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size
  const { readFileSync, writeFileSync } = require('node:fs')
  // Not maxRSS, in which is what the process that has started this one had.
  const peak = Number(/VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
  writeFileSync(process.env.MEMORY_OF_ACTION, JSON.stringify({ young, peak }))
})
`

/** Where a process can be asked for its peak. */
const onLinux = process.platform === 'linux' ? test : test.skip

interface Memory {
  readonly young: number
  readonly peak: number
}

onLinux('a release of 6,000 files takes less than 200 MB, and its young generation stays small', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'memory-'))
  try {
    const [preload, told] = [join(folder, 'hook.cjs'), join(folder, 'memory.json')]
    await writeFile(preload, hook)
    await using hosting = await startHosting(await startSftpServer())
    const build = await hosting.build('one', { objects: 6_000 })
    const env = { NODE_OPTIONS: `--require=${preload}`, MEMORY_OF_ACTION: told }
    const run = await runAction(hosting.inputs(build, 'a', { 'readiness-path': 'none' }), { env })
    expectSuccess(run)
    expect(Number(run.outputs['files-uploaded'])).toBeGreaterThan(6_000)
    const { young, peak } = JSON.parse(await readFile(told, 'utf8')) as Memory
    expect(peak).toBeLessThan(200 * MB)
    expect(young).toBeLessThanOrEqual(16 * MB)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
