import { compareVersions, isVersion } from '../build/version'
import { DeployError } from '../errors'
import { unknownNames } from '../report/notification'
import { normaliseTarget } from '../transport/remote-path'
import type { RawInputs } from './raw-inputs'
import { readGitHub } from './read-github'
import { readJump } from './read-jump'
import { readNoticeFile } from './read-notice-file'
import { readReadiness } from './read-readiness'
import { readSites } from './read-sites'
import { readSlots } from './read-slots'
import type { BuildSettings, Command, Settings } from './settings'
import { below, isLocal, urlProblem } from './web-address'

/** The settings, and what about them is allowed and yet worth a word. */
export interface ReadInputs {
  readonly settings: Settings
  readonly warnings: readonly string[]
}

/**
 * Reads and checks all inputs at once.
 *
 * @param isPlan the run may do no more than plan: then credentials, and all that leads to a site, may be missing
 * @throws DeployError `invalid-inputs` with every mistake in one list
 */
export function readSettings(raw: RawInputs, isPlan = false): ReadInputs {
  const command = raw.oneOf('command', ['deploy', 'rollback', 'drain'])
  const isDeploy = command === 'deploy'
  const isBuildOnly =
    isPlan && isDeploy && raw.verbatim('password') === undefined && raw.verbatim('private-key') === undefined
  const places = readSites(raw, isBuildOnly)
  const [{ login }] = places.sites
  const slots = readSlots(raw)
  const hasSlots = raw.text('web-api-slots') !== undefined
  const webApiUrl = readUrl(raw, 'web-api-url', isDeploy && !isBuildOnly && !hasSlots) ?? ''
  const appUrl = readUrl(raw, 'app-url', false)
  const settings: Settings = {
    command,
    releaseId: raw.text('release-id'),
    strategy: isDeploy || raw.text('strategy') !== undefined ? raw.oneOf('strategy', strategies) : 'versioning',
    dryRun: raw.flag('dry-run'),
    isBuildOnly,
    build: readBuildSettings(raw, isDeploy),
    ...places,
    cloudAppTarget: readTarget(raw, 'cloud-app-target'),
    webApiTarget: readTarget(raw, 'web-api-target'),
    webApiUrl,
    slots,
    appUrl: appUrl && below(appUrl, ''),
    publisher: raw.oneOf('publisher', ['if-missing', 'always', 'never']),
    jump: isBuildOnly ? undefined : readJump(raw, login, places),
    protect: raw.lines('protect'),
    protectCloudApp: raw.lines('protect-cloud-app'),
    webApiOffline: raw.oneOf('web-api-offline', ['auto', 'always', 'never']),
    readiness: readReadiness(raw, webApiUrl, places.webApiSites),
    notificationMessage: raw.text('notification-message') ?? '',
    noticeFile: readNoticeFile(raw),
    gitHub: readGitHub(raw),
    statePath: readStatePath(raw),
    retries: raw.count('retries', 20),
    connections: raw.limit('connections', 32),
    keepVersions: raw.count('keep-versions', 999),
    lockWaitMs: raw.milliseconds('lock-wait', 0),
    lockStaleAfterMs: raw.milliseconds('lock-stale-after'),
    rollbackOnFailure: raw.flag('rollback-on-failure'),
    drainTimeoutMs: raw.milliseconds('drain-timeout', 0),
    retire: readRetire(raw, command)
  }
  for (const name of ['web-api-url', 'web-api-target'] as const) {
    if (isDeploy && hasSlots && raw.text(name) !== undefined)
      raw.problem(name, 'is set together with web-api-slots; one of them is expected')
  }
  if (isDeploy && settings.releaseId !== undefined) {
    raw.problem('release-id', 'is for command: rollback; a deploy makes its own')
  }
  if (raw.problems.length > 0) throw invalid(raw.problems)
  return { settings, warnings: warningsOf(settings) }
}

const strategies = ['versioning', 'replacement'] as const

function readRetire(raw: RawInputs, command: Command): boolean {
  const isWanted = raw.flag('retire')
  if (isWanted && command !== 'drain') raw.problem('retire', 'is set without command: drain, which it belongs to')
  return isWanted
}

function readStatePath(raw: RawInputs): string {
  const text = raw.text('state-path') ?? ''
  const path = normaliseTarget(text)
  if (path) return path
  raw.problem(
    'state-path',
    `is "${text}"; a folder below the root of the site is expected, without a drive, a leading slash or ".."`
  )
  return 'App_Data/hot-deploy'
}

function invalid(problems: readonly string[]): DeployError {
  const [only, ...more] = problems
  return new DeployError(
    'invalid-inputs',
    more.length === 0
      ? `The input ${only ?? ''}.`
      : `${problems.length} inputs are wrong:\n${problems.map(problem => `  - ${problem}`).join('\n')}`,
    'Correct them in the with: block of the step. Nothing has been connected to.'
  )
}

function warningsOf(settings: Settings): string[] {
  const warnings: string[] = []
  const isBehindHttps = settings.appUrl?.toLowerCase().startsWith('https:') === true
  const name = settings.slots ? 'web-api-slots' : 'web-api-url'
  const released = settings.slots?.map(({ url }) => url) ?? [settings.webApiUrl]
  const urls = settings.command === 'drain' ? [] : released
  for (const url of urls.filter(text => text !== '' && isLocal(text))) {
    warnings.push(`${name} is "${url}": each client would look for the Web APIs on its own machine.`)
  }
  if (isBehindHttps && urls.some(url => url.toLowerCase().startsWith('http:'))) {
    warnings.push(`app-url is HTTPS and ${name} is not: what users send to the Web APIs goes unencrypted.`)
  }
  const places = [...settings.sites, ...settings.webApiSites]
  if (places.some(({ login }) => login.allowAnyCertificate))
    warnings.push(
      'allow-any-certificate is set: certificates are not verified, and anyone in between can read the password.'
    )
  const unknown = unknownNames(settings.notificationMessage)
  if (unknown.length > 0) {
    warnings.push(`notification-message has ${unknown.join(', ')}, which is no name that it knows, and stays as it is.`)
  }
  if (places.some(({ address }) => address.protocol === 'ftp')) {
    warnings.push('ftp:// is used: the password and all files cross the network unencrypted.')
  }
  return warnings
}

function readBuildSettings(raw: RawInputs, isNeeded: boolean): BuildSettings {
  const build = {
    package: raw.text('package'),
    cloudAppPath: raw.text('cloud-app-path'),
    webApiPath: raw.text('web-api-path'),
    buildFile: raw.text('build-file'),
    version: readVersion(raw, 'version'),
    minimumCompatibleVersion: readVersion(raw, 'minimum-compatible-version'),
    exclude: raw.lines('exclude')
  }
  if (isNeeded && build.package === undefined && build.cloudAppPath === undefined) {
    raw.problem('package', 'is missing; it or cloud-app-path must say where the build is')
  }
  const { version, minimumCompatibleVersion: minimum } = build
  if (version !== undefined && minimum !== undefined && compareVersions(minimum, version) > 0) {
    raw.problem('minimum-compatible-version', `is ${minimum}, which is newer than the version ${version}`)
  }
  return build
}

function readVersion(raw: RawInputs, name: 'version' | 'minimum-compatible-version'): string | undefined {
  const text = raw.text(name)
  if (text === undefined || isVersion(text)) return text
  raw.problem(name, `is "${text}"; a deployment version such as 1.06 is expected (quote it in YAML)`)
  return undefined
}

function readTarget(raw: RawInputs, name: 'cloud-app-target' | 'web-api-target'): string | undefined {
  const text = raw.text(name)
  if (text === undefined) return undefined
  const target = normaliseTarget(text)
  if (target === undefined) {
    raw.problem(
      name,
      `is "${text}"; a folder below the root of the site is expected, without a drive, a leading slash or ".."`
    )
  }
  return target
}

function readUrl<Required extends boolean>(
  raw: RawInputs,
  name: 'web-api-url' | 'app-url',
  required: Required
): Required extends true ? string : string | undefined
function readUrl(raw: RawInputs, name: 'web-api-url' | 'app-url', required: boolean): string | undefined {
  const text = raw.text(name)
  const problem = text === undefined ? undefined : urlProblem(text)
  if (problem !== undefined) raw.problem(name, problem)
  if (text === undefined && required) {
    raw.problem(name, 'is missing; the URL of Web API B is expected, such as https://api-b.example.com/app_API/')
  }
  if (text === undefined || problem !== undefined) return required ? 'http://missing.invalid/' : undefined
  if (/[?#]/.test(text)) raw.problem(name, `is "${text}"; a URL without "?" and "#" is expected`)
  return text
}
