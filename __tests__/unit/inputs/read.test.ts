import { describe, expect, test } from '@jest/globals'
import type { DeployError } from '../../../src/errors'
import { makeCertificate } from '../../support/certificate'
import { deployErrorOf } from '../deploy-error'
import { least, read } from './with-block'

const ed25519Line = 'web.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIvErV9OTgdVnD6g6roDKO9ZHYH6/IKk8TsLr+UaDDO7'

function refused(given: Record<string, string>): Promise<DeployError> {
  return deployErrorOf(() => read(given))
}

test('a name that the template of the notification does not know is worth a warning, once', () => {
  const { warnings } = read({ 'notification-message': '{app} {verison} {verison} {released-at}' })
  expect(warnings).toEqual(['notification-message has {verison}, which is no name that it knows, and stays as it is.'])
})

describe('the least that a deploy needs', () => {
  test('gives settings with every default, and no warning', () => {
    const { settings, warnings } = read()
    expect(settings).toMatchObject({
      strategy: 'versioning',
      dryRun: false,
      build: {
        package: 'build/salesdemo',
        cloudAppPath: undefined,
        webApiPath: undefined,
        buildFile: undefined,
        version: undefined,
        minimumCompatibleVersion: undefined,
        exclude: []
      },
      cloudAppTarget: undefined,
      webApiTarget: undefined,
      webApiUrl: 'https://b.example.com/api/',
      appUrl: undefined,
      publisher: 'if-missing',
      sites: [
        {
          address: { protocol: 'sftp', host: 'web.example.com', port: 22, root: '/C:/inetpub/wwwroot' },
          login: {
            username: 'deployer',
            password: 'p4ss-w0rd',
            privateKey: undefined,
            allowAnyHostKey: false,
            allowAnyCertificate: false,
            timeoutMs: 30_000
          }
        }
      ],
      protectCloudApp: [],
      webApiOffline: 'auto',
      readiness: {
        urls: [{ url: 'https://b.example.com/api/health-readiness', host: undefined }],
        timeoutMs: 300_000,
        smokeChecks: [],
        authorization: undefined
      }
    })
    expect(settings.webApiSites).toBe(settings.sites)
    expect(settings.protect).toEqual(expect.arrayContaining(['UserConfig.json', 'Logging/', '*.pfx']))
    expect(settings.notificationMessage).toContain('A new version of {app} ({version}) is available.')
    expect(warnings).toEqual([])
  })
})

describe('what is given', () => {
  test('goes where it belongs', () => {
    const { settings } = read({
      strategy: 'replacement',
      'dry-run': 'TRUE',
      version: '1.06',
      'minimum-compatible-version': '1.04',
      exclude: '*.pdb\r\n\n  *.map  \n',
      'web-api-site': 'sftp://api@api.example.com:2222/srv',
      'cloud-app-target': 'apps\\sales\\',
      'web-api-target': '.',
      'app-url': 'https://www.example.com/sales',
      publisher: 'never',
      timeout: '7',
      'readiness-timeout': '20',
      'web-api-offline': 'never',
      'protect-cloud-app': 'index.html',
      'web-api-authorization': ' Bearer abc '
    })
    expect(settings).toMatchObject({
      strategy: 'replacement',
      dryRun: true,
      build: { version: '1.06', minimumCompatibleVersion: '1.04', exclude: ['*.pdb', '*.map'] },
      webApiSites: [{ address: { host: 'api.example.com', port: 2222, root: '/srv' }, login: { username: 'api' } }],
      cloudAppTarget: 'apps/sales',
      webApiTarget: '',
      appUrl: 'https://www.example.com/sales/',
      publisher: 'never',
      sites: [{ login: { username: 'deployer', timeoutMs: 7000 } }],
      protectCloudApp: ['index.html'],
      webApiOffline: 'never',
      readiness: { timeoutMs: 20_000, authorization: 'Bearer abc' }
    })
  })

  test('username goes before the user in the site', () => {
    const { settings } = read({ username: ' app\\$app ', 'web-api-site': 'sftp://other@api.example.com/srv' })
    expect([...settings.sites, ...settings.webApiSites].map(({ login }) => login.username)).toEqual([
      'app\\$app',
      'app\\$app'
    ])
  })

  test('secrets are taken as they are, never trimmed', () => {
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n'
    const { settings } = read({ password: '  p ass\t', 'private-key': key, passphrase: ' x ' })
    expect(settings.sites[0].login).toMatchObject({ password: '  p ass\t', privateKey: key, passphrase: ' x ' })
  })

  test('web-api-url is kept as it is written', () => {
    expect(read({ 'web-api-url': 'HTTPS://B.Example.com:443/My API' }).settings.webApiUrl).toBe(
      'HTTPS://B.Example.com:443/My API'
    )
  })

  test('host keys are fingerprints and lines of known_hosts, with remarks between', () => {
    const { settings } = read({ 'host-key': `# web\n${least['host-key'] ?? ''}\n\n${ed25519Line}\n` })
    expect(settings.sites[0].login.hostKeys.map(({ type }) => type)).toEqual([undefined, 'ssh-ed25519'])
  })

  test('any host key is trusted only when that is said', () => {
    const { settings } = read({ 'host-key': '', 'allow-any-host-key': 'true' })
    expect(settings.sites[0].login).toMatchObject({ hostKeys: [], allowAnyHostKey: true })
  })

  test('tls-ca serves the login and the checks', () => {
    const { ca } = makeCertificate()
    const { settings } = read({ 'tls-ca': ca, 'allow-any-certificate': 'true' })
    expect([settings.sites[0].login.tlsCa, settings.readiness.tlsCa]).toEqual([ca.trim(), ca.trim()])
    expect(settings.readiness.allowAnyCertificate).toBe(true)
  })
})

describe('lock, journal, retries and connections', () => {
  test('have the defaults of action.yml', () => {
    expect(read().settings).toMatchObject({
      command: 'deploy',
      releaseId: undefined,
      statePath: 'App_Data/hot-deploy',
      retries: 3,
      connections: undefined,
      keepVersions: 0,
      lockWaitMs: 600_000,
      lockStaleAfterMs: 3_600_000,
      rollbackOnFailure: true
    })
  })

  test('are taken as given', () => {
    const given = {
      'state-path': ' state\\of\\app/ ',
      retries: '20',
      connections: ' 32 ',
      'keep-versions': '999',
      'lock-wait': '90',
      'lock-stale-after': '1',
      'rollback-on-failure': 'False'
    }
    expect(read(given).settings).toMatchObject({
      statePath: 'state/of/app',
      retries: 20,
      connections: 32,
      keepVersions: 999,
      lockWaitMs: 90_000,
      lockStaleAfterMs: 1000,
      rollbackOnFailure: false
    })
  })

  test('may be none: no retry, no waiting', () => {
    expect(read({ retries: '0', 'lock-wait': '0' }).settings).toMatchObject({ retries: 0, lockWaitMs: 0 })
  })

  test('may be one connection, or as many as pay', () => {
    expect(read({ connections: '1' }).settings.connections).toBe(1)
    expect(read({ connections: ' auto ' }).settings.connections).toBeUndefined()
  })
})

describe('command: rollback', () => {
  const none = { command: 'rollback', strategy: '', package: '', 'web-api-url': '' }

  test('needs no build, no strategy and no Web API URL', () => {
    const { settings, warnings } = read(none)
    expect(settings).toMatchObject({
      command: 'rollback',
      releaseId: undefined,
      cloudAppTarget: undefined,
      webApiUrl: '',
      readiness: { urls: [], path: '/health-readiness' }
    })
    expect(warnings).toEqual([])
  })

  test('takes the release that is named, and what else it can use', () => {
    const { settings } = read({
      ...none,
      'release-id': ' 20260601T120000-1.05-a1b2c3 ',
      'cloud-app-target': 'sales',
      'readiness-path': 'none',
      'dry-run': 'true'
    })
    expect(settings).toMatchObject({
      releaseId: '20260601T120000-1.05-a1b2c3',
      cloudAppTarget: 'sales',
      dryRun: true,
      readiness: { urls: [], path: undefined }
    })
  })

  test('takes readiness URLs that are given', () => {
    const { readiness } = read({ ...none, 'readiness-urls': 'https://a.example.com/health' }).settings
    expect(readiness.urls).toEqual([{ url: 'https://a.example.com/health', host: undefined }])
  })

  test('may stand in the same step as the inputs of a deploy', () => {
    expect(read({ command: 'rollback' }).settings).toMatchObject({ command: 'rollback', strategy: 'versioning' })
  })

  test.each([
    ['strategy', 'Versioning', 'is "Versioning"'],
    ['web-api-url', 'b.example.com', 'a complete URL'],
    ['site', '', 'is missing'],
    ['host-key', '', 'is missing'],
    ['cloud-app-target', '../x', 'a folder below the root']
  ])('refuses a wrong %s all the same', async (name, value, words) => {
    const error = await refused({ ...none, [name]: value })
    expect(error.message).toContain(`The input ${name} `)
    expect(error.message).toContain(words)
  })
})

describe('readiness', () => {
  test.each([
    ['https://b.example.com/api', '/health-readiness', ['https://b.example.com/api/health-readiness']],
    ['https://b.example.com/api//', 'health', ['https://b.example.com/api/health']],
    ['https://b.example.com', '/health', ['https://b.example.com/health']],
    ['https://b.example.com/api/', '/', ['https://b.example.com/api/']],
    ['https://b.example.com/api/', 'none', []],
    ['https://b.example.com/api/', '', []]
  ])('of %s with the path %j is asked at %j', (url, path, urls) => {
    const { readiness } = read({ 'web-api-url': url, 'readiness-path': path }).settings
    expect(readiness.urls).toEqual(urls.map(each => ({ url: each, host: undefined })))
  })

  test('is asked at the URLs that are given instead', () => {
    const urls = 'https://b1.example.com/health\n\nhttp://10.0.0.2:5000/health\n'
    expect(read({ 'readiness-urls': urls }).settings.readiness.urls).toEqual([
      { url: 'https://b1.example.com/health', host: undefined },
      { url: 'http://10.0.0.2:5000/health', host: undefined }
    ])
  })

  test.each([
    ['https://10.0.0.5/health host=api.example.com', 'https://10.0.0.5/health', 'api.example.com'],
    ['https://10.0.0.5/health  HOST=API.Example.com:8443', 'https://10.0.0.5/health', 'api.example.com:8443'],
    ['http://web01:5000/health host=api_b', 'http://web01:5000/health', 'api_b']
  ])('of a member behind a load balancer takes the host name that it is for: %s', (line, url, host) => {
    expect(read({ 'readiness-urls': line }).settings.readiness.urls).toEqual([{ url, host }])
  })

  test('asks a URL that is named twice once, and one for two host names for both', () => {
    const urls = 'https://b/h\nHTTPS://B:443/h\nhttps://b/h host=x\nhttps://b/h host=X\nhttps://b/h host=y'
    const { readiness } = read({ 'readiness-urls': urls }).settings
    expect(readiness.urls.map(({ host }) => host)).toEqual([undefined, 'x', 'y'])
  })

  test.each([
    ['https://b/h api.example.com', 'has the line "https://b/h api.example.com"; such as https://10.0.0.5/'],
    ['https://b/h host=', 'has the line "https://b/h host="'],
    ['https://b/h host=x host=y', 'has the line'],
    ['https://b/h contains "x"', 'has the line'],
    ['https://b/h host=10.0.0.5', 'has the host "10.0.0.5"; a name such as'],
    ['https://b/h host=https://x', 'has the host "https://x"'],
    ['https://b/h host=x/y', 'has the host "x/y"'],
    ['https://b/h host=x:99999', 'has the host "x:99999"'],
    ['https://b/h host=a..b', 'has the host "a..b"'],
    ['https://b/h host=me@x', 'has the host "…@x"']
  ])('is not asked with the line %s', async (line, words) => {
    expect((await refused({ 'readiness-urls': line })).message).toContain(`The input readiness-urls ${words}`)
  })

  test('is not asked at what is no URL', async () => {
    const error = await refused({ 'readiness-urls': 'https://fine.example.com\n/health' })
    expect(error.message).toBe(
      'The input readiness-urls has a line that is "/health"; a complete URL such as https://api-b.example.com/app_API/ is expected.'
    )
  })
})

describe('a line of smoke-urls', () => {
  test.each([
    ['https://b.example.com/', { url: 'https://b.example.com/', status: undefined, contains: undefined }],
    ['401 https://b.example.com/x', { url: 'https://b.example.com/x', status: 401, contains: undefined }],
    ['200  https://b/x contains "ok"', { url: 'https://b/x', status: 200, contains: 'ok' }],
    ['https://b/x contains "a "b" c"', { url: 'https://b/x', status: undefined, contains: 'a "b" c' }],
    ['https://b/x contains ""', { url: 'https://b/x', status: undefined, contains: '' }]
  ])('%s is understood', (line, check) => {
    expect(read({ 'smoke-urls': `\n${line}\n` }).settings.readiness.smokeChecks).toEqual([check])
  })

  test.each([
    '20 https://b/x',
    '200',
    'https://b/x contains ok',
    'https://b/x includes "ok"',
    'b.example.com/x',
    'ftp://b.example.com/x',
    'https://b/x 200',
    '100 https://b/x',
    '600 https://b/x',
    'https://b/x contains "a" contains "b"'
  ])('%s is refused, and shown', async line => {
    const error = await refused({ 'smoke-urls': line })
    expect(error.message).toContain(`smoke-urls has the line "${line}"`)
  })
})

describe('a drain', () => {
  const empty = { command: 'drain', strategy: '', package: '', 'web-api-url': '' }

  test('needs no build, no strategy and no URL', () => {
    const { settings, warnings } = read(empty)
    expect(settings).toMatchObject({ command: 'drain', webApiUrl: '', drainTimeoutMs: 3_600_000, retire: false })
    expect(warnings).toEqual([])
  })

  test('takes a side, a time and what to do after it; a side that clients cannot reach is no mistake', () => {
    const given = { 'web-api-url': 'http://127.0.0.1:5000/api', 'drain-timeout': '0', retire: 'true' }
    const { settings, warnings } = read({ ...empty, ...given })
    expect(settings).toMatchObject({ webApiUrl: 'http://127.0.0.1:5000/api', drainTimeoutMs: 0, retire: true })
    expect(warnings).toEqual([])
  })
})

describe('a wrong input is named, with what would be right', () => {
  test.each([
    ['retire', 'true', 'is set without command: drain'],
    ['drain-timeout', '1h', 'is "1h"; a number of seconds, 0 to 999999, is expected'],
    ['command', 'undo', '"deploy" or "rollback" or "drain" is expected'],
    ['strategy', '', 'is missing; "versioning" or "replacement" is expected'],
    ['strategy', 'Versioning', 'is "Versioning"; "versioning" or "replacement" is expected'],
    ['dry-run', 'yes', 'is "yes"; true or false is expected'],
    ['package', '', 'is missing; it or cloud-app-path'],
    ['version', '1', 'is "1"; a deployment version such as 1.06 is expected'],
    ['version', 'v1.06', 'is "v1.06"'],
    ['minimum-compatible-version', '1.o6', 'is "1.o6"'],
    ['site', '', 'is missing; such as sftp://'],
    ['site', 'web.example.com', 'is "web.example.com", which is not of the form'],
    ['site', 'sftp://u@a/x\nsftp://v@A/x', 'names sftp://a:22 /x twice'],
    ['web-api-site', 'https://b.example.com', 'has the protocol "https"'],
    ['cloud-app-target', 'C:\\inetpub', 'is "C:\\inetpub"; a folder below the root'],
    ['cloud-app-target', '/sales', 'is "/sales"'],
    ['web-api-target', '../api', 'is "../api"'],
    ['web-api-url', '', 'is missing; the URL of Web API B'],
    ['web-api-url', '/api', 'is "/api"; a complete URL'],
    ['web-api-url', 'ftp://b.example.com/', 'is "ftp://b.example.com/"; a complete URL'],
    ['web-api-url', 'https:b.example.com', 'is "https:b.example.com"; a complete URL'],
    ['web-api-url', 'https://b.example.com/?x=1', 'without "?" and "#"'],
    ['app-url', 'www.example.com', 'is "www.example.com"; a complete URL'],
    ['app-url', 'https://www.example.com/#top', 'without "?" and "#"'],
    ['publisher', 'sometimes', '"if-missing" or "always" or "never"'],
    ['timeout', '0', 'is "0"; a number of seconds'],
    ['timeout', '1.5', 'is "1.5"'],
    ['timeout', '-1', 'is "-1"'],
    ['timeout', '1e3', 'is "1e3"'],
    ['timeout', '', 'is ""'],
    ['readiness-timeout', 'soon', 'is "soon"'],
    ['release-id', '20260601T120000-1.05-a1b2c3', 'is for command: rollback'],
    ['state-path', '', 'is ""; a folder below the root of the site is expected'],
    ['state-path', '.', 'is "."; a folder below the root'],
    ['state-path', '/var/state', 'is "/var/state"'],
    ['state-path', 'C:\\state', 'is "C:\\state"'],
    ['state-path', 'App_Data/../state', 'is "App_Data/../state"'],
    ['retries', '', 'is ""; a number, 0 to 20, is expected'],
    ['retries', '21', 'is "21"; a number, 0 to 20, is expected'],
    ['retries', '-1', 'is "-1"'],
    ['retries', '1.5', 'is "1.5"'],
    ['retries', 'many', 'is "many"'],
    ['connections', '', 'is ""; "auto" or a number, 1 to 32, is expected'],
    ['connections', '0', 'is "0"; "auto" or a number, 1 to 32, is expected'],
    ['connections', '33', 'is "33"'],
    ['connections', '-4', 'is "-4"'],
    ['connections', '2.5', 'is "2.5"'],
    ['connections', 'Auto', 'is "Auto"'],
    ['connections', 'many', 'is "many"'],
    ['keep-versions', '1000', 'is "1000"; a number, 0 to 999, is expected'],
    ['keep-versions', 'all', 'is "all"'],
    ['lock-wait', '', 'is ""; a number of seconds, 0 to 999999, is expected'],
    ['lock-wait', '-1', 'is "-1"'],
    ['lock-wait', '1000000', 'is "1000000"'],
    ['lock-stale-after', '0', 'is "0"; a number of seconds, 1 or more, is expected'],
    ['lock-stale-after', '1h', 'is "1h"'],
    ['rollback-on-failure', 'yes', 'is "yes"; true or false is expected'],
    ['web-api-offline', 'true', '"auto" or "always" or "never"'],
    ['host-key', '', 'is missing; the fingerprint of the server'],
    ['host-key', 'MD5:aa:bb', 'has the line "MD5:aa:bb"'],
    ['allow-any-host-key', 'true', 'is set together with host-key'],
    ['private-key', '~/.ssh/id_rsa', 'does not start with -----BEGIN'],
    ['private-key', 'ssh-ed25519 AAAA', 'does not start with -----BEGIN'],
    ['password', '', 'is missing; it or password is needed'],
    ['passphrase', 'x', 'is set without private-key'],
    ['tls-ca', 'not a certificate', 'cannot be read as a PEM certificate']
  ])('%s: %j', async (name, value, words) => {
    const error = await refused({ [name]: value })
    expect(error.reasonCode).toBe('invalid-inputs')
    expect(error.message).toContain(words)
    expect(error.message).toMatch(new RegExp(`^The input (${name}|private-key) `))
    expect(error.advice).toContain('Nothing has been connected to')
  })

  test('a minimum that is newer than the version', async () => {
    const error = await refused({ version: '1.9', 'minimum-compatible-version': '1.10' })
    expect(error.message).toBe('The input minimum-compatible-version is 1.10, which is newer than the version 1.9.')
  })

  test('a missing user, once for both sites', async () => {
    const error = await refused({ site: 'sftp://web.example.com/www', 'web-api-site': 'sftp://api.example.com/www' })
    expect(error.message).toBe('The input username is missing; it or a user in site is needed to log in.')
  })

  test('FTP in clear, without the word that it may be', async () => {
    const error = await refused({ site: 'ftp://deployer@web.example.com/', 'host-key': '' })
    expect(error.message).toContain('The input site is ftp://, which sends the password in clear')
  })

  test('FTP without a password', async () => {
    const error = await refused({ site: 'ftps://deployer@web.example.com/', password: '', 'host-key': '' })
    expect(error.message).toBe('The input password is missing; FTP knows no other way to log in.')
  })
})

describe('several wrong inputs', () => {
  test('are all told together, each in a line of its own', async () => {
    const wrong = {
      strategy: 'both',
      'dry-run': 'maybe',
      site: 'nowhere',
      'web-api-url': 'b',
      'app-url': 'c',
      version: 'x',
      timeout: 'y',
      'readiness-timeout': 'z',
      'smoke-urls': 'w',
      'cloud-app-target': '/abs',
      'host-key': 'MD5:1',
      'tls-ca': 'pem',
      gate: 'always',
      strategie: 'versioning'
    }
    const error = await refused(wrong)
    const lines = error.message.split('\n')
    expect(lines[0]).toBe(`${Object.keys(wrong).length} inputs are wrong:`)
    for (const name of Object.keys(wrong)) {
      expect(lines.filter(line => line.startsWith(`  - ${name} `))).toHaveLength(1)
    }
    expect(lines).toHaveLength(Object.keys(wrong).length + 1)
  })

  test('do not bring others with them: a wrong web-api-site asks for no host-key', async () => {
    const error = await refused({
      site: 'ftps://deployer@web.example.com/',
      'web-api-site': 'nowhere',
      'host-key': ''
    })
    expect(error.message).toMatch(/^The input web-api-site is "nowhere"/)
  })
})

describe('an unknown input', () => {
  test.each([
    ['strategie', 'strategy'],
    ['web_api_url', 'web-api-url'],
    ['WEB-API-URLS', 'web-api-url'],
    ['hostkey', 'host-key'],
    ['pasword', 'password'],
    ['dryrun', 'dry-run']
  ])('%s is refused, and %s is meant', async (name, meant) => {
    const error = await refused({ [name]: 'x' })
    expect(error.message).toBe(
      `The input ${name.toLowerCase()} is no input of this action; did you mean ${meant}?`.replace(/$/, '.')
    )
  })
})

describe('a secret is in no message', () => {
  const secret = 's3cr3t'
  test.each([
    ['a password in site', { site: `sftp://me:${secret}@host/www` }],
    ['a password with @ in site', { site: `sftp://me:x@${secret}@host/www` }],
    ['a password with / in site', { site: `sftp://me:${secret}/${secret}@host/www` }],
    ['a password in a site of another protocol', { site: `https://me:${secret}@host/www` }],
    ['a password in web-api-site', { 'web-api-site': `ftps://me:${secret}@host/www` }],
    ['a password in web-api-url', { 'web-api-url': `https://me:${secret}@host/api` }],
    ['a password in a web-api-url with a wrong port', { 'web-api-url': `https://me:${secret}@host:99999/api` }],
    ['a password in a web-api-url without scheme', { 'web-api-url': `me:${secret}@host/api` }],
    ['a password in app-url', { 'app-url': `https://${secret}@host/api` }],
    ['a password in readiness-urls', { 'readiness-urls': `https://me:${secret}@host/health` }],
    ['a password in readiness-urls with a blank', { 'readiness-urls': `https://me:${secret}@ho st/health` }],
    ['a password with a blank in readiness-urls', { 'readiness-urls': `https://me:${secret} ${secret}@host/health` }],
    ['a password in readiness-urls with a host', { 'readiness-urls': `https://me:${secret}@host/ host=x` }],
    ['a password in the host of readiness-urls', { 'readiness-urls': `https://b/ host=me:${secret}@x` }],
    ['a password in smoke-urls without a scheme', { 'smoke-urls': `me:${secret}@host/` }],
    ['a password in smoke-urls', { 'smoke-urls': `200 https://me:${secret}@host/` }],
    ['a key that is none', { 'private-key': secret }],
    ['a passphrase without key', { passphrase: secret }],
    ['a password beside other mistakes', { password: secret, site: 'x', timeout: 'y' }],
    ['a header beside other mistakes', { 'web-api-authorization': secret, timeout: 'y' }],
    ['a token beside other mistakes', { 'github-token': secret, timeout: 'y' }]
  ])('%s', async (_, given) => {
    const error = await refused(given)
    expect(error.message).not.toContain(secret)
  })
})

describe('what is allowed and worth a word', () => {
  test.each([
    ['http://localhost:5099', 'each client would look for the Web APIs on its own machine'],
    ['https://127.0.0.1/api', 'on its own machine'],
    ['http://[::1]:5099/', 'on its own machine'],
    ['http://api.localhost/', 'on its own machine']
  ])('%s leads clients to themselves', (url, words) => {
    expect(read({ 'web-api-url': url }).warnings).toEqual([expect.stringContaining(words)])
  })

  test.each(['https://www.example.com/sales', 'HTTPS://www.example.com/sales'])(
    'an app at %s whose Web APIs are not on HTTPS',
    appUrl => {
      expect(read({ 'app-url': appUrl, 'web-api-url': 'http://b.example.com/api' }).warnings).toEqual([
        expect.stringContaining('goes unencrypted')
      ])
    }
  )

  test('certificates that are not verified', () => {
    expect(read({ 'allow-any-certificate': 'true' }).warnings).toEqual([
      expect.stringContaining('allow-any-certificate is set')
    ])
  })

  test('FTP in clear, where it is allowed', () => {
    const given = { site: 'ftp://deployer@web.example.com/', 'allow-plain-ftp': 'true', 'host-key': '' }
    expect(read(given).warnings).toEqual([expect.stringContaining('ftp:// is used')])
  })
})
