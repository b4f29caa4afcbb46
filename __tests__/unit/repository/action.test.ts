import { expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

test('declares Node 24, and brings what it starts', async () => {
  const { runs } = parse(await readFile('action.yml', 'utf8')) as { runs: Record<string, string> }
  expect(runs.using).toBe('node24')
  // A job that is cancelled or fails has the site mended too.
  expect(runs['post-if']).toBe('always()')
  expect([runs.main, runs.post].map(file => existsSync(file ?? ''))).toEqual([true, true])
})
