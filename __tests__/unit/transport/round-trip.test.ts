import { EventEmitter, once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { onRoundTripOf } from '../../../src/transport/round-trip'
import { farMs } from '../../../src/transport/width'

/** A socket that takes so long to connect. */
async function heardOf(ms: number): Promise<number[]> {
  const socket = Object.assign(new EventEmitter(), { connecting: true })
  const heard: number[] = []
  onRoundTripOf(socket as unknown as Socket, trip => heard.push(trip))
  socket.emit('connectionAttempt')
  await sleep(ms)
  socket.connecting = false
  socket.emit('connect')
  socket.emit('connect')
  return heard
}

function keepBusy(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('a round trip is told as it was, and once', async () => {
  const [trip = 0, ...more] = await heardOf(50)
  expect(more).toEqual([])
  // A timer may be a little early.
  expect(trip).toBeGreaterThan(48)
})

test.each([0, 40])('a near server is near, also to a runner that is busy for %i ms meanwhile', async ms => {
  const server = createServer(socket => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const trip = new Promise<number>(resolve => {
    onRoundTripOf(socket, resolve)
  })
  socket.once('connectionAttempt', () => {
    keepBusy(ms)
  })
  expect(await trip).toBeLessThan(farMs)
  socket.destroy()
  server.close()
})

test('what is not heard of any more leaves the event loop alone', async () => {
  const socket = Object.assign(new EventEmitter(), { connecting: true })
  onRoundTripOf(socket as unknown as Socket, () => undefined)
  socket.emit('connectionAttempt')
  await sleep(30)
  const before = performance.eventLoopUtilization()
  await sleep(50)
  const { utilization } = performance.eventLoopUtilization(before)
  socket.connecting = false
  expect(utilization).toBeLessThan(0.5)
})
