import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isAppRunName, parseAppRun, withWebApiUrl } from '../../../src/build/apprun'
import { deployErrorOf } from '../deploy-error'
import { encoded, encodings, type StoredAs } from './stored-as'

const samples = '__tests__/fixtures/apprun'
const newUrl = 'https://api-b.example.com/salesdemo_API/'

/** An apprun.json as text, cut at the value of deployment_urls.web_api. */
interface Cut {
  readonly before: string
  readonly value: string
  readonly after: string
}

const white = fc.constantFrom('', '', ' ', '  ', '\t', '\n', '\r\n', '\r\n\t', '\n    ')
const character = fc.oneof(
  fc.constantFrom('a', 'Z', '9', ' ', ':', '{', '}', ',', '/', '%', 'é', '日', '😀', '\u00a0', '\ufeff', '\u2028'),
  fc.constantFrom('\\/', '\\\\', '\\"', '\\n', '\\t', '\\u0041', '\\u00e9', '\\ud83d\\ude00', '\\u0000')
)
const literal = fc.array(character, { maxLength: 8 }).map(parts => `"${parts.join('')}"`)
const { value: jsonValue } = fc.letrec<{ value: string; member: string }>(tie => ({
  member: fc
    .tuple(white, literal, white, white, tie('value'), white)
    .map(([a, key, b, c, v, d]) => `${a}${key}${b}:${c}${v}${d}`),
  value: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false', '0', '-1.5e+3', '[]', '{}', '{ "web_api": 1 }'),
    literal,
    fc.array(tie('value'), { maxLength: 2 }).map(items => `[${items.join(',')}]`),
    fc.array(tie('member'), { maxLength: 2 }).map(members => `{${members.join(',')}}`)
  )
}))
const members = (...keys: string[]): fc.Arbitrary<string[]> =>
  fc.array(
    fc
      .tuple(white, fc.oneof(fc.constantFrom(...keys), literal), white, white, jsonValue, white)
      .map(([a, key, b, c, value, d]) => `${a}${key}${b}:${c}${value}${d}`),
    { maxLength: 3 }
  )
const url = fc.oneof(
  fc.webUrl(),
  fc.constantFrom(newUrl, 'https://b.example.com/größe "x"\\/', 'https://日本.example/😀')
)
const cut: fc.Arbitrary<Cut> = fc
  .record({
    outerBefore: members('"web_api"', '"deployment_settings"'),
    outerKey: fc.constantFrom('"deployment_urls"', '"deployment\\u005furls"'),
    innerBefore: members('"launcher"', '"deployment_urls"'),
    innerKey: fc.constantFrom('"web_api"', '"web\\u005fapi"'),
    value: fc.oneof(
      literal.filter(text => text !== '""'),
      url.map(text => JSON.stringify(text).replaceAll('/', '\\/'))
    ),
    innerAfter: members('"runtime"'),
    outerAfter: members('"allowed"'),
    blanks: fc.array(white, { minLength: 8, maxLength: 8 })
  })
  .map(({ outerBefore, outerKey, innerBefore, innerKey, value, innerAfter, outerAfter, blanks }) => {
    const [a, b, c, d, e, f, g, h] = blanks as [string, string, string, string, string, string, string, string]
    return {
      before: `${a}{${outerBefore.map(member => `${member},`).join('')}${b}${outerKey}${c}:${d}{${innerBefore.map(member => `${member},`).join('')}${e}${innerKey}${f}:${g}`,
      value,
      after: `${h}${innerAfter.map(member => `,${member}`).join('')}}${a}${outerAfter.map(member => `,${member}`).join('')}}${b}`
    }
  })
  .filter(({ before, value, after }) => parsesTo(`${before}${value}${after}`) !== undefined)

function parsesTo(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function stored(text: string, as: StoredAs = 'UTF-8'): Buffer {
  return encoded(text, as)
}

function appRun(text: string, as: StoredAs = 'UTF-8'): ReturnType<typeof parseAppRun> {
  return parseAppRun(stored(text, as), 'The file')
}

describe('the sample files', () => {
  test.each(readdirSync(samples))('%s changes in its URL alone', name => {
    const bytes = readFileSync(`${samples}/${name}`)
    const before = parseAppRun(bytes, name)
    const after = withWebApiUrl(before, newUrl)
    expect(after.webApiUrl).toBe(newUrl)
    expect(after.bytes.toString()).toBe(
      bytes.toString().replace(JSON.stringify(before.webApiUrl), JSON.stringify(newUrl))
    )
  })

  test('are read whole', () => {
    const read = parseAppRun(readFileSync(`${samples}/apprun.2025-shortcut.json`), 'sample')
    expect(read).toMatchObject({
      webApiUrl: 'http://localhost:5099',
      launcher: 'CloudAppPublisher/CloudAppInstall 25.0',
      runtime: 'CloudAppPublisher/runtime/25.1.0.2670',
      keys: [
        'deployment_settings',
        'deployment_settings.shortcut_name',
        'deployment_urls',
        'deployment_urls.launcher',
        'deployment_urls.runtime',
        'deployment_urls.web_api'
      ]
    })
  })
})

describe('a patch', () => {
  test('changes no byte but those of the value, whatever the file looks like', () => {
    fc.assert(
      fc.property(cut, url, fc.constantFrom(...encodings), ({ before, value, after }, to, as) => {
        const original = appRun(`${before}${value}${after}`, as)
        expect(original.webApiUrl).toBe(JSON.parse(value))
        fc.pre(original.webApiUrl !== to)

        const { bytes } = withWebApiUrl(original, to)
        const head = stored(before, as)
        const tail = stored(after, as).subarray(stored('', as).length)
        expect(bytes.subarray(0, head.length).equals(head)).toBe(true)
        expect(bytes.subarray(bytes.length - tail.length).equals(tail)).toBe(true)

        const text = bytes.toString(as === 'UTF-16LE with BOM' ? 'utf16le' : 'utf8').replace(/^\ufeff/, '')
        const expected = JSON.parse(`${before}${JSON.stringify(to)}${after}`) as unknown
        expect(JSON.parse(text)).toEqual(expected)
        expect(parseAppRun(bytes, 'patched').webApiUrl).toBe(to)
      }),
      { numRuns: 400 }
    )
  })

  test('done twice is the same as done once', () => {
    fc.assert(
      fc.property(cut, url, fc.constantFrom(...encodings), ({ before, value, after }, to, as) => {
        const once = withWebApiUrl(appRun(`${before}${value}${after}`, as), to)
        expect(withWebApiUrl(once, to).bytes.equals(once.bytes)).toBe(true)
        expect(withWebApiUrl(parseAppRun(once.bytes, 'once'), to).bytes.equals(once.bytes)).toBe(true)
      }),
      { numRuns: 150 }
    )
  })

  test('to another URL and back gives the original, where it was written plainly', () => {
    const original = appRun('{ "deployment_urls" : { "web_api":"https://a/" } }\r\n')
    const there = withWebApiUrl(original, 'https://b/')
    expect(withWebApiUrl(there, 'https://a/').bytes.equals(original.bytes)).toBe(true)
  })

  test('with the URL that the file has leaves even its escapes as they are', () => {
    const original = appRun('{"deployment_urls":{"web_api":"https:\\/\\/\\u0061.example.com\\/"}}')
    expect(withWebApiUrl(original, 'https://a.example.com/').bytes).toBe(original.bytes)
  })

  test('leaves launcher, runtime and keys as they were read', () => {
    const original = appRun('{"deployment_urls":{"launcher":"L 1","runtime":"R","web_api":"https://a/"},"more":[1]}')
    expect(withWebApiUrl(original, newUrl)).toMatchObject({ launcher: 'L 1', runtime: 'R', keys: original.keys })
  })
})

describe('what cannot be used', () => {
  test.each([
    ['an object that is not closed', '{\n  "deployment_urls": {\n    "web_api": "x"\n  }\n', 'line 5, column 1'],
    ['a missing comma, with LF', '{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3'],
    ['a missing comma, with CRLF', '{\r\n  "a": 1\r\n  "b": 2\r\n}', 'line 3, column 3'],
    ['a missing comma, with CR', '{\r  "a": 1\r  "b": 2\r}', 'line 3, column 3'],
    ['a line comment', '{\n  // the old one\n  "a": 1\n}', 'line 2, column 3'],
    ['a block comment', '{ /* no */ "a": 1 }', 'line 1, column 3'],
    ['a trailing comma', '{\r\n  "a": 1,\r\n}', 'line 3, column 1'],
    ['a trailing comma in an array', '{ "a": [1,] }', 'line 1, column 11'],
    ['single quotes', "{ 'a': 1 }", 'line 1, column 3'],
    ['something after the end', '{ "deployment_urls": { "web_api": "x" } } x', 'line 1, column 43'],
    ['an empty file', '', 'line 1, column 1'],
    ['a UTF-16 file without byte order mark', Buffer.from('{"a":1}', 'utf16le'), 'line 1, column 2']
  ])('%s is refused, with line and column', async (_, content, place) => {
    const bytes = Buffer.from(content as string)
    const error = await deployErrorOf(() => parseAppRun(bytes, '"apprun.json" of the build'))
    expect(error.reasonCode).toBe('apprun-invalid')
    expect(error.message).toContain('"apprun.json" of the build cannot be used')
    expect(error.message).toMatch(new RegExp(`at ${place}\\.$`))
  })

  test.each([
    ['nothing but a byte order mark', Buffer.from([0xef, 0xbb, 0xbf]), 'line 1, column 1'],
    ['an array at the top', '[{"deployment_urls":{"web_api":"x"}}]', 'it holds no JSON object'],
    ['a string at the top', '"deployment_urls"', 'it holds no JSON object'],
    ['no deployment_urls', '{"deployment_settings":{}}', 'it has no deployment_urls.web_api'],
    ['deployment_urls that are no object', '{"deployment_urls":"web_api"}', 'it has no deployment_urls.web_api'],
    ['deployment_urls as a list', '{"deployment_urls":["web_api"]}', 'it has no deployment_urls.web_api'],
    ['no web_api', '{"deployment_urls":{"launcher":"x"}}', 'it has no deployment_urls.web_api'],
    ['web_api in another casing', '{"deployment_urls":{"Web_Api":"x"}}', 'it has no deployment_urls.web_api'],
    ['web_api elsewhere', '{"web_api":"x","deployment_urls":{"deep":{"web_api":"x"}}}', 'it has no deployment_urls'],
    ['an empty web_api', '{"deployment_urls":{"web_api":""}}', 'web_api is "" and not a URL'],
    ['web_api as a number', '{"deployment_urls":{"web_api":5099}}', 'web_api is 5099 and not a URL'],
    ['web_api as null', '{"deployment_urls":{"web_api":null}}', 'web_api is null and not a URL'],
    ['web_api as an object', '{"deployment_urls":{"web_api":{"url":"x"}}}', 'web_api is'],
    ['web_api twice', '{"deployment_urls":{"web_api":"x","web_api":"x"}}', 'it has "web_api" 2 times'],
    ['web_api twice, once escaped', '{"deployment_urls":{"web_api":"x","web\\u005fapi":"y"}}', '"web_api" 2 times'],
    ['deployment_urls twice', '{"deployment_urls":{"web_api":"x"},"deployment_urls":{}}', '"deployment_urls" 2 times'],
    ['UTF-16BE', Buffer.from('\ufeff{"a":1}', 'utf16le').swap16(), 'neither UTF-8 nor UTF-16LE'],
    ['UTF-16LE with half a character', Buffer.from([0xff, 0xfe, 0x7b]), 'neither UTF-8 nor UTF-16LE'],
    ['Latin-1', Buffer.from('{"größe":1}', 'latin1'), 'neither UTF-8 nor UTF-16LE']
  ])('%s is refused', async (_, content, reason) => {
    const bytes = Buffer.from(content as string)
    const error = await deployErrorOf(() => parseAppRun(bytes, 'The file'))
    expect(error.reasonCode).toBe('apprun-invalid')
    expect(error.message).toContain(reason)
    expect(error.message).not.toContain('undefined')
    expect(error.advice).toContain('Apprun.Json')
  })

  test('what JSON.parse refuses is refused, and what it takes is read alike', () => {
    const damage = fc.record({
      at: fc.nat(),
      remove: fc.integer({ min: 0, max: 2 }),
      insert: fc.constantFrom(
        '',
        '"',
        '{',
        '}',
        ',',
        ':',
        '\\',
        '0',
        '.',
        'x',
        '//',
        '/*',
        '\u0000',
        '\u00a0',
        '\n',
        '\ufeff'
      )
    })
    fc.assert(
      fc.property(
        cut,
        damage,
        fc.constantFrom(...encodings),
        ({ before, value, after }, { at, remove, insert }, as) => {
          const whole = `${before}${value}${after}`
          const place = at % (whole.length + 1)
          const text = `${whole.slice(0, place)}${insert}${whole.slice(place + remove)}`
          // A byte order mark at the start belongs to the encoding.
          fc.pre(!text.startsWith('\ufeff'))
          // Half a surrogate pair is no text that a file could hold.
          fc.pre(Buffer.from(text).toString() === text)
          const expected = parsesTo(text) as { deployment_urls?: { web_api?: unknown } } | undefined
          let read: string | undefined
          try {
            read = appRun(text, as).webApiUrl
          } catch (error) {
            expect(error).toMatchObject({ reasonCode: 'apprun-invalid' })
          }
          expect([undefined, expected?.deployment_urls?.web_api]).toContain(read)
        }
      ),
      { numRuns: 400 }
    )
  })
})

test.each([
  ['apprun.json', true],
  ['AppRun.json', true],
  ['APPRUN.JSON', true],
  ['apprun.json.bak', false],
  ['myapprun.json', false]
])('the name %s is one of the file: %s', (name, expected) => {
  expect(isAppRunName(name)).toBe(expected)
})
