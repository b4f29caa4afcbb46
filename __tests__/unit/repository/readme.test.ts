import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { notYet } from '../../../src/inputs/catalogue'

test('the tables of the README are those of action.yml', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/readme.mjs', '--check'], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

test('the README lists exactly the inputs that are refused as not available yet', () => {
  const readme = readFileSync('README.md', 'utf8')
  const list = readme.slice(readme.indexOf('<details>'), readme.indexOf('</details>'))
  const names = [...list.matchAll(/^- `([a-z-]+)`:/gm)].map(match => match[1])
  expect(names).toEqual(Object.keys(notYet))
})
