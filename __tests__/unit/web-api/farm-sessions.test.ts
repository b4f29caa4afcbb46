import { describe, expect, test } from '@jest/globals'
import { FarmSessions } from '../../../src/web-api/farm-sessions'
import type { SessionAnswer, SessionSource } from '../../../src/web-api/sessions'

const { signal } = new AbortController()
const retired: SessionAnswer<number> = { kind: 'unknown', state: '503', isRetired: true, waitMs: 0 }
const silent: SessionAnswer<number> = { kind: 'unknown', state: 'no answer', isRetired: false, waitMs: 7000 }
const known = (value: number): SessionAnswer<number> => ({ kind: 'known', value })

function farm(...answers: SessionAnswer<number>[]): FarmSessions {
  const servers = answers.map((answer, index): SessionSource => {
    const names = {
      kind: 'known',
      value: Array<string>(answer.kind === 'known' ? answer.value : 0).fill(`app${index}`)
    }
    return {
      url: `http://web${index}/`,
      count: () => Promise.resolve(answer),
      applications: () => Promise.resolve(answer.kind === 'known' ? (names as SessionAnswer<string[]>) : answer)
    }
  })
  return new FarmSessions('http://api/', servers)
}

describe('the sessions of a farm', () => {
  test.each<[string, SessionAnswer<number>[], object]>([
    ['are the sum', [known(2), known(0), known(3)], { kind: 'known', value: 5 }],
    ['are none on one that is retired', [known(2), retired], { kind: 'known', value: 2 }],
    ['are not known when one is silent', [known(0), silent], { kind: 'unknown', isRetired: false, waitMs: 7000 }],
    ['are not known when one is silent and one retired', [retired, silent], { kind: 'unknown', isRetired: false }],
    ['are retired when all are', [retired, retired], { kind: 'unknown', isRetired: true }],
    ['are those of the only one', [silent], silent]
  ])('%s', async (_, answers, expected) => {
    expect(await farm(...answers).count(signal)).toMatchObject(expected)
  })

  test('name the server that is silent', async () => {
    const answer = await farm(known(1), silent).count(signal)
    expect(answer).toMatchObject({ state: 'http://web1/ says no answer' })
  })

  test('are listed together', async () => {
    expect(await farm(known(1), known(2)).applications(signal)).toEqual({
      kind: 'known',
      value: ['app0', 'app1', 'app1']
    })
  })
})
