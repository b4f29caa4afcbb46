import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { picture } from '../../../src/report/picture'
import { record } from './records'

/** What breaks out of labels, or is a directive, Markdown or HTML in them. */
const unit = fc.constantFrom(
  ...Array.from('"%{}[]()<>&#;`|*_\\\n\r -=~:/.a1'),
  '%%{init: {"theme":"dark"}}%%',
  'end',
  'ü',
  '👩‍👩‍👧',
  '\u2028'
)

test('shows the clients, apprun.json and both Web APIs, before and after', () => {
  expect(picture(record())).toBe(`\`\`\`mermaid
flowchart TB
  subgraph before["Before"]
    direction LR
    beforeClients(["Clients that start<br>version 1.04"]) ==> beforePointer["apprun.json"] ==> beforeLive["Web APIs<br>a.example.com/api/"]:::live
  end
  subgraph after["After"]
    direction LR
    afterClients(["Clients that start<br>version 1.05"]) ==> afterPointer["apprun.json"] ==> afterLive["Web APIs<br>b.example.com/api/"]:::live
    afterRunning(["Clients that run already<br>version 1.04"]) --> afterOld["Web APIs before<br>a.example.com/api/"]
  end
  before ~~~ after
  classDef live stroke:#2da44e,stroke-width:3px
\`\`\``)
})

test('of a first release has no before', () => {
  const drawn = picture(record({ previousWebApiUrl: undefined, previousVersion: undefined }))
  expect(drawn).not.toContain('before')
  expect(drawn).not.toContain('Clients that run already')
})

test('of a release with the same Web APIs shows no old ones', () => {
  expect(picture(record({ previousWebApiUrl: 'https://b.example.com/api/' }))).not.toContain('Web APIs before')
})

test('of a plan speaks of what a deploy would do', () => {
  expect(picture(record({ status: 'planned' }))).toContain('subgraph after["After a deploy"]')
})

test('takes nothing in a value for markup', () => {
  const drawn = picture(record({ webApiUrl: 'https://b/?a="x"&b=<script>#quot;' }))
  expect(drawn).toContain('Web APIs<br>b/#63;a#61;#34;x#34;#38;b#61;#60;script#62;#35;quot#59;')
  expect(drawn).not.toContain('<script>')
})

test('stays one block, whatever lines a value has', () => {
  const drawn = picture(record({ previousWebApiUrl: 'https://a/"]\n```\n# Heading\n' }))
  expect(drawn.match(/^```/gm)).toHaveLength(2)
  expect(drawn).not.toMatch(/^#/m)
})

test('of a replacement says that the files are new', () => {
  expect(picture(record({ previousVersion: '1.05' }))).toContain('version 1.05, new files')
})

test('breaks long addresses at their marks, and cuts what is longer still', () => {
  const drawn = picture(record({ webApiUrl: `https://api-b.example.com/sales/${'x'.repeat(200)}` }))
  expect(drawn).toContain(
    `Web APIs<br>api-b.example.com/sales/<br>${'x'.repeat(26)}<br>${'x'.repeat(26)}<br>${'x'.repeat(25)}…"`
  )
})

test('keeps characters whole that are several code units', () => {
  expect(picture(record({ version: '👩‍👩‍👧'.repeat(30) }))).toContain('👩‍👩‍👧<br>👩‍👩‍👧')
})

test('keeps its shape, whatever the values are', () => {
  const text = fc.string({ unit, maxLength: 40 })
  const shape =
    /^(flowchart TB| {2}subgraph \w+\["[A-Z][a-z ]+"\]| {4}direction LR| {4}\w+\(\["[^"%{}`<>]*(<br>[^"%{}`<>]*)*"\]\) ([-=]{2}> \w+\["[^"%{}`<>]*(<br>[^"%{}`<>]*)*"\](:::live)? ?)+| {2}end| {2}before ~~~ after| {2}classDef live stroke:#2da44e,stroke-width:3px)$/
  fc.assert(
    fc.property(text, text, text, text, (version, previousVersion, webApiUrl, previousWebApiUrl) => {
      const drawn = picture(record({ version, previousVersion, webApiUrl, previousWebApiUrl })).split('\n')
      expect(drawn.slice(1, -1).filter(line => !shape.test(line))).toEqual([])
    })
  )
})
