import type { Row, Run, Side } from '../../../bench/row'

/** A run that took so long. */
export function run(seconds: number, more: Partial<Run> = {}): Run {
  return { seconds, cpuSeconds: seconds / 2, peakMegabytes: 100, ...more }
}

/** The runs of a client. */
export function side(client: string, runs: readonly Run[], more: Partial<Side> = {}): Side {
  return { client, version: `${client} 1`, variant: '', trials: [], runs, ...more }
}

/** A row of the first scenario. */
export function row(distance: string, ours: Side, peer: Side): Row {
  return { scenario: 'sftp-cloud', distance, files: 100, bytes: 2e6, at: '2026-01-07T10:00:00Z', ours, peer }
}
