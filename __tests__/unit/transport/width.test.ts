import { describe, expect, test } from '@jest/globals'
import type { Protocol } from '../../../src/site/site-url'
import { widthOf } from '../../../src/transport/width'

const kib = 1024

function connections(
  protocol: Protocol,
  limit: number | undefined,
  operations: number,
  bytes: number,
  roundTripMs: number
): number {
  return widthOf(protocol, limit)({ operations, bytes }, roundTripMs)
}

describe('SFTP, where a connection carries many operations', () => {
  test.each([
    ['nothing', 0, 0, 1],
    ['one operation', 1, 0, 1],
    ['as many as one connection carries', 64, 0, 1],
    ['one more', 65, 0, 2],
    ['as many as two carry', 128, 0, 2],
    ['enough for three', 129, 0, 3],
    ['thousands', 5000, 0, 4],
    ['a file of 4 MiB but for what makes another connection pay', 1, 63 * 64 * kib, 1],
    ['one a little larger', 1, 63 * 64 * kib + 1, 2],
    ['a file of a gigabyte', 1, 1024 ** 3, 4],
    ['some operations that send some bytes', 64, 64 * kib, 2],
    ['more than can be told', Infinity, Infinity, 4]
  ])('%s: %d operations, %d bytes get %d connections, at whatever distance', (_, operations, bytes, expected) => {
    expect([0, 5, 200].map(roundTripMs => connections('sftp', undefined, operations, bytes, roundTripMs))).toEqual([
      expected,
      expected,
      expected
    ])
  })

  test.each([
    [1, 1],
    [2, 2],
    [4, 4],
    [7, 7],
    [8, 8],
    [9, 8],
    [32, 8]
  ])('a limit of %d means %d at most', (limit, expected) => {
    expect(connections('sftp', limit, Infinity, Infinity, 50)).toBe(expected)
    expect(connections('sftp', limit, 1, 0, 50)).toBe(1)
  })
})

describe.each(['ftp', 'ftps', 'ftps-implicit'] as const)('%s, where a connection carries one operation', protocol => {
  test.each([
    ['nothing', 0, 1, 1],
    ['one operation', 1, 1, 1],
    ['some on a near server', 5, 1, 5],
    ['as many as keep a near server busy', 16, 1, 16],
    ['more on a near server', 17, 1, 16],
    ['thousands on a server that is just not far', 5000, 9.9, 16],
    ['thousands on one that just is', 5000, 10, 32],
    ['some on a far server', 20, 100, 20],
    ['thousands on a far server', 5000, 100, 32],
    ['more than can be told', Infinity, 1, 16]
  ])('%s: %d operations at %d ms get %d connections, however much they send', (_, operations, ms, expected) => {
    expect(connections(protocol, undefined, operations, 0, ms)).toBe(expected)
    expect(connections(protocol, undefined, operations, 1024 ** 3, ms)).toBe(expected)
  })

  test.each([
    [1, 1, 1],
    [4, 1, 4],
    [20, 1, 20],
    [32, 1, 32],
    [33, 1, 32],
    [4, 100, 4],
    [32, 100, 32],
    [100, 100, 32]
  ])('a limit of %d at %d ms means %d at most', (limit, ms, expected) => {
    expect(connections(protocol, limit, Infinity, Infinity, ms)).toBe(expected)
    expect(connections(protocol, limit, 1, 0, ms)).toBe(1)
  })
})
