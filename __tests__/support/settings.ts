import type { Place, Settings } from '../../src/inputs/settings'
import type { SiteAddress } from '../../src/site/site-url'
import type { Login } from '../../src/transport/login'

export const login: Login = {
  username: 'deployer',
  password: 'secret',
  privateKey: undefined,
  passphrase: undefined,
  hostKeys: [],
  allowAnyHostKey: true,
  tlsCa: undefined,
  allowAnyCertificate: false,
  timeoutMs: 30_000
}

export const site: SiteAddress = {
  protocol: 'sftp',
  host: 'web.example.com',
  port: 22,
  username: 'deployer',
  root: '/www',
  label: 'sftp://web.example.com:22'
}

export const place: Place = { address: site, login }

/** Complete settings of a deploy by versioning, so that a test says only what matters to it. */
export function settings(overrides: Partial<Settings> = {}): Settings {
  return {
    command: 'deploy',
    releaseId: undefined,
    strategy: 'versioning',
    dryRun: false,
    isBuildOnly: false,
    build: {
      package: undefined,
      cloudAppPath: undefined,
      webApiPath: undefined,
      buildFile: undefined,
      version: undefined,
      minimumCompatibleVersion: undefined,
      exclude: []
    },
    sites: [place],
    webApiSites: [place],
    cloudAppTarget: undefined,
    webApiTarget: undefined,
    webApiUrl: 'https://b.example.com/api/',
    slots: undefined,
    appUrl: undefined,
    publisher: 'if-missing',
    jump: undefined,
    protect: [],
    protectCloudApp: [],
    webApiOffline: 'auto',
    readiness: {
      urls: [],
      path: undefined,
      timeoutMs: 1000,
      smokeChecks: [],
      authorization: undefined,
      tlsCa: undefined,
      allowAnyCertificate: false
    },
    noticeFile: undefined,
    gitHub: { token: undefined, gate: undefined, environment: undefined, isCommentWanted: false },
    notificationMessage: '',
    statePath: 'App_Data/hot-deploy',
    retries: 3,
    connections: undefined,
    keepVersions: 0,
    lockWaitMs: 0,
    lockStaleAfterMs: 3_600_000,
    rollbackOnFailure: true,
    drainTimeoutMs: 3_600_000,
    retire: false,
    ...overrides
  }
}
