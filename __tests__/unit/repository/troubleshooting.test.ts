import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { reasonCodes } from '../../../src/errors'

test('troubleshooting has one entry for each reason code, in their order, and no other', () => {
  const text = readFileSync('docs/troubleshooting.md', 'utf8')
  const entries = [...text.matchAll(/^## `(.+)`$/gm)].map(match => match[1])
  expect(entries).toEqual([...reasonCodes])
})

test('each entry says what happened, why, and what to do', () => {
  const text = readFileSync('docs/troubleshooting.md', 'utf8')
  const entries = text.split(/^## /m).filter(entry => entry.startsWith('`'))
  const parts = ['**What happened.**', '**Why.**', '**What to do.**']
  const incomplete = entries.filter(entry => !parts.every(part => entry.includes(part)))
  expect(incomplete).toEqual([])
})
