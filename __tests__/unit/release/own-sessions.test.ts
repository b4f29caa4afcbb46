import { describe, expect, test } from '@jest/globals'
import { OwnSessions } from '../../../src/release/own-sessions'

describe('the sessions of this app', () => {
  test.each<[string, string[], number, number]>([
    ['all, where they are of one app', ['sales', 'sales'], 2, 0],
    ['all, where they are of one app with another name', ['SalesMain'], 1, 0],
    ['those of its name, in any case', ['Sales', 'stock', 'SALES'], 2, 1],
    ['all, where no name is its own', ['stock', 'payroll'], 2, 0],
    ['none of none', [], 0, 0]
  ])('are %s', (_, applications, awaited, others) => {
    expect(new OwnSessions(['sales', '']).split(applications)).toEqual({ awaited, others })
  })

  test('are none where others are left and its name has been seen', () => {
    const own = new OwnSessions(['sales'])
    own.split(['sales', 'stock'])
    expect(own.split(['stock'])).toEqual({ awaited: 0, others: 1 })
  })

  test('are never those without a name', () => {
    expect(new OwnSessions(['']).split(['', 'stock'])).toEqual({ awaited: 2, others: 0 })
  })

  test('are counted alone while there is nobody else', () => {
    const own = new OwnSessions(['sales'])
    expect([own.isAlone([]), own.isAlone(['x', 'X']), own.isAlone(['x', 'y'])]).toEqual([true, true, false])
    own.split(['sales'])
    expect([own.isAlone(['Sales', 'sales']), own.isAlone(['x'])]).toEqual([true, false])
  })
})
