import type { Socket } from 'node:net'

/** From so much on a runner that is busy could not have made it up. */
const certainMs = 10

/**
 * Hears how long it took to connect a socket, in milliseconds: a round trip. Since a connection is heard of late while the
 * runner is busy, what is told is what is certain: it may be less than it was, and never more.
 */
export function onRoundTripOf(socket: Socket, hear: (ms: number) => void): void {
  let begun = 0
  let last = 0
  /** Whenever the event loop has ended a turn, it had looked for news after the turn before had ended, and found none. */
  let newsless = 0
  const isCertain = (): boolean => newsless - begun >= certainMs
  const turn = (attempt: number): void => {
    if (begun !== attempt || !socket.connecting || isCertain()) return
    newsless = last
    last = performance.now()
    setImmediate(turn, attempt)
  }
  socket.on('connectionAttempt', () => {
    begun = performance.now()
    newsless = last = begun
    setImmediate(turn, begun)
  })
  socket.once('connect', () => {
    hear((isCertain() ? performance.now() : newsless) - begun)
  })
}
