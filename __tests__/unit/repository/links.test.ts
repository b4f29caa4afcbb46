import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, test } from '@jest/globals'
import { anchorOf, documents } from './documents'

const all = documents()
const anchors = new Map(all.map(({ path, headings }) => [path, headings.map(anchorOf)]))

test.each(all.map(document => [document.path, document] as const))('links of %s lead somewhere', (path, { prose }) => {
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(match => match[1] ?? '')
  const broken = targets.filter(target => !target.startsWith('https:') && !leadsSomewhere(path, target))
  expect(broken).toEqual([])
})

test.each([...anchors])('%s has no two headings with one anchor', (_, names) => {
  expect(names).toEqual([...new Set(names)])
})

function leadsSomewhere(from: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? from : posix.join(posix.dirname(from), path)
  if (anchor === undefined) return existsSync(file)
  return anchors.get(file)?.includes(anchor) === true
}
