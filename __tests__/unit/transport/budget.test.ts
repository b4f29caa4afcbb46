import { setImmediate as later } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Budget } from '../../../src/transport/budget'

/** Takes from a budget, and notes who was let in. */
class Takers {
  readonly asked: number[] = []
  /** Who was let in, in this order, and what was in use just before. */
  readonly admitted: { readonly taker: number; readonly before: number }[] = []
  readonly #budget: Budget
  readonly #held: number[] = []

  constructor(budget: Budget) {
    this.#budget = budget
  }

  get inUse(): number {
    return this.#held.reduce((sum, amount) => sum + amount, 0)
  }

  take(amount: number): void {
    const taker = this.asked.push(amount) - 1
    void this.#budget.take(amount).then(() => {
      this.admitted.push({ taker, before: this.inUse })
      this.#held.push(amount)
    })
  }

  /** Gives back what one of those holds that were let in; false when nobody holds anything. */
  give(which: number): boolean {
    const [amount] = this.#held.splice(which % Math.max(1, this.#held.length), 1)
    if (amount !== undefined) this.#budget.give(amount)
    return amount !== undefined
  }
}

const steps = fc.array(
  fc.oneof(fc.record({ take: fc.integer({ min: 0, max: 12 }) }), fc.record({ give: fc.nat({ max: 20 }) })),
  { maxLength: 40 }
)

test('whatever is taken and given back: in use is the amount and one taker more at most, all in turn, and none waits for ever', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 10 }), steps, async (amount, actions) => {
      const takers = new Takers(new Budget(amount))
      for (const action of actions) {
        if ('take' in action) takers.take(action.take)
        else takers.give(action.give)
        await later()
        // Nobody waits while something is left.
        if (takers.inUse < amount) expect(takers.admitted).toHaveLength(takers.asked.length)
      }
      while (takers.give(0)) await later()
      for (const { before } of takers.admitted) expect(before).toBeLessThan(amount)
      expect(takers.admitted.map(({ taker }) => taker)).toEqual(takers.asked.map((_, taker) => taker))
    }),
    { numRuns: 300 }
  )
})

test('who comes later does not go before one who waits, however little he needs', async () => {
  const takers = new Takers(new Budget(4))
  for (const amount of [4, 3, 0, 1]) takers.take(amount)
  await later()
  expect(takers.admitted.map(({ taker }) => taker)).toEqual([0])
  takers.give(0)
  await later()
  expect(takers.admitted.map(({ taker }) => taker)).toEqual([0, 1, 2, 3])
})

test('one who needs more than there is gets it when something is left, and the next one waits for him', async () => {
  const takers = new Takers(new Budget(4))
  for (const amount of [3, 100, 1]) takers.take(amount)
  await later()
  expect(takers.admitted.map(({ taker }) => taker)).toEqual([0, 1])
  takers.give(0)
  await later()
  expect(takers.admitted).toHaveLength(2)
  takers.give(0)
  await later()
  expect(takers.admitted).toHaveLength(3)
})

test('a negative amount makes it smaller for good', async () => {
  const budget = new Budget(3)
  const takers = new Takers(budget)
  budget.give(-2)
  for (let count = 0; count < 3; count += 1) takers.take(1)
  for (const expected of [1, 2, 3]) {
    await later()
    expect([takers.admitted.length, takers.inUse]).toEqual([expected, 1])
    takers.give(0)
  }
})

test('one that is used up by a negative amount lets nobody in until that much is given back', async () => {
  const budget = new Budget(2)
  const takers = new Takers(budget)
  budget.give(-3)
  takers.take(1)
  await later()
  budget.give(1)
  await later()
  expect(takers.admitted).toEqual([])
  budget.give(1)
  await later()
  expect(takers.admitted).toHaveLength(1)
})
