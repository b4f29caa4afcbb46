import type { Connection } from './connection'
import type { Session } from './port'

/** Does something on a connection; what can be stopped does not outlive it. */
export function doOn<T>(
  { session, stops }: Connection,
  act: (session: Session) => Promise<T>,
  isStoppable: boolean
): Promise<T> {
  if (!isStoppable) return act(session)
  return new Promise<T>((resolve, reject) => {
    const place = stops.enter(reject)
    const acting = act(session)
    const end = (): void => {
      stops.leave(place, reject)
    }
    acting.then(end, end)
    acting.then(resolve, reject)
  })
}

/** Whoever is told to stop does not wait for a server that may never answer. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  // Whoever stops waiting does not hear of it any more.
  promise.catch(() => undefined)
  signal.throwIfAborted()
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (stop) signal.removeEventListener('abort', stop)
  }
}
