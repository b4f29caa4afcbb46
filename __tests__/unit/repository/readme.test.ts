import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'

test('the tables of the README are those of action.yml', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/readme.mjs', '--check'], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})
