import { afterAll, expect, jest, test } from '@jest/globals'
import { randomInt } from 'node:crypto'
import { harmOf, numbersOf, startSweeps, sweptMembers, tableOf, writeSweepReport } from '../support/kill-sweep'
import type { SweepResult } from '../support/kill-sweep'
import { describeMember } from '../support/when-available'

/*
 * KILL_SWEEP: how many kills, over all servers; 100. KILL_SWEEP_STEPS: instead a SIGKILL after each step that matches, as
 * in `lock|journal-`. KILL_SWEEP_SERVERS: only these. KILL_SWEEP_SEED: that of a sweep before, for the same kills.
 * KILL_SWEEP_REPORT: a file for the results, .md or .json.
 */
const {
  KILL_SWEEP = '100',
  KILL_SWEEP_SEED = String(randomInt(2 ** 31)),
  KILL_SWEEP_STEPS,
  KILL_SWEEP_REPORT
} = process.env
const kills = KILL_SWEEP_STEPS === undefined ? Number(KILL_SWEEP) : new RegExp(KILL_SWEEP_STEPS)
const seed = Number(KILL_SWEEP_SEED)
const patienceMs = typeof kills === 'number' ? 120_000 + kills * 10_000 : 3_600_000

const results: SweepResult[] = []
let sweeps: ReturnType<typeof startSweeps> | undefined

jest.setTimeout(patienceMs)

afterAll(async () => {
  process.stderr.write(`\n${tableOf(results.map(numbersOf), seed)}\n`)
  if (KILL_SWEEP_REPORT !== undefined) await writeSweepReport(KILL_SWEEP_REPORT, results, seed)
})

for (const member of sweptMembers) {
  describeMember(member, () => {
    test('is killed again and again, and nobody is harmed', async () => {
      sweeps ??= startSweeps(kills, seed)
      const result = await sweeps.resultOf(member)
      results.push(result)
      const harmful = result.outcomes.filter(outcome => harmOf(outcome).length > 0)
      for (const { title, story } of harmful) process.stderr.write(`\n=== ${member.name}: ${title}\n${story}\n`)
      expect(harmful.map(outcome => [outcome.title, ...harmOf(outcome)].join('\n'))).toEqual([])

      const numbers = numbersOf(result)
      if (typeof kills === 'number') expect(numbers.kills).toBeGreaterThanOrEqual((kills / sweptMembers.length) * 0.9)
      expect(numbers.clientStarts).toBeGreaterThan(numbers.kills)
      if (member.guarantee === 'atomic') expect(numbers.pointerGapMs).toEqual({ undisturbed: 0, killed: 0 })
    })
  })
}
