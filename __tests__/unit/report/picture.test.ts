import { expect, test } from '@jest/globals'
import { picture } from '../../../src/report/picture'
import { record } from './records'

test('shows the clients, apprun.json and both Web APIs, before and after', () => {
  expect(picture(record())).toBe(`\`\`\`mermaid
flowchart LR
  subgraph before["Before"]
    direction LR
    beforeClients(["Clients that start<br>version 1.04"]) ==> beforePointer["apprun.json"] ==> beforeLive["Web APIs<br>https://a.example.com/api/"]
  end
  subgraph after["After"]
    direction LR
    afterClients(["Clients that start<br>version 1.05"]) ==> afterPointer["apprun.json"] ==> afterLive["Web APIs<br>https://b.example.com/api/"]
    afterRunning(["Clients that run already"]) --> afterOld["Web APIs before<br>https://a.example.com/api/"]
  end
  before ~~~ after
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
  expect(drawn).toContain('Web APIs<br>https://b/?a=#quot;x#quot;#amp;b=#lt;script#gt;')
  expect(drawn).not.toContain('<script>')
})

test('stays one block, whatever lines a value has', () => {
  const drawn = picture(record({ previousWebApiUrl: 'https://a/"]\n```\n# Heading\n' }))
  expect(drawn.match(/^```/gm)).toHaveLength(2)
  expect(drawn).not.toMatch(/^#/m)
})
