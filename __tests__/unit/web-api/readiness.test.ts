import { describe, expect, test } from '@jest/globals'
import { DeployError } from '../../../src/errors'
import type { ReadinessSettings, ReadinessUrl } from '../../../src/inputs/settings'
import type { Log } from '../../../src/release/log'
import type { Asked } from '../../../src/web-api/ask'
import type { Answer } from '../../../src/web-api/http'
import { poll } from '../../../src/web-api/readiness'
import { settings } from '../../support/settings'
import { VirtualClock } from '../../support/virtual-clock'

const second = 1000
const url = 'https://b.example.com/api/health-readiness'

const text = (status: number, body = '', headers: Record<string, string> = {}): Answer => ({
  kind: 'answer',
  status,
  body,
  headers: new Headers(headers)
})
const healthy = text(200, 'Healthy')
const unhealthy = text(503, 'Unhealthy')
const refused: Answer = { kind: 'failure', reason: 'ECONNREFUSED', isUntrusted: false, code: 'unreachable' }
const untrusted: Answer = {
  kind: 'failure',
  reason: 'self-signed certificate',
  isUntrusted: true,
  code: 'certificate-untrusted'
}

/** Answers in this order, the last one for ever; each takes so long, cut by the time limit of the call. */
interface Behaviour {
  readonly answers: readonly Answer[]
  readonly takesMs?: number
}

interface Outcome {
  readonly error: DeployError | undefined
  readonly lines: readonly string[]
  readonly warnings: readonly string[]
  /** When each URL was asked, in seconds. */
  readonly asked: Readonly<Record<string, number[]>>
  readonly ms: number
}

const member = (name: string): ReadinessUrl => ({
  url: `https://${name}.example.com/api/health-readiness`,
  host: undefined
})

async function polled(
  behaviours: ReadonlyMap<ReadinessUrl, Behaviour>,
  more: Partial<ReadinessSettings> = {},
  signal = new AbortController().signal
): Promise<Outcome> {
  const clock = new VirtualClock()
  const lines: string[] = []
  const warnings: string[] = []
  const asked: Record<string, number[]> = {}
  const log = {
    info: (line: string) => lines.push(line),
    warning: (line: string) => warnings.push(line)
  } as unknown as Log
  const ask = async (target: ReadinessUrl, timeoutMs: number, stop: AbortSignal): Promise<Asked> => {
    const times = (asked[target.url] ??= [])
    const { answers, takesMs = 0 } = behaviours.get(target) ?? { answers: [] }
    const answer = answers[Math.min(times.length, answers.length - 1)] ?? healthy
    times.push(clock.now() / second)
    await clock.sleep(Math.min(takesMs, timeoutMs), stop)
    if (takesMs <= timeoutMs) return { answer, at: target.url }
    const reason = `no answer within ${timeoutMs / second} s`
    return { answer: { kind: 'failure', reason, isUntrusted: false, code: 'timeout' }, at: target.url }
  }
  const given = { ...settings().readiness, timeoutMs: 300 * second, urls: [...behaviours.keys()], ...more }
  const work = poll(given, { ask, now: clock.now, sleep: clock.sleep }, log, signal)
  const error = await clock.run(work).then(
    () => undefined,
    (thrown: unknown) => thrown as DeployError
  )
  return { error, lines, warnings, asked, ms: clock.now() }
}

function one(answers: readonly Answer[], takesMs = 0): Map<ReadinessUrl, Behaviour> {
  return new Map([
    [
      { url, host: undefined },
      { answers, takesMs }
    ]
  ])
}

describe('one URL', () => {
  test('that is ready is asked once', async () => {
    const { error, lines, warnings, asked, ms } = await polled(one([healthy]))
    expect([error, ms, warnings]).toEqual([undefined, 0, []])
    expect(lines).toEqual([`${url}: ready (200 Healthy)`])
    expect(asked[url]).toEqual([0])
  })

  test('is asked every 10 s, and each change is told once', async () => {
    const answers = [refused, refused, text(503), unhealthy, unhealthy, unhealthy, text(503), healthy]
    const { error, lines, asked } = await polled(one(answers))
    expect(error).toBeUndefined()
    expect(asked[url]).toEqual([0, 10, 20, 30, 40, 50, 60, 70])
    expect(lines.map(line => line.replace(`${url}: `, ''))).toEqual([
      'ECONNREFUSED',
      '503, not up yet',
      '503, Unhealthy',
      '503, not up yet',
      'ready (200 Healthy)'
    ])
  })

  test('that is degraded is ready, with a warning', async () => {
    const { error, warnings } = await polled(one([unhealthy, text(200, 'Degraded')]))
    expect(error).toBeUndefined()
    expect(warnings).toEqual([`Web API B is ready, and says that it is degraded: ${url}`])
  })

  test('that never gets ready ends when the time is over, with what it said last', async () => {
    const { error, asked, ms } = await polled(one([refused, unhealthy]), { timeoutMs: 45 * second })
    expect(error?.reasonCode).toBe('web-api-not-ready')
    expect(error?.message).toBe(`Web API B is not ready after 45 s: ${url} says 503, Unhealthy.`)
    expect(error?.advice).toContain('license and database')
    expect(asked[url]).toEqual([0, 10, 20, 30, 40])
    expect(ms).toBeLessThanOrEqual(45 * second)
  })

  test('that asks to wait is left alone for so long', async () => {
    const answers = [text(429, '', { 'Retry-After': '75' }), healthy]
    const { lines, asked } = await polled(one(answers))
    expect(asked[url]).toEqual([0, 75])
    expect(lines[0]).toBe(`${url}: 429, too many calls; it asks to wait 75 s`)
  })

  test('that asks to wait for longer than there is time gets a last look, and the message says so', async () => {
    const { error, lines, asked } = await polled(one([text(429, '', { 'Retry-After': '900' })]), {
      timeoutMs: 60 * second
    })
    expect(asked[url]).toEqual([0, 55])
    expect(lines).toHaveLength(1)
    expect(error?.message).toContain('429, too many calls; it asks to wait 900 s')
  })

  test('may take its time for the first answer', async () => {
    const { error, asked } = await polled(one([healthy], 90 * second))
    expect(error).toBeUndefined()
    expect(asked[url]).toEqual([0])
  })

  test('is asked again at once after a request that took too long', async () => {
    const { error, asked, lines } = await polled(one([healthy], 120 * second), { timeoutMs: 250 * second })
    expect(asked[url]).toEqual([0, 100, 200])
    expect(lines.at(-1)).toContain('no answer within 50 s, when readiness-timeout cut it off')
    expect(error?.message).toContain('when readiness-timeout cut it off')
    expect(error?.advice).toContain('raise readiness-timeout')
  })

  test('with a certificate that nobody trusts is given up at once', async () => {
    const { error, asked } = await polled(one([untrusted]))
    expect(error?.reasonCode).toBe('certificate-untrusted')
    expect(error?.message).toBe('The certificate of b.example.com is not trusted: self-signed certificate.')
    expect(asked[url]).toEqual([0])
  })

  test('that does not speak TLS is given up at once', async () => {
    const { error } = await polled(
      one([{ kind: 'failure', reason: 'wrong version number', isUntrusted: false, code: 'tls-failed' }])
    )
    expect(error?.reasonCode).toBe('tls-failed')
    expect(error?.advice).toContain('bindings')
  })

  test('is not asked any more when the job is cancelled', async () => {
    const job = new AbortController()
    const cancelled = new DeployError('cancelled', 'x', 'y')
    const first = { ...unhealthy } as Extract<Answer, { kind: 'answer' }>
    const answers = [
      {
        ...first,
        get status() {
          queueMicrotask(() => {
            job.abort(cancelled)
          })
          return 503
        }
      }
    ]
    const { error, asked } = await polled(one(answers), {}, job.signal)
    expect(error).toBe(cancelled)
    expect(asked[url]).toEqual([0])
  })
})

describe('a farm', () => {
  test('is asked side by side, and the run waits for the last member', async () => {
    const [a, b, c] = [member('a'), member('b'), member('c')]
    const { error, asked, ms, lines } = await polled(
      new Map([
        [a, { answers: [healthy], takesMs: 20 * second }],
        [b, { answers: [unhealthy, unhealthy, healthy] }],
        [c, { answers: [healthy] }]
      ])
    )
    expect(error).toBeUndefined()
    expect(ms).toBe(20 * second)
    expect(asked).toEqual({ [a.url]: [0], [b.url]: [0, 10, 20], [c.url]: [0] })
    expect(lines).toHaveLength(4)
  })

  test('names just those that are not ready, and each advice once', async () => {
    const members = ['a', 'b', 'c', 'd'].map(member)
    const { error } = await polled(
      new Map(members.map((each, index) => [each, { answers: [index % 2 === 0 ? healthy : unhealthy] }])),
      { timeoutMs: 15 * second }
    )
    expect(error?.message).toBe(
      'Web API B is not ready after 15 s, at 2 of 4 URLs:\n' +
        '  - https://b.example.com/api/health-readiness says 503, Unhealthy\n' +
        '  - https://d.example.com/api/health-readiness says 503, Unhealthy'
    )
    expect(error?.advice.match(/license and database/g)).toHaveLength(1)
  })

  test('names the host that a member was asked for', async () => {
    const target = { url: 'https://10.0.0.5/health', host: 'api.example.com' }
    const { error, lines } = await polled(new Map([[target, { answers: [unhealthy] }]]), { timeoutMs: second })
    expect(error?.message).toContain('https://10.0.0.5/health (host api.example.com) says 503')
    expect(lines[0]).toContain('https://10.0.0.5/health (host api.example.com): 503')
  })

  test('whose one member can never be ready is given up as a whole', async () => {
    const [a, b] = [member('a'), member('b')]
    const { error, asked, ms } = await polled(
      new Map([
        [a, { answers: [unhealthy] }],
        [b, { answers: [unhealthy, untrusted] }]
      ])
    )
    expect(error?.reasonCode).toBe('certificate-untrusted')
    expect(ms).toBe(10 * second)
    expect(asked[a.url]?.length).toBeLessThanOrEqual(2)
  })

  test('without members is ready', async () => {
    expect((await polled(new Map())).error).toBeUndefined()
  })
})

test('an error says what to do', async () => {
  const { error } = await polled(one([text(404)]), { timeoutMs: second })
  expect(error?.advice).toMatch(/^Nothing that clients see has changed\. Set readiness-path /)
})
