import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import { asDeployError, DeployError } from '../../src/errors'
import { stopSignal } from '../../src/stop-signal'

const names = ['SIGINT', 'SIGTERM'] as const
const before = names.map(name => process.listeners(name))

afterEach(() => {
  for (const [index, name] of names.entries()) {
    for (const listener of process.listeners(name)) {
      if (!before[index]?.includes(listener)) process.off(name, listener)
    }
  }
})

test.each(names)('%s stops the run, and says so', name => {
  const signal = stopSignal()
  expect(signal.aborted).toBe(false)
  process.emit(name)
  expect(signal.aborted).toBe(true)
  const reason = asDeployError(signal.reason)
  expect(reason).toBeInstanceOf(DeployError)
  expect(reason.reasonCode).toBe('cancelled')
  expect(reason.message).toContain(name)
})

test('the second signal, which the runner sends before it kills, changes nothing', () => {
  const signal = stopSignal()
  let times = 0
  signal.addEventListener('abort', () => {
    times += 1
  })
  process.emit('SIGINT')
  process.emit('SIGTERM')
  process.emit('SIGTERM')
  expect(times).toBe(1)
  expect(asDeployError(signal.reason).message).toContain('SIGINT')
})

test('what waits is ended with the reason', async () => {
  const signal = stopSignal()
  const waiting = sleep(60_000, undefined, { signal })
  process.emit('SIGTERM')
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError', cause: signal.reason as unknown })
})
