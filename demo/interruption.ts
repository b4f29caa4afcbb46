/** Ctrl-C and its like, as a signal that lets everything be cleared away first. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Catches what would end this process at once, also that nobody reads its output any more. */
export function catchInterruption(): Interruption {
  const controller = new AbortController()
  const interrupt = (): void => {
    controller.abort(new Error('Interrupted.'))
  }
  for (const name of SIGNALS) process.on(name, interrupt)
  process.stdout.on('error', interrupt)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of SIGNALS) process.off(name, interrupt)
    }
  }
}
