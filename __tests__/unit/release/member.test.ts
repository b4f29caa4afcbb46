import { describe, expect, test } from '@jest/globals'
import { gather } from '../../../src/release/gather'
import { membersOf } from '../../../src/release/member'
import { newRecord } from '../../../src/release/record'
import type { Site } from '../../../src/release/sites'
import { place } from '../../support/settings'
import { runOf } from './run'

const { signal } = new AbortController()

function sites(...names: string[]): [Site, ...Site[]] {
  return names.map(name => ({ name, place }) as Site) as [Site, ...Site[]]
}

describe('the members of a run', () => {
  const [w1, w2, w3] = sites('w1', 'w2', 'w3') as [Site, Site, Site]
  const [b1, b2] = sites('b1', 'b2') as [Site, Site]

  test.each<[string, [Site, ...Site[]], [Site, ...Site[]], string[]]>([
    ['one site', [w1], [w1], ['w1* w1*']],
    ['a farm of both', [w1, w2], [w1, w2], ['w1* w1*', 'w2* w2*']],
    ['one server of Web APIs', [w1, w2, w3], [b1], ['w1* b1*', 'w2* b1', 'w3* b1']],
    ['one web server', [w1], [b1, b2], ['w1* b1*', 'w1 b2*']],
    ['fewer servers of Web APIs', [w1, w2, w3], [b1, b2], ['w1* b1*', 'w2* b2*', 'w3* b2']]
  ])('of %s have each part once', (_, apps, webApis, expected) => {
    const members = membersOf({ apps, webApis }, runOf({}, signal))
    const shown = members.map(({ sites: { app, webApi }, owns }) =>
      [app.name + (owns.app ? '*' : ''), webApi.name + (owns.webApi ? '*' : '')].join(' ')
    )
    expect(shown).toEqual(expected)
  })

  test('have the record of the run where there is one', () => {
    const run = runOf({}, signal)
    expect(membersOf({ apps: [w1], webApis: [w1] }, run)[0].record).toBe(run.record)
    expect(run.record.members).toBeUndefined()
  })

  test('of a farm are summed up', () => {
    const run = runOf({}, signal)
    const members = membersOf({ apps: [w1, w2], webApis: [w1, w2] }, run)
    run.record.retries = 1
    for (const [index, { record }] of members.entries()) {
      record.filesUploaded = index + 1
      record.bytesUploaded = 10
      record.retries = 1
      record.keptDifferent.push('api_b/UserConfig.json')
      record.switchGuarantee = index === 0 ? 'atomic' : 'replaced'
    }
    gather(run.record)
    expect(run.record).toMatchObject({
      filesUploaded: 3,
      bytesUploaded: 20,
      retries: 3,
      keptDifferent: ['w1: api_b/UserConfig.json', 'w2: api_b/UserConfig.json'],
      switchGuarantee: 'replaced'
    })
    expect(run.record.members?.map(({ name }) => name)).toEqual(['w1', 'w2'])
  })

  test('leave the record of a run without a farm as it is', () => {
    const record = { ...newRecord(new Date()), filesUploaded: 7 }
    gather(record)
    expect(record.filesUploaded).toBe(7)
  })
})
