/**
 * Every way in which a run can fail or skip, in the order in which a run meets them. They are part of the contract:
 * workflows branch on the output `reason-code`, and docs/troubleshooting.md has an entry for each.
 */
export const reasonCodes = [
  'invalid-inputs',
  'event-not-supported',
  'github-unreachable',
  'github-refused',
  'github-permission-missing',
  'event-outdated',
  'pull-request-open',
  'pull-request-not-merged',
  'commit-not-merged',
  'base-branch-differs',
  'label-missing',
  'changes-requested',
  'approvals-missing',
  'build-not-found',
  'package-unreadable',
  'cloud-app-not-found',
  'cloud-app-ambiguous',
  'web-api-not-found',
  'web-api-ambiguous',
  'name-not-allowed',
  'names-collide',
  'link-leaves-folder',
  'version-not-in-build',
  'version-list-missing',
  'version-list-incomplete',
  'minimum-mismatch',
  'build-file-invalid',
  'build-file-ambiguous',
  'build-file-mismatch',
  'version-not-available',
  'version-expired',
  'download-option-wrong',
  'web-api-url-built-in',
  'apprun-missing',
  'apprun-invalid',
  'publisher-missing',
  'unreachable',
  'too-many-connections',
  'connection-lost',
  'timeout',
  'data-connection-failed',
  'tls-failed',
  'certificate-untrusted',
  'host-key-mismatch',
  'authentication-failed',
  'root-not-found',
  'state-not-writable',
  'locked',
  'journal-newer',
  'journal-unreadable',
  'repair-needed',
  'live-unreadable',
  'live-slot-unknown',
  'already-live',
  'dry-run',
  'version-not-newer',
  'version-not-on-site',
  'content-differs',
  'web-api-url-live',
  'target-is-live',
  'targets-overlap',
  'target-not-usable',
  'deletes-too-much',
  'permission-denied',
  'disk-full',
  'file-in-use',
  'transfer-failed',
  'build-changed',
  'not-verified',
  'web-api-not-ready',
  'smoke-check-failed',
  'lock-lost',
  'site-changed',
  'switch-incomplete',
  'check-failed',
  'farm-differs',
  'nothing-to-drain',
  'drain-side-live',
  'management-api-off',
  'sessions-unreadable',
  'sessions-remain',
  'retire-failed',
  'already-retired',
  'nothing-to-roll-back',
  'already-rolled-back',
  'release-not-live',
  'backup-missing',
  'cancelled',
  'internal-error'
] as const

export type ReasonCode = (typeof reasonCodes)[number]

/** The one error of the action: what happened (with the value), why in one code, and what to do about it. */
export class DeployError extends Error {
  override readonly name = 'DeployError'
  readonly reasonCode: ReasonCode
  readonly advice: string

  constructor(reasonCode: ReasonCode, message: string, advice: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.reasonCode = reasonCode
    this.advice = advice
  }
}

/** Any thrown value as a DeployError; what nobody foresaw becomes `internal-error`, with its cause. */
export function asDeployError(error: unknown): DeployError {
  if (error instanceof DeployError) return error
  // What Node throws when a wait is ended by a signal; the reason behind it is ours.
  if (error instanceof Error && error.name === 'AbortError' && error.cause instanceof DeployError) return error.cause
  return new DeployError(
    'internal-error',
    `Something unforeseen happened: ${messageOf(error)}`,
    'Please report it, with the log of a run that has debug logging switched on.',
    error
  )
}

/** The text of a thrown value, whatever it is. An AggregateError says nothing itself, so its parts are named. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && !error.message) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** The code that Node or a library put on an error: `ECONNREFUSED`, 550, 4. */
export function codeOf(error: unknown): string | number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' || typeof error.code === 'number' ? error.code : undefined
}
