import { expect, test } from '@jest/globals'
import { Roster } from '../../../src/transport/roster'

const [a, b, c] = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]

test('who enters is in until they leave, and a place is given again', () => {
  const roster = new Roster<object>()
  const place = roster.enter(a)
  roster.enter(b)
  roster.leave(place, a)
  expect([roster.size, [...roster]]).toEqual([1, [b]])
  expect(roster.enter(c)).toBe(place)
  expect([roster.size, new Set(roster)]).toEqual([2, new Set([b, c])])
})

test('leaving twice does not take the place of who came after', () => {
  const roster = new Roster<object>()
  const place = roster.enter(a)
  roster.leave(place, a)
  roster.leave(place, a)
  expect(roster.size).toBe(0)
  roster.enter(b)
  roster.leave(place, a)
  expect([...roster]).toEqual([b])
})

test('after clearing nobody is in, and whoever leaves late changes nothing', () => {
  const roster = new Roster<object>()
  const place = roster.enter(a)
  roster.clear()
  roster.leave(place, a)
  expect([roster.size, [...roster]]).toEqual([0, []])
})
