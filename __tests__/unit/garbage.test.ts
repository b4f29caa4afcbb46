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
  ['little has', [usage(40, 20), usage(60, 22)], undefined],
  ['buffers have', [usage(40, 20), usage(42, 27)], 'minor'],
  ['much has, of both', [usage(30, 20), usage(45, 30)], 'major'],
  ['much has, and V8 had collected before', [usage(60, 20), usage(30, 5), usage(45, 15)], 'major'],
  ['V8 has collected all of it', [usage(30, 20), usage(50, 21), usage(31, 20), usage(50, 21)], undefined],
  ['so much is in use that less may be garbage', [usage(70, 20), usage(83, 20)], 'major'],
  ['more is in use than there may be, and little is garbage', [usage(170, 20), usage(181, 20)], undefined]
])('when %s', (_, usages, due) => {
  expect(dueOf(...usages).at(-1)).toBe(due)
})

test('after a collection the next one is due when as much has come again', () => {
  const garbage = new Garbage()
  garbage.due(usage(30, 10))
  expect(garbage.due(usage(50, 15))).toBe('major')
  garbage.left('major', usage(45, 12))
  expect(garbage.due(usage(60, 15))).toBeUndefined()
  expect(garbage.due(usage(65, 20))).toBe('major')
})

test('a young collection leaves what is old, which a full one is due for in time', () => {
  const garbage = new Garbage()
  garbage.due(usage(30, 10))
  let collections: (Collection | undefined)[] = []
  for (let old = 0; old < 30; old += 1) {
    const due = garbage.due(usage(30 + old, 17))
    collections = [...collections, due]
    if (due) garbage.left(due, usage(30 + old, 10))
    if (due === 'major') break
  }
  expect(collections.at(-1)).toBe('major')
  expect(collections.slice(0, -1).every(due => due === 'minor')).toBe(true)
})

test('however it grows, there is never more garbage than 24 MB beside what a collection left', () => {
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
        expect(heap + external - live).toBeLessThanOrEqual(24)
      }
    })
  )
})
