import { describe, expect, test } from '@jest/globals'
import { readBuildFile, type BuildFile } from '../../../src/build/build-file'
import { buildFiles, buildFileText, secretsOf, type BuildFileName } from '../../support/build-files'
import { deployErrorOf } from '../deploy-error'
import { temporaryFolder } from '../temporary-folder'
import { encoded, encodings } from './stored-as'

const app = 'salesdemo_cloud'

async function read(content: string | Buffer, apps: readonly string[] = [app]): Promise<BuildFile> {
  await using folder = await temporaryFolder()
  await folder.write({ 'build.json': content })
  return await readBuildFile(`${folder.path}/build.json`, apps)
}

function factsOf(file: BuildFile): unknown[] {
  const { deploymentVersion, minimum, availableTime, expirationTime, downloadOption, webApiUrl } = file
  return [
    deploymentVersion,
    minimum,
    availableTime?.text,
    expirationTime?.text,
    downloadOption,
    webApiUrl,
    file.isAppRunIncluded
  ]
}

/** What is in the fixtures. */
const stated: Record<BuildFileName, unknown[]> = {
  '2021.json': [
    '1.01',
    '1.01',
    '2021-04-21 05:37:44',
    '2031-04-21 05:37:44',
    'as-needed',
    'http://localhost:5000',
    undefined
  ],
  '2022.json': [
    '1.01',
    '1.01',
    '2021-04-21T05:37:44',
    '2031-04-21T05:37:44',
    'as-needed',
    'http://localhost:5000',
    undefined
  ],
  '2022R2.json': [
    '1.01',
    '1.01',
    '2023-04-21T05:37:44',
    '2031-04-21T05:37:44',
    'as-needed',
    'http://localhost:5000/',
    true
  ],
  '2022R3.json': [
    '1.01',
    '1.01',
    '2024-01-01T05:37:44',
    '2031-04-21T05:37:44',
    'as-needed',
    'http://localhost:5000/',
    true
  ],
  '2025.json': [
    '1.01',
    '1.01',
    '2021-07-29T07:03:28',
    '2031-07-29T07:03:28',
    'as-needed',
    'http://localhost:5096/',
    true
  ],
  '2025R2.json': [
    '1.01',
    '1.01',
    '2021-07-29 07:03:28',
    '2031-07-29 07:03:28',
    'as-needed',
    'http://localhost:5096/',
    true
  ],
  '2021.srj': [
    '1.01',
    '1.01',
    '2021-04-21 05:37:44',
    '2031-04-21 05:37:44',
    'as-needed',
    'http://localhost:5000',
    undefined
  ],
  '2022.srj': [
    '1.01',
    '1.01',
    '2021-04-21T05:37:44',
    '2031-04-21T05:37:44',
    'as-needed',
    'http://localhost:5000',
    undefined
  ],
  '2022R2.srj': [
    '1.01',
    '1.01',
    '2021-04-21T05:37:44',
    '2031-04-21T05:37:44',
    undefined,
    'http://localhost:5000',
    true
  ],
  '2022R3.srj': ['1.01', '1.01', '2021-04-21T05:37:44', '2031-04-21T05:37:44', undefined, 'http://localhost:5000', true]
}

describe.each(buildFiles)('the file of %s', name => {
  test.each(encodings)('says its seven facts, stored as %s', async as => {
    for (const lineEnd of ['\n', '\r\n']) {
      const file = await read(encoded(buildFileText(name).replaceAll('\n', lineEnd), as))
      expect(factsOf(file)).toEqual(stated[name])
      expect(file.isUrlBuiltIn).toBe(/^202[12]\./.test(name))
      expect(file.isNamedAlike).toBe(true)
    }
  })

  test('says them with other values', async () => {
    const changes = {
      version: '2.07',
      minimum: '2.05',
      available: '2026-11-01 00:00:00',
      expiration: '2040-01-01 00:00:00',
      download: 1,
      url: 'https://b.example.com/api/',
      appRun: false
    } as const
    const facts = factsOf(await read(buildFileText(name, changes)))
    const [download, isIncluded] = [stated[name][4], stated[name][6]]
    expect(facts).toEqual([
      '2.07',
      '2.05',
      '2026-11-01 00:00:00',
      '2040-01-01 00:00:00',
      download === undefined ? undefined : 'at-startup',
      'https://b.example.com/api/',
      isIncluded === undefined ? undefined : false
    ])
  })

  test('is spoilt anywhere, and no error has text of it', async () => {
    const text = buildFileText(name)
    const shown = stated[name].map(String)
    const secrets = secretsOf(text, shown)
    expect(secrets.filter(secret => secret.startsWith('Planted')).length).toBeGreaterThan(5)
    let failures = 0
    for (let cut = 7; cut < text.length; cut += 97) {
      for (const spoilt of [text.slice(0, cut), `${text.slice(0, cut)}\u0001"${text.slice(cut)}`]) {
        const error = await read(spoilt).then(
          () => undefined,
          (thrown: unknown) => thrown
        )
        if (error === undefined) continue
        failures += 1
        const said = everythingOf(error)
        expect([cut, secrets.filter(secret => said.includes(secret))]).toEqual([cut, []])
      }
    }
    expect(failures).toBeGreaterThan(10)
  })

  test.each(['version', 'minimum', 'available', 'expiration', 'url'] as const)(
    'with a secret in the place of its %s does not show it',
    async what => {
      const secret = 'Planted-c0ffee'
      const text = buildFileText(name, {
        [what]: what === 'url' ? `https://user:${secret}@h.example.com/?${secret}` : secret
      })
      const result = await read(text).catch((error: unknown) => error)
      expect(everythingOf(result)).not.toContain(secret)
      if (what === 'url') expect((result as BuildFile).webApiUrl).toBe('https://h.example.com/')
    }
  )
})

describe('the JSON of PBAutoBuild', () => {
  const text = buildFileText('2025R2.json')

  test('may have comments and commas too many', async () => {
    const lenient = text
      .replace('{', '{ // written by hand\n /* and\n so on */')
      .replaceAll(/([}\]"])\n(\s*[}\]])/g, '$1,\n$2')
    expect(factsOf(await read(lenient))).toEqual(stated['2025R2.json'])
  })

  test('may spell the available time right', async () => {
    expect(factsOf(await read(text.replace('AvailabeTime', 'AvailableTime')))).toEqual(stated['2025R2.json'])
  })

  test.each([
    ['0', '0', 'https://ide.example.com/'],
    ['1', '0', 'https://iis.example.com/'],
    ['1', '1', 'https://folder.example.com/']
  ])('has a URL for each way to deploy: run mode %s, server type %s', async (mode, type, url) => {
    const urls = ['https://ide.example.com/', 'https://iis.example.com/', 'https://folder.example.com/']
    let index = 0
    const changed = text
      .replace(/"TargetRunMode": \d/, `"TargetRunMode": ${mode}`)
      .replace(/"TargetServerType": \d/, `"TargetServerType": ${type}`)
      .replaceAll(/"WebAPISiteURL": "[^"]*"/g, () => `"WebAPISiteURL": "${urls[index++] ?? ''}"`)
    expect((await read(changed)).webApiUrl).toBe(url)
  })

  test.each(['DeploymentVersion', 'Apprun.Json', 'Versioning'])('with the key %s twice is refused', async key => {
    const twice = text.replace(new RegExp(`"${key}":`), `"${key}": "Planted-c0ffee", "${key}":`)
    const error = await deployErrorOf(() => read(twice))
    expect(error.reasonCode).toBe('build-file-invalid')
    expect(error.message).toContain(`"${key}" 2 times`)
    expect(everythingOf(error)).not.toContain('c0ffee')
  })

  test.each([
    ['nothing', '', 'value expected at line 1, column 1'],
    ['another form', '{"a": {"b": "c0ffee"}}', 'no PowerServer project'],
    ['a list', '[1]', 'no JSON object'],
    ['a project that is native', '{"Projects":{"c0ffee":{"ProjectType":0}}}', 'no PowerServer project'],
    ['no version', buildFileText('2025R2.json', { version: '' }), 'no deployment version'],
    ['what is nested without end', '['.repeat(200_000), ''],
    ['a string that does not end', '{\n "a": "c0ffee', 'unexpected end of string at line 2, column 7']
  ])('that is %s is refused', async (_, content, words) => {
    const error = await deployErrorOf(() => read(content))
    expect(error.reasonCode).toBe('build-file-invalid')
    expect(error.message).toContain(words)
    expect(everythingOf(error)).not.toContain('c0ffee')
  })

  test('in another encoding is refused', async () => {
    const error = await deployErrorOf(() => read(Buffer.from(`{"a": "caf\u00e9 c0ffee"}`, 'latin1')))
    expect(error.reasonCode).toBe('build-file-invalid')
    expect(error.message).toContain('neither UTF-8 nor UTF-16LE')
    expect(everythingOf(error)).not.toContain('c0ffee')
  })

  test('that is far too large is not read', async () => {
    const error = await deployErrorOf(() => read(Buffer.alloc(17 * 1024 * 1024, ' ')))
    expect(error.message).toContain('17825792 bytes')
  })
})

test('a file that is missing, or a folder, is no build file', async () => {
  await using folder = await temporaryFolder()
  for (const path of [`${folder.path}/no.json`, folder.path]) {
    const error = await deployErrorOf(() => readBuildFile(path, [app]))
    expect(error.reasonCode).toBe('build-not-found')
    expect(error.message).toContain(`build-file is "${path}"`)
  }
})

describe('of several projects', () => {
  const projects = (...names: string[]): string => {
    const project = JSON.stringify(
      (JSON.parse(buildFileText('2025.json')) as { Projects: Record<string, unknown> }).Projects[app]
    )
    const each = names.map(
      (name, index) =>
        `"Planted-${index}": ${project.replace('"AppName":"salesdemo_cloud"', `"AppName":"${name}"`).replace('1.01', `1.0${index}`)}`
    )
    return `{"Projects": {"client": {"ProjectType": 4, "Application": {"Basic": {"AppName": "${app}"}}}, ${each.join(',')}}}`
  }

  test('the one with the name of the app is taken, in any casing', async () => {
    const file = await read(projects('other', 'SalesDemo_Cloud', 'third'))
    expect([file.deploymentVersion, file.isNamedAlike]).toEqual(['1.01', true])
  })

  test('the one with the name of the folder on the site is taken', async () => {
    expect((await read(projects('other', 'prod'), ['build', 'prod'])).deploymentVersion).toBe('1.01')
  })

  test('the only one is taken, whatever its name', async () => {
    const file = await read(projects('other'))
    expect([file.deploymentVersion, file.isNamedAlike]).toEqual(['1.00', false])
  })

  test.each([
    ['none fits', ['other', 'third'], '2 PowerServer projects, and none of them'],
    ['two fit', [app, app, 'third'], '3 PowerServer projects, and 2 of them have the app name "salesdemo_cloud"']
  ])('is refused where %s', async (_, names, words) => {
    const error = await deployErrorOf(() => read(projects(...names)))
    expect(error.reasonCode).toBe('build-file-ambiguous')
    expect(error.message).toContain(words)
    expect(everythingOf(error)).not.toMatch(/Planted|third|other_/)
  })

  test('a project object may have several lines of settings', async () => {
    const text = buildFileText('2025.json')
    const one = buildFileText('2022R3.srj')
    const two = buildFileText('2022R3.srj', { app: 'other', version: '7.07' })
    expect((await read(one + two)).deploymentVersion).toBe('1.01')
    expect((await read(one + two, ['other'])).deploymentVersion).toBe('7.07')
    expect(text).not.toContain('POWERCLIENT:')
  })
})

test.each([
  ['its own', '1', true, 'https://own.example.com/'],
  ['that of IIS', '0', false, 'https://iis.example.com/'],
  ['that of the package', '1', false, 'https://package.example.com/']
])('a project object for an external server has %s URL', async (_, type, isOwn, url) => {
  const line = buildFileText('2022R3.srj')
    .replace('"RunModel":0', '"RunModel":1')
    .replace('"TargetType":0', `"TargetType":${type}`)
    .replace('"CustomizeServerWebAPIURL":false', `"CustomizeServerWebAPIURL":${String(isOwn)}`)
    .replace('"ServerWebAPIURL":""', '"ServerWebAPIURL":"https://own.example.com/"')
    .replace(/("Configuration":\{"DestnationUrl":)""/, '$1"https://iis.example.com/"')
    .replace(/("OutputPath":"[^"]*","DestnationUrl":)""/, '$1"https://package.example.com/"')
  expect((await read(line)).webApiUrl).toBe(url)
})

/** All that could reach a log: an error with what caused it, or a result. */
function everythingOf(thing: unknown): string {
  const texts: string[] = []
  for (let left: unknown = thing; left !== undefined; left = (left as { cause?: unknown }).cause) {
    const error = left as Error & { advice?: string }
    texts.push(JSON.stringify(left), `${error.message} ${error.stack ?? ''} ${error.advice ?? ''}`)
  }
  return texts.join('\n')
}
