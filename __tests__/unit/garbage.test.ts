import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Garbage, type Collection, type Usage } from '../../src/garbage'

const mega = 1024 * 1024

function usage(heap: number, external = 0): Usage {
  return { heap: heap * mega, external: external * mega }
}

/** What is due at each of these, in turn; no collection is made. */
function dueOf(...usages: Usage[]): (Collection | undefined)[] {
  const garbage = new Garbage()
  return usages.map(each => garbage.due(each))
}

test.each([
  ['nothing has come to what there was', [usage(40, 20), usage(40, 20)], undefined],
  ['little has', [usage(40, 20), usage(46, 22)], undefined],
  ['buffers have, and all is little', [usage(20, 20), usage(20, 40)], undefined],
  ['buffers have, and all is much', [usage(40, 20), usage(42, 27)], 'minor'],
  ['all is too much', [usage(30, 20), usage(70, 21)], 'major'],
  ['all is too much, and V8 had collected before', [usage(85, 5), usage(60, 5), usage(80, 11)], 'major'],
  ['V8 has collected all of it', [usage(60, 20), usage(70, 20), usage(61, 20), usage(62, 20)], undefined],
  ['more is in use than there may be, and much is garbage', [usage(170, 20), usage(183, 20)], 'major'],
  ['more is in use than there may be, and little is garbage', [usage(170, 20), usage(181, 20)], undefined]
])('when %s', (_, usages, due) => {
  expect(dueOf(...usages).at(-1)).toBe(due)
})

test('after a full collection the next one is due when enough has come again', () => {
  const garbage = new Garbage()
  garbage.due(usage(80, 5))
  expect(garbage.due(usage(95, 5))).toBe('major')
  garbage.left('major', usage(85, 5))
  expect(garbage.due(usage(90, 10))).toBeUndefined()
  expect(garbage.due(usage(93, 10))).toBe('major')
})

test('young collections leave what is old, which a full one is due for in time', () => {
  const garbage = new Garbage()
  garbage.due(usage(50, 10))
  const collections: (Collection | undefined)[] = []
  for (let old = 0; old < 40 && collections.at(-1) !== 'major'; old += 1) {
    const due = garbage.due(usage(50 + old, 17))
    if (due) garbage.left(due, usage(50 + old, 10))
    collections.push(due)
  }
  expect(collections.at(-1)).toBe('major')
  expect(new Set(collections.slice(0, -1))).toEqual(new Set(['minor']))
})

test('however it grows, there is never more than 90 MB, or 12 MB beside what is in use', () => {
  const steps = fc.array(fc.record({ heap: fc.integer({ min: 0, max: 4 }), external: fc.integer({ min: 0, max: 4 }) }))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 150 }), steps, (live, grown) => {
      const garbage = new Garbage()
      let [heap, external] = [live, 0]
      garbage.due(usage(heap, external))
      for (const step of grown) {
        heap += step.heap
        external += step.external
        const due = garbage.due(usage(heap, external))
        if (due === 'major') [heap, external] = [live, 0]
        else if (due === 'minor') external = 0
        if (due) garbage.left(due, usage(heap, external))
        expect(heap + external).toBeLessThanOrEqual(Math.max(90, live + 12))
      }
    })
  )
})
