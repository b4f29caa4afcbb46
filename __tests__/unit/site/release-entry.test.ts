import { describe, expect, test } from '@jest/globals'
import { parseEntry, parseMoves } from '../../../src/site/release-entry'
import { deployErrorOf } from '../deploy-error'
import { entry, moves } from './journal-sample'

describe('a release', () => {
  test.each(['staging', 'switching', 'switched', 'undoing', 'released', 'rolled-back'] as const)(
    'in the phase %s is read as it was written',
    phase => {
      const written = entry('20260601T120000-1.05-a1b2c3', { phase, previousVersion: '1.04', backupMode: 'move' })
      expect(parseEntry(JSON.parse(JSON.stringify(written)), 'journal-1.json')).toEqual(written)
    }
  )

  test.each(['id', 'app', 'strategy', 'version', 'webApiUrl', 'startedAt', 'run', 'phase'])(
    'without %s is unreadable',
    async name => {
      for (const value of [undefined, null, 1]) {
        const error = await deployErrorOf(() => parseEntry({ ...entry(), [name]: value }, 'journal-1.json'))
        expect(error.reasonCode).toBe('journal-unreadable')
      }
    }
  )

  test('keeps where its Web APIs are, and takes no folder that climbs', async () => {
    for (const webApiFolder of ['api_a', 'apis/a', '']) {
      const written = entry('r1', { webApiFolder, webApiSite: 'sftp://web.example.com:22 /www' })
      expect(parseEntry(JSON.parse(JSON.stringify(written)), 'journal-1.json')).toEqual(written)
    }
    for (const webApiFolder of ['../x', '/x', 'a/./b']) {
      const error = await deployErrorOf(() => parseEntry(entry('r1', { webApiFolder }), 'journal-1.json'))
      expect(error.reasonCode).toBe('journal-unreadable')
    }
  })

  test.each(['', '../x', 'a/b', 'a\\b', 'a b', 'a\n', 'ü', 'x:y'])(
    'whose id is %j is unreadable, for folders are named so',
    async id => {
      const error = await deployErrorOf(() => parseEntry(entry(id), 'journal-1.json'))
      expect(error.reasonCode).toBe('journal-unreadable')
    }
  )

  test.each([null, undefined, 'text', 1, [], { ...entry(), phase: 'later' }])('is not %j', async value => {
    expect((await deployErrorOf(() => parseEntry(value, 'journal-1.json'))).message).toContain('"journal-1.json"')
  })
})

describe('moves', () => {
  test('are read as they were written', () => {
    expect(parseMoves(JSON.parse(JSON.stringify(moves)), 'moves-r1.json')).toEqual(moves)
    expect(parseMoves([], 'moves-r1.json')).toEqual([])
  })

  test.each([
    ['no groups', null],
    ['a group that is none', [{ path: 'a', kind: 'create' }]],
    ['a move that is none', [[null]]],
    ['no path', [[{ kind: 'create' }]]],
    ['no kind', [[{ path: 'a' }]]],
    ['another kind', [[{ path: 'a', kind: 'delete' }]]],
    ['a path that climbs', [[{ path: 'a/../../b', kind: 'create' }]]],
    ['one good and one bad', [moves[0], [{ path: '..', kind: 'retire' }]]],
    ['a backup that climbs', [[{ path: 'a', kind: 'replace', backup: '../../web.config' }]]],
    ['a backup that is no name', [[{ path: 'a', kind: 'replace', backup: 1 }]]]
  ])('with %s are unreadable', async (_, content) => {
    const error = await deployErrorOf(() => parseMoves(content, 'moves-r1.json'))
    expect(error.reasonCode).toBe('journal-unreadable')
    expect(error.message).toContain('"moves-r1.json"')
  })
})
