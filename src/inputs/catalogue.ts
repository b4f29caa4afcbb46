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
  'build-file',
  'version',
  'minimum-compatible-version',
  'exclude',
  'site',
  'web-api-site',
  'cloud-app-target',
  'web-api-target',
  'web-api-url',
  'web-api-slots',
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
  'jump-host',
  'jump-host-key',
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
  'notice-file'
] as const

/** Declared, and not built yet: with the default that the runner fills in. Any other value is refused. */
export const notYet = {
  'drain-timeout': '3600',
  retire: 'false'
} as const

export type InputName = (typeof available)[number]
