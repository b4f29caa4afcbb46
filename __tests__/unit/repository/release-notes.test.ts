import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { releaseNotes } from '../../../scripts/release-notes.mjs'

const changelog = `# Changelog

## [Unreleased]

### Added

- Something that is not released.

## [1.2.0] - 2026-11-30

### Added

- A gate.

### Fixed

- A slow line (#12).

## [1.10.0] - 2026-11-29

- Another one.

[1.2.0]: https://example.com/1.2.0
`

function texts(version: string, changes: Partial<Record<'package' | 'lock' | 'changelog', string>> = {}) {
  const manifest = JSON.stringify({ version })
  return { package: manifest, lock: JSON.stringify({ version, packages: { '': { version } } }), changelog, ...changes }
}

test('gives the section of a version, without its heading', () => {
  expect(releaseNotes('1.2.0', texts('1.2.0'))).toBe('### Added\n\n- A gate.\n\n### Fixed\n\n- A slow line (#12).')
})

test('ends the last section before the links', () => {
  expect(releaseNotes('1.10.0', texts('1.10.0'))).toBe('- Another one.')
})

test('reads a changelog with line ends of Windows', () => {
  const windows = { changelog: changelog.replaceAll('\n', '\r\n') }
  expect(releaseNotes('1.10.0', texts('1.10.0', windows))).toBe('- Another one.')
})

test.each([
  ['v1.2.0', texts('1.2.0'), '"v1.2.0" is not a version such as 1.2.3 (without v).'],
  ['1.2', texts('1.2.0'), '"1.2" is not a version such as 1.2.3 (without v).'],
  ['1.02.0', texts('1.2.0'), '"1.02.0" is not a version such as 1.2.3 (without v).'],
  ['1.2.0; ls', texts('1.2.0'), '"1.2.0; ls" is not a version such as 1.2.3 (without v).'],
  ['1.2.0', texts('1.1.0'), 'package.json says 1.1.0, not 1.2.0: run "npm version".'],
  [
    '1.2.0',
    texts('1.2.0', { lock: '{"version":"1.1.0"}' }),
    'package-lock.json says 1.1.0, not 1.2.0: run "npm version".'
  ],
  [
    '1.2.0',
    texts('1.2.0', { lock: '{"version":"1.2.0"}' }),
    'packages[""] of package-lock.json says undefined, not 1.2.0: run "npm version".'
  ],
  ['1.3.0', texts('1.3.0'), 'CHANGELOG.md has no section "## [1.3.0] - YYYY-MM-DD".'],
  ['1.20', texts('1.20'), '"1.20" is not a version such as 1.2.3 (without v).'],
  [
    '1.2.0',
    texts('1.2.0', { changelog: '## [1.2.0]\n\n- No day.' }),
    'CHANGELOG.md has no section "## [1.2.0] - YYYY-MM-DD".'
  ],
  // A dot in a version is a dot.
  [
    '1.2.0',
    texts('1.2.0', { changelog: '## [1x2.0] - 2026-11-30\n\n- Other.' }),
    'CHANGELOG.md has no section "## [1.2.0] - YYYY-MM-DD".'
  ],
  [
    '1.2.0',
    texts('1.2.0', { changelog: '## [1.2.0] - 2026-11-30\n\n## [1.1.0] - 2026-11-01\n\n- Old.' }),
    'The section of 1.2.0 in CHANGELOG.md is empty.'
  ]
])('refuses %s, %#', (version, given, message) => {
  expect(() => releaseNotes(version, given)).toThrow(message)
})

test('a version that is not that of the repository fails the release', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/release-notes.mjs', '999.0.0'], {
    encoding: 'utf8'
  })
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toMatch(/^package\.json says \d+\.\d+\.\d+, not 999\.0\.0: run "npm version"\.\n$/)
})
