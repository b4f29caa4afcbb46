import type { Duplex } from 'node:stream'

/**
 * Watches a connection on which a keep-alive is sent from time to time. What counts is that anything comes: on a slow line
 * the answer to a keep-alive is late by all that was sent before it, while answers to that keep coming.
 *
 * @param patienceMs more than twice the time between keep-alives
 * @param onSilence is called once when nothing has come for so long
 */
export function watchSilence(socket: Duplex, patienceMs: number, onSilence: () => void): void {
  let lastSign = performance.now()
  socket.prependListener('data', () => {
    lastSign = performance.now()
  })
  const watch = setInterval(() => {
    if (performance.now() - lastSign <= patienceMs) return
    clearInterval(watch)
    onSilence()
  }, patienceMs / 20)
  watch.unref()
  socket.once('close', () => {
    clearInterval(watch)
  })
}

/** For ssh2, which would count keep-alives that are not answered: watchSilence() does better. */
export const uncounted = Number.MAX_SAFE_INTEGER
