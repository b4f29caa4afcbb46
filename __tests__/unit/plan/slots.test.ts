import { describe, expect, test } from '@jest/globals'
import { chooseSlot, slotOf, type Slot } from '../../../src/plan/slots'
import { deployErrorOf } from '../deploy-error'

const [a, b, c] = ['a', 'b', 'c'].map(name => ({
  name,
  url: `https://${name}.example.com/api/`,
  target: `api_${name}`
})) as [Slot, Slot, Slot]

describe('the slot of a release', () => {
  test.each([
    ['nothing is live', undefined, 'a', undefined],
    ['the first is live', a.url, 'b', 'a'],
    ['the second is live', b.url, 'a', 'b'],
    ['the live one is written otherwise', 'HTTPS://B.Example.COM:443/api', 'a', 'b']
  ])('of two, when %s', (_, liveUrl, idle, live) => {
    const chosen = chooseSlot([a, b], [liveUrl], [])
    expect([chosen.idle.name, chosen.live?.name]).toEqual([idle, live])
  })

  test.each([
    ['none was used', a.url, [], 'b'],
    ['each has its turn, from the one after the live one', b.url, [], 'c'],
    ['the last is live', c.url, [], 'a'],
    ['one was never used', c.url, [a.url, b.url, c.url, b.url].slice(1), 'a'],
    ['the one that is unused for longest', c.url, [b.url, a.url, c.url], 'b'],
    ['in the order of use, not of names', c.url, [a.url, b.url, c.url], 'a'],
    ['its last use counts', c.url, [a.url, b.url, a.url, c.url], 'b']
  ])('of three, when %s', (_, liveUrl, used, idle) => {
    expect(chooseSlot([a, b, c], [liveUrl], used).idle.name).toBe(idle)
  })

  test.each([
    ['the others are on it, or have nothing', [undefined, b.url, b.url], 'c', 'b'],
    ['web servers differ', [a.url, b.url], 'c', 'a'],
    ['the first is behind', [c.url, a.url], 'b', 'c']
  ])('of three, for a farm in which %s', (_, liveUrls, idle, live) => {
    const chosen = chooseSlot([a, b, c], liveUrls, [])
    expect([chosen.idle.name, chosen.live?.name]).toEqual([idle, live])
  })

  test('is refused while web servers of a farm are on each', async () => {
    const error = await deployErrorOf(() => chooseSlot([a, b], [a.url, undefined, b.url], []))
    expect(error.reasonCode).toBe('farm-differs')
    for (const url of [a.url, b.url]) expect(error.message).toContain(url)
  })

  test('is not to be known when clients are on none', async () => {
    const error = await deployErrorOf(() => chooseSlot([a, b], ['https://a.example.com/other/'], []))
    expect(error.reasonCode).toBe('live-slot-unknown')
    for (const url of ['https://a.example.com/other/', a.url, b.url]) expect(error.message).toContain(url)
  })
})

test('a slot is found by its URL, however that is written', () => {
  expect(slotOf([a, b], 'https://B.example.com/api')).toBe(b)
  expect(slotOf([a, b], 'https://b.example.com/API/')).toBeUndefined()
  expect(slotOf([a, b], undefined)).toBeUndefined()
})
