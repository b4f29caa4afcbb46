import { expect, jest, test } from '@jest/globals'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchSilence } from '../../../src/transport/silence'

test('silence is told once, and only after nothing has come for so long', async () => {
  const socket = new PassThrough().resume()
  const onSilence = jest.fn()
  watchSilence(socket, 200, onSilence)
  for (let n = 0; n < 8; n += 1) {
    await sleep(50)
    socket.write('.')
  }
  expect(onSilence).not.toHaveBeenCalled()
  await sleep(600)
  expect(onSilence).toHaveBeenCalledTimes(1)
  socket.destroy()
})

test('a connection that is closed is not silent', async () => {
  const socket = new PassThrough().resume()
  const onSilence = jest.fn()
  watchSilence(socket, 50, onSilence)
  socket.destroy()
  await sleep(200)
  expect(onSilence).not.toHaveBeenCalled()
})
