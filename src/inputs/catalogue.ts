/**
 * Every input of action.yml. A test compares the two, defaults included, so that neither can drift.
 */
export const available = [
  'command',
  'strategy',
  'dry-run',
  'release-id',
  'package',
  'cloud-app-path',
  'web-api-path',
  'version',
  'minimum-compatible-version',
  'exclude',
  'site',
  'web-api-site',
  'cloud-app-target',
  'web-api-target',
  'web-api-url',
  'app-url',
  'publisher',
  'state-path',
  'username',
  'password',
  'private-key',
  'passphrase',
  'host-key',
  'allow-any-host-key',
  'tls-ca',
  'allow-any-certificate',
  'allow-plain-ftp',
  'connections',
  'timeout',
  'retries',
  'protect',
  'protect-cloud-app',
  'web-api-offline',
  'keep-versions',
  'lock-wait',
  'lock-stale-after',
  'readiness-path',
  'readiness-timeout',
  'readiness-urls',
  'web-api-authorization',
  'smoke-urls',
  'rollback-on-failure',
  'gate',
  'base-branch',
  'required-labels',
  'required-approvals',
  'github-token',
  'environment',
  'pull-request-comment',
  'notification-message',
  'notice-file',
  'drain-timeout',
  'retire'
] as const

/** Declared, and not built yet: with the default that the runner fills in. Any other value is refused. */
export const notYet = {
  'build-file': '',
  'web-api-slots': '',
  'jump-host': '',
  'jump-host-key': ''
} as const

export type InputName = (typeof available)[number]
