/** How a run is killed, and whether the runner lives to start its post step. */
export interface Way {
  readonly name: string
  /** `cancel`: SIGINT, then SIGTERM, then SIGKILL, as a runner does. */
  readonly signal: 'SIGTERM' | 'SIGKILL' | 'cancel'
  readonly hasPost: boolean
}

export const ways: readonly Way[] = [
  { name: 'SIGKILL, post', signal: 'SIGKILL', hasPost: true },
  { name: 'SIGTERM', signal: 'SIGTERM', hasPost: false },
  { name: 'SIGKILL', signal: 'SIGKILL', hasPost: false },
  { name: 'SIGTERM, post', signal: 'SIGTERM', hasPost: true },
  { name: 'cancel, post', signal: 'cancel', hasPost: true }
]

/** Windows has no signals that a program could hear: there each of them kills. */
export function leavesNothing({ signal, hasPost }: Way): boolean {
  return hasPost || (signal === 'SIGTERM' && process.platform !== 'win32')
}
