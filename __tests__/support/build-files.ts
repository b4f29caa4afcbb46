import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** PBAutoBuild files and project objects, shortened, of the app `salesdemo_cloud`; what begins with "Planted" is secret. */
export const buildFiles = [
  '2021.json',
  '2022.json',
  '2022R2.json',
  '2022R3.json',
  '2025.json',
  '2025R2.json',
  '2021.srj',
  '2022.srj',
  '2022R2.srj',
  '2022R3.srj'
] as const

export type BuildFileName = (typeof buildFiles)[number]

/** Values to put in the place of those in a fixture. */
export interface BuildFileChanges {
  readonly app?: string
  readonly version?: string
  readonly minimum?: string
  readonly available?: string
  readonly expiration?: string
  /** 0 as necessary, 1 all at startup. */
  readonly download?: 0 | 1
  readonly url?: string
  readonly appRun?: boolean
}

/** The text of a fixture with other values, wherever its form has them. */
export function buildFileText(name: BuildFileName, changes: BuildFileChanges = {}): string {
  const { app, version, minimum, available, expiration, download, url, appRun } = changes
  const text = readFileSync(join(import.meta.dirname, '../fixtures/build-file', name), 'utf8')
  const edits: [RegExp, string | undefined][] = [
    [/(?<="(?:AppName|Name)":\s*)"salesdemo_cloud"/g, quoted(app)],
    [/(?<="(?:DeploymentVersion|DeployVersion)":\s*)"[^"]*"/g, quoted(version)],
    [/(?<="(?:MinimumCompatibleVersion|MinCompatibleVersion|MinimumValidVersion)":\s*)"[^"]*"/g, quoted(minimum)],
    [/(?<="(?:AvailabeTime|AvailableTime|OnlineTime)":\s*)"[^"]*"/g, quoted(available)],
    [/(?<="(?:ExpirationTime|Expiration|OfflineTime)":\s*)"[^"]*"/g, quoted(expiration)],
    [/(?<="DownloadsOptions":\s*)\d/g, download?.toString()],
    [/(?<="Options":\s*)\d(?=,\s*"\/\/Options":\s*"0: Download the app)/g, download?.toString()],
    [/(?<="FullDownload":\s*)(?:true|false)/g, download === undefined ? undefined : String(download === 1)],
    [/(?<="(?:WebAPISiteURL|WebAPIURL|webapiurl|WebApiUrl|DestnationUrl)":\s*)"[^"]*"/g, quoted(url)],
    [/(?<="(?:Apprun\.Json|PackageAppRunConfig)":\s*)(?:true|false)/g, appRun?.toString()]
  ]
  return edits.reduce(
    (left, [pattern, value]) => (value === undefined ? left : left.replace(pattern, () => value)),
    text
  )
}

/** A time some days from now, as PBAutoBuild writes it. */
export function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19).replace('T', ' ')
}

/** Texts of a file that are long enough to be recognised, and are none of those that may be shown. */
export function secretsOf(text: string, shown: readonly string[]): string[] {
  const values = [...text.matchAll(/:\s*"((?:[^"\\]|\\.)*)"/g)].map(match => match[1] ?? '')
  return [...new Set(values)].filter(value => value.length > 4 && !shown.some(fact => fact.includes(value)))
}

function quoted(text: string | undefined): string | undefined {
  return text === undefined ? undefined : JSON.stringify(text)
}
