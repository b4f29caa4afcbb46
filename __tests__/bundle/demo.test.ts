import { expect, jest, test } from '@jest/globals'
import { exec } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The demo as the README has people start it. */
jest.setTimeout(180_000)

test('npm run demo releases before the eyes of clients, and cleans up', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'demo-'))
  try {
    const { exitCode, output } = await npmRunDemo(temporary)

    expect(exitCode === 0 ? '' : output).toBe('')
    expect(output).toMatch(/^ +\d+ {2,}1\.05 +A +build 1$/m)
    expect(output).toMatch(/^ +\d+ {2}Switch$/m)
    expect(output).toMatch(/^ +\d+ {2,}1\.06 +B +build 2$/m)
    expect(output).toMatch(/^ +\d+ {2,}1\.06 +A +build 3$/m)
    expect(output.match(/ok +Release \d: \d+ clients started, and no answer was broken/g)).toHaveLength(2)
    expect(output).toContain('warning: web-api-url')
    expect(output).not.toMatch(/NOT OK|::/)
    expect(output).not.toContain('\u001b')
    expect(output.split('\n').filter(line => line.length > 100)).toEqual([])
    expect(await readFile('.hot-deploy/demo-summary.md', 'utf8')).toContain('1.06 is released')
    expect(await readdir(temporary)).toEqual([])
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
})

/** @param temporary what the demo takes for the folder of temporary files */
function npmRunDemo(temporary: string): Promise<{ exitCode: number | null; output: string }> {
  const env = { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary }
  return new Promise(resolve => {
    let output = ''
    const child = exec('npm run --silent demo', { env })
    child.stdout?.on('data', (text: string) => (output += text))
    child.stderr?.on('data', (text: string) => (output += text))
    child.on('close', exitCode => {
      resolve({ exitCode, output })
    })
  })
}
