import { DeployError, type ReasonCode } from '../../../src/errors'
import type { Plan } from '../../../src/plan/plan'
import { newRecord, type ReleaseRecord } from '../../../src/release/record'

export const startedAt = new Date('2026-06-01T12:00:00.000Z')

/** A plan with one file of each kind. */
export function plan(overrides: Partial<Plan> = {}): Plan {
  const local = (path: string, size: number, sizeOnSite?: number): Plan['unseen'][number] => ({
    path,
    content: { localPath: `/build/${path}`, size },
    size,
    sizeOnSite
  })
  const pointer = (path: string, size: number): Plan['unseen'][number] => ({
    path,
    content: { bytes: Buffer.alloc(size) },
    size,
    sizeOnSite: size
  })
  return {
    strategy: 'versioning',
    app: 'sales',
    version: '1.05',
    previousVersion: '1.04',
    minimum: '1.05',
    previousMinimum: '1.03',
    webApiUrl: 'https://b.example.com/api/',
    previousWebApiUrl: 'https://a.example.com/api/',
    isFirstRelease: false,
    cloudAppFolder: 'sales',
    isCloudAppNew: false,
    webApi: {
      isNew: false,
      folder: 'api_b',
      files: [local('api_b/ServerAPIs.dll', 3000)],
      kept: [{ path: 'api_b/UserConfig.json', localPath: '/build/UserConfig.json' }],
      offline: true
    },
    unseen: [local('sales/1.05/app.exe.zip', 2_000_000), local('sales/1.05/app.pbd/w.win.zip', 500_000)],
    staged: [
      [local('sales/css/a.css', 40)],
      [local('sales/index.html', 60, 60)],
      [pointer('sales/apprun.json', 100)],
      [pointer('sales/deploylist.ini.zip', 100)]
    ],
    kept: [],
    present: 7,
    unchanged: 0,
    deletions: { cloudApp: [], webApi: [], versions: [] },
    foreign: ['by-hand.txt'],
    warnings: [],
    ...overrides
  }
}

/** The record of a release that went well. */
export function record(overrides: Partial<ReleaseRecord> = {}): ReleaseRecord {
  return {
    ...newRecord(startedAt),
    endedAt: new Date(startedAt.getTime() + 65_000),
    status: 'deployed',
    strategy: 'versioning',
    app: 'sales',
    version: '1.05',
    previousVersion: '1.04',
    minimum: '1.05',
    webApiUrl: 'https://b.example.com/api/',
    previousWebApiUrl: 'https://a.example.com/api/',
    appUrl: 'https://www.example.com/sales/',
    releasedAt: new Date(startedAt.getTime() + 60_000),
    notificationMessage: '{app} {version} is here',
    cloudAppAt: 'sftp://web.example.com:22 /www/sales',
    webApiAt: 'sftp://web.example.com:22 /www/api_b',
    plan: plan(),
    releaseId: '20260601T120000-1.05-a1b2c3',
    switchGuarantee: 'atomic',
    filesUploaded: 7,
    bytesUploaded: 2_503_300,
    filesUnchanged: 8,
    filesKept: 1,
    filesDeleted: 2,
    phases: [
      { name: 'Read the build', milliseconds: 300, failed: false },
      { name: 'Switch', milliseconds: 1200, failed: false }
    ],
    ...overrides
  }
}

/** The record of a release that failed before the switch. */
export function failedRecord(
  reasonCode: ReasonCode = 'web-api-not-ready',
  message = 'Web API B is not ready.',
  advice = 'Open the URL.',
  overrides: Partial<ReleaseRecord> = {}
): ReleaseRecord {
  const error = new DeployError(reasonCode, message, advice)
  const phases = [{ name: 'Wait until Web API B is ready', milliseconds: 300_000, failed: true }] as const
  return record({
    status: 'failed',
    reasonCode,
    error,
    phases: [...phases],
    releasedAt: undefined,
    switchGuarantee: undefined,
    ...overrides
  })
}
