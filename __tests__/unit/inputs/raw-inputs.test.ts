import { expect, test } from '@jest/globals'
import { RawInputs } from '../../../src/inputs/raw-inputs'
import { below, isLocal, urlProblem } from '../../../src/inputs/web-address'

test('other variables of the runner are no inputs', () => {
  expect(new RawInputs({ PATH: '/bin', GITHUB_TOKEN: 'x', MY_INPUT_X: 'y', INPUT_: 'z' }).problems).toEqual([])
})

test('an input is found in whatever case the runner writes its variable', () => {
  expect(new RawInputs({ 'input_dry-run': 'true' }).problems).toEqual([])
})

test('lines are trimmed, and blank ones left out', () => {
  const raw = new RawInputs({ INPUT_EXCLUDE: '\r\n a \r\n\r\n\tb\rc\n ' })
  expect(raw.lines('exclude')).toEqual(['a', 'b', 'c'])
})

test.each([
  ['https://b.example.com/api', 'health', 'https://b.example.com/api/health'],
  ['https://b.example.com/api///', '//health', 'https://b.example.com/api/health'],
  ['https://b.example.com', '', 'https://b.example.com/']
])('below %s the path %j is %s', (url, path, expected) => {
  expect(below(url, path)).toBe(expected)
})

test.each([
  ['http://localhost:5099', true],
  ['http://LOCALHOST/', true],
  ['http://127.1.2.3/', true],
  ['http://[::1]/', true],
  ['http://localhost.example.com/', false],
  ['http://128.0.0.1/', false],
  ['https://mylocalhost/', false]
])('%s leads a client to its own machine: %s', (url, expected) => {
  expect(isLocal(url)).toBe(expected)
})

test.each(['https://b.example.com', 'HTTP://b/', 'http://203.0.113.7:5099/api', 'https://[2001:db8::1]/api'])(
  '%s is a URL that clients can call',
  url => {
    expect(urlProblem(url)).toBeUndefined()
  }
)
