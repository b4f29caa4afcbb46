import type { Plan } from '../plan/plan'

/** Where a release tells what it does; the report implements it for the runner. */
export interface Log {
  info(text: string): void
  /** Shows up as an annotation as well. */
  warning(text: string): void
  /** Prints a plan. */
  plan(plan: Plan): void
  /** Does a named part of the work, with a log group and a time of its own. */
  phase<T>(name: PhaseName, work: () => Promise<T>): Promise<T>
  /** Follows uploads of something, and says every few seconds how far they are. */
  progress(what: string, files: number, bytes: number): Progress
}

export interface Progress {
  bytes(count: number): void
  file(): void
  /** Says how it ended. */
  end(): void
}

/** The parts of a deploy, in their order. */
export const phaseNames = [
  'Read the build',
  'Connect',
  'Read the site and plan',
  'Stage Web API B',
  'Wait until Web API B is ready',
  'Stage the cloud app',
  'Switch',
  'Check as a client'
] as const

export type PhaseName = (typeof phaseNames)[number]
