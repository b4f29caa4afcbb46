import { expect, jest, test } from '@jest/globals'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runAction } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { startFaultProxy } from '../support/fault-proxy'
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

/** A far server has more under way, and all of it for longer. */
const latencyMs = 10

onLinux.each([
  ['near', 6_000, 160],
  ['far', 15_000, 180]
])('a release to a %s server, of %d files, takes less than %d MB', async (where, objects, most) => {
  const folder = await mkdtemp(join(tmpdir(), 'memory-'))
  try {
    const [preload, told] = [join(folder, 'hook.cjs'), join(folder, 'memory.json')]
    await writeFile(preload, hook)
    const server = await startSftpServer()
    await using hosting = await startHosting(where === 'near' ? server : await startFaultProxy(server, { latencyMs }))
    const build = await hosting.build('one', { objects })
    const env = { NODE_OPTIONS: `--require=${preload}`, MEMORY_OF_ACTION: told }
    const run = await runAction(hosting.inputs(build, 'a', { 'readiness-path': 'none' }), { env })
    expectSuccess(run)
    expect(Number(run.outputs['files-uploaded'])).toBeGreaterThan(objects)
    const { young, peak } = JSON.parse(await readFile(told, 'utf8')) as Memory
    expect(peak).toBeLessThan(most * MB)
    expect(young).toBeLessThanOrEqual(16 * MB)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
