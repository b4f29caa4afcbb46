import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { mergeVersionLists, newestListed, parseVersionList, type VersionList } from '../../../src/build/version-list'
import { encoded, encodings, type StoredAs } from './stored-as'

const sample = readFileSync('__tests__/fixtures/version-list/deploylist.ini.zip')

function section(version: string, online = '2026-01-07 10:00:00'): string[] {
  return [`[${version}]`, `OnlineTime=${online}`, 'OfflineTime=2036-01-07 10:00:00']
}

function text(minimum: string, versions: readonly string[], lineEnd = '\n'): string {
  const lines = ['[Public]', `MinimumValidVersion=${minimum}`, ...versions.flatMap(version => section(version))]
  return lines.map(line => line + lineEnd).join('')
}

function list(content: string, as: StoredAs = 'UTF-8'): VersionList {
  const parsed = parseVersionList(encoded(content, as))
  if (!parsed) throw new Error('This list was meant to be readable.')
  return parsed
}

function merged(build: string, live: string | undefined, version: string, staying: readonly string[]): string {
  const liveList = live === undefined ? undefined : list(live)
  return mergeVersionLists(list(build), liveList, version, new Set(staying)).bytes.toString()
}

describe('reading', () => {
  test('the list of a real site gives its version, minimum and time', () => {
    const parsed = parseVersionList(sample)
    expect(parsed?.minimum).toBe('1.01')
    expect(parsed?.sections).toEqual([expect.objectContaining({ version: '1.01', onlineTime: '2021-05-26 15:03:57' })])
    expect(parsed?.bytes.equals(sample)).toBe(true)
  })

  test.each([
    ['CRLF', text('1.05', ['1.05'], '\r\n')],
    ['no line end at the end', text('1.05', ['1.05']).trimEnd()],
    ['blank lines', '\n[Public]\n\nMinimumValidVersion=1.05\n\n\n[1.05]\n\nOnlineTime=x\n\n'],
    ['other casing and blanks', ' [PUBLIC] \nminimumvalidversion = 1.05\n[ 1.05 ]\n'],
    ['the public section at the end as well', '[Public]\n[1.05]\nOnlineTime=x\n[public]\nMinimumValidVersion=1.05\n']
  ])('a list with %s is understood', (_, content) => {
    const parsed = parseVersionList(Buffer.from(content))
    expect(parsed?.minimum).toBe('1.05')
    expect(parsed?.sections.map(({ version }) => version)).toEqual(['1.05'])
  })

  test.each(encodings)('a list in %s is understood', as => {
    expect(list(text('1.04', ['1.04', '1.05']), as).sections.map(({ version }) => version)).toEqual(['1.04', '1.05'])
  })

  test.each([
    ['a real zip', Buffer.from('PK\u0003\u0004 and so on')],
    ['encrypted bytes', Buffer.from([0x9d, 0xff, 0x00, 0x81, 0x5b])],
    ['an empty file', Buffer.alloc(0)],
    ['another first section', Buffer.from('[1.05]\nOnlineTime=x\n[Public]\nMinimumValidVersion=1.05\n')],
    ['something before the first section', Buffer.from('; made by PowerServer\n[Public]\n[1.05]\n')],
    ['a section that is no version', Buffer.from('[Public]\n[1.05]\n[Signature]\nValue=abc\n')],
    ['a version twice', Buffer.from('[Public]\n[1.05]\na=1\n[1.05]\na=2\n')],
    ['UTF-16BE', Buffer.from(`\ufeff${text('1.05', ['1.05'])}`, 'utf16le').swap16()]
  ])('%s is opaque', (_, bytes) => {
    expect(parseVersionList(bytes)).toBeUndefined()
  })

  test('a list without a minimum or a time says so', () => {
    const parsed = list('[Public]\n[1.05]\n')
    expect(parsed.minimum).toBeUndefined()
    expect(parsed.sections[0]?.onlineTime).toBeUndefined()
  })

  test('the newest version is found by number, wherever it stands', () => {
    expect(newestListed(list(text('1.05', ['1.10', '1.9', '1.05'])))).toBe('1.10')
    expect(newestListed(list('[Public]\n'))).toBeUndefined()
  })
})

describe('merging', () => {
  test('a first release publishes the bytes of the build', () => {
    const build = encoded('[Public]\r\n\r\nMinimumValidVersion=1.05\r\n[1.05]\r\nOnlineTime=x', 'UTF-16LE with BOM')
    const parsed = parseVersionList(build)
    expect(parsed && mergeVersionLists(parsed, undefined, '1.05', new Set()).bytes.equals(build)).toBe(true)
  })

  test('a release that is merged again gives the same bytes, blank lines and open ends included', () => {
    const build = list('[Public]\nMinimumValidVersion=1.05\n\n[1.04]\n\n[1.05]')
    const first = mergeVersionLists(build, undefined, '1.05', new Set(['1.04']))
    const again = mergeVersionLists(build, list(first.bytes.toString()), '1.05', new Set(['1.04', '1.05']))
    expect(again.bytes.toString()).toBe(first.bytes.toString())
  })

  test('the same version again publishes the bytes of the build', () => {
    const build = text('1.05', ['1.05'])
    expect(merged(build, text('1.01', ['1.05']), '1.05', ['1.05'])).toBe(build)
  })

  test('a version that stays keeps its section from the site, line by line', () => {
    const live = `${text('1.01', [])}[1.04]\nOnlineTime = 2020-01-01 00:00:00 \n;by hand\nUnknown=1\n`
    const build = text('1.05', ['1.05'])
    expect(merged(build, live, '1.05', ['1.04'])).toBe(
      '[Public]\nMinimumValidVersion=1.05\n' +
        '[1.04]\nOnlineTime = 2020-01-01 00:00:00 \n;by hand\nUnknown=1\n' +
        '[1.05]\nOnlineTime=2026-01-07 10:00:00\nOfflineTime=2036-01-07 10:00:00\n'
    )
  })

  test('the section of the site goes before the one that the build has of an older version', () => {
    const live = '[Public]\nMinimumValidVersion=1.04\n[1.04]\nOnlineTime=from the site\n'
    const result = merged(text('1.05', ['1.04', '1.05']), live, '1.05', ['1.04'])
    expect(result).toContain('[1.04]\nOnlineTime=from the site\n[1.05]\n')
  })

  test('the released version takes its section from the build', () => {
    const live = '[Public]\nMinimumValidVersion=1.04\n[1.05]\nOnlineTime=from the site\n[1.04]\n'
    const result = merged(text('1.05', ['1.05']), live, '1.05', ['1.04', '1.05'])
    expect(result).not.toContain('from the site')
    expect(result).toContain('[1.04]\n[1.05]\nOnlineTime=2026-01-07 10:00:00\n')
  })

  test('a version without a folder is dropped, whichever list has it', () => {
    const result = merged(text('1.05', ['1.02', '1.05']), text('1.01', ['1.03', '1.04']), '1.05', ['1.04'])
    expect(list(result).sections.map(({ version }) => version)).toEqual(['1.04', '1.05'])
  })

  test('the public section is that of the build', () => {
    const live = '[Public]\nMinimumValidVersion=1.01\nOld=1\n[1.04]\n'
    const result = merged('[Public]\nMinimumValidVersion=1.05\nNew=1\n[1.05]\n', live, '1.05', ['1.04'])
    expect(result).toBe('[Public]\nMinimumValidVersion=1.05\nNew=1\n[1.04]\n[1.05]\n')
  })

  test('a build without a line end at its end does not glue lines together', () => {
    expect(merged(text('1.05', ['1.05']).trimEnd(), text('1.04', ['1.04']), '1.05', ['1.04'])).toBe(
      text('1.05', ['1.04', '1.05'])
    )
  })

  test.each(
    encodings.flatMap(build =>
      encodings.flatMap(live => ['\n', '\r\n'].map(lineEnd => [build, live, lineEnd] as const))
    )
  )('a build in %s keeps encoding and line ends, with a site in %s (line end %j)', (buildAs, liveAs, lineEnd) => {
    const build = list(text('1.05', ['1.05'], lineEnd), buildAs)
    const live = list(text('1.04', ['1.04'], lineEnd === '\n' ? '\r\n' : '\n'), liveAs)
    const result = mergeVersionLists(build, live, '1.05', new Set(['1.04']))
    expect(result.bytes.equals(encoded(text('1.05', ['1.04', '1.05'], lineEnd), buildAs))).toBe(true)
  })

  const version = fc.integer({ min: 1, max: 12 }).map(minor => `1.${String(minor).padStart(2, '0')}`)
  const versions = fc.uniqueArray(version, { maxLength: 5 })
  const entry = fc.constantFrom('OnlineTime=2026-01-07 10:00:00', 'OfflineTime=x', ';remark', 'Größe = 日本', '', '  ')
  const anyList = (must: fc.Arbitrary<string[]>): fc.Arbitrary<string> =>
    fc
      .tuple(must, fc.array(fc.array(entry, { maxLength: 3 }), { minLength: 6, maxLength: 6 }), fc.boolean())
      .map(([names, bodies, endsOpen]) => {
        const lines = ['[Public]', 'MinimumValidVersion=1.01', ...(bodies[5] ?? [])]
        names.forEach((name, n) => lines.push(`[${name}]`, ...(bodies[n] ?? [])))
        return lines.join('\n') + (endsOpen ? '' : '\n')
      })
  const situation = version.chain(released =>
    fc.record({
      released: fc.constant(released),
      build: anyList(versions.map(all => [...all.filter(other => other !== released), released])),
      live: fc.option(anyList(versions), { nil: undefined }),
      staying: versions,
      lineEnd: fc.constantFrom('\n', '\r\n'),
      as: fc.constantFrom(...encodings)
    })
  )

  test('the result lists what stays and what is released, says the minimum of the build, and merges to itself', () => {
    fc.assert(
      fc.property(situation, ({ released, build, live, staying, lineEnd, as }) => {
        const buildList = list(build.replaceAll('\n', lineEnd), as)
        const liveList = live === undefined ? undefined : list(live)
        const keep = new Set(staying)
        const known = [...buildList.sections, ...(liveList?.sections ?? [])].map(one => one.version)
        const result = mergeVersionLists(buildList, liveList, released, keep)
        const again = parseVersionList(result.bytes)

        const expected = new Set([...known.filter(one => keep.has(one)), released])
        expect(new Set(again?.sections.map(one => one.version))).toEqual(expected)
        expect(again?.minimum).toBe(buildList.minimum)
        expect(again?.layout.encoding).toBe(buildList.layout.encoding)
        expect(again?.layout.bom.equals(buildList.layout.bom)).toBe(true)
        expect(mergeVersionLists(buildList, again, released, keep).bytes.equals(result.bytes)).toBe(true)
      }),
      { numRuns: 500 }
    )
  })

  test('an entry of a section that stays is never lost nor moved to another version', () => {
    fc.assert(
      fc.property(situation, ({ released, build, live, staying }) => {
        const liveList = live === undefined ? undefined : list(live)
        const result = mergeVersionLists(list(build), liveList, released, new Set(staying))
        const after = parseVersionList(result.bytes)
        const said = (lines: readonly string[] = []): string[] => lines.filter(line => line.trim() !== '')
        for (const { version: name, lines } of liveList?.sections ?? []) {
          if (name === released || !staying.includes(name)) continue
          expect(said(after?.sections.find(one => one.version === name)?.lines)).toEqual(said(lines))
        }
      }),
      { numRuns: 300 }
    )
  })
})
