import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compareVersions, isOrderDisputed, isVersion, newestVersion } from '../../../src/build/version'

const version = fc.array(fc.nat({ max: 120 }), { minLength: 2, maxLength: 4 }).map(parts => parts.join('.'))

test.each([
  ['1.05', true],
  ['1.10', true],
  ['12.3.4.5', true],
  ['1', false],
  ['', false],
  ['1.', false],
  ['.1', false],
  ['1..2', false],
  ['v1.05', false],
  ['1.05 ', false],
  ['1.0a', false],
  ['1,05', false],
  ['-1.05', false],
  ['1.05\n', false],
  ['１.０５', false]
])('%j is a version: %s', (text, expected) => {
  expect(isVersion(text)).toBe(expected)
})

test.each([
  ['1.10', '1.9', 1],
  ['1.9', '1.10', -1],
  ['1.5', '1.05', 0],
  ['1.05', '1.05', 0],
  ['1.05', '1.05.0', 0],
  ['1.05.1', '1.05', 1],
  ['2.0', '1.99', 1],
  ['10.0', '9.9', 1],
  ['1.100', '1.20', 1],
  ['1.00000000000000000001', '1.1', 0],
  ['1.90071992547409931', '1.90071992547409930', 1]
])('%s against %s is %d', (a, b, expected) => {
  expect(compareVersions(a, b)).toBe(expected)
})

test('versions are in one order, whatever they are', () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(compareVersions(a, b) + compareVersions(b, a)).toBe(0)
      expect(compareVersions(a, a)).toBe(0)
      const [low = '', middle = '', high = ''] = [a, b, c].sort(compareVersions)
      expect(compareVersions(low, middle)).toBeLessThanOrEqual(0)
      expect(compareVersions(low, high)).toBeLessThanOrEqual(0)
    })
  )
})

test.each([
  ['1.10', '1.9', true],
  ['1.9', '1.10', true],
  ['1.10', '1.2', true],
  ['1.5', '1.05', true],
  ['1.10', '1.09', false],
  ['1.06', '1.05', false],
  ['1.05', '1.05', false],
  ['2.0', '1.99', false]
])('a decimal reading of %s and %s would say otherwise: %s', (a, b, expected) => {
  expect(isOrderDisputed(a, b)).toBe(expected)
})

test('versions of three parts, which are no decimal numbers, are not disputed', () => {
  expect(isOrderDisputed('1.2.4', '1.2.3')).toBe(false)
})

test('the newest version is the highest one by number, and of equal ones the first', () => {
  expect(newestVersion(['1.09', '1.10', '1.9'])).toBe('1.10')
  expect(newestVersion(new Set(['1.5', '1.05']))).toBe('1.5')
  expect(newestVersion([])).toBeUndefined()
})
