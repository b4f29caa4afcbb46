import { describe, expect, test } from '@jest/globals'
import { asDeployError, codeOf, DeployError, messageOf, reasonCodes } from '../../src/errors'

describe('any thrown value', () => {
  test('that is a DeployError stays the same', () => {
    const error = new DeployError('timeout', 'message', 'advice')
    expect(asDeployError(error)).toBe(error)
  })

  test.each([
    ['an Error', new TypeError('x is not a function'), 'x is not a function'],
    ['a text', 'gone', 'gone'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null']
  ])('that is %s becomes an internal error with its text', (_, thrown, text) => {
    const error = asDeployError(thrown)
    expect(error.reasonCode).toBe('internal-error')
    expect(error.message).toBe(`Something unforeseen happened: ${text}`)
    expect(error.advice).toContain('report')
  })

  test('is kept as the cause, where there is one', () => {
    const cause = new Error('deep')
    expect(asDeployError(cause).cause).toBe(cause)
    expect('cause' in asDeployError(undefined)).toBe(false)
  })
})

describe('the text of an error', () => {
  test.each([
    ['of an Error', new Error('one'), 'one'],
    ['of several', new AggregateError([new Error('one'), 'two']), 'one; two'],
    ['of several with a text of their own', new AggregateError([new Error('one')], 'all failed'), 'all failed'],
    [
      'of several in several',
      new AggregateError([new AggregateError([new Error('a'), new Error('b')]), 'c']),
      'a; b; c'
    ],
    ['of a number', 7, '7']
  ])('%s is found', (_, error, text) => {
    expect(messageOf(error)).toBe(text)
  })
})

test.each([
  [Object.assign(new Error(), { code: 'ECONNRESET' }), 'ECONNRESET'],
  [Object.assign(new Error(), { code: 550 }), 550],
  [Object.assign(new Error(), { code: { odd: true } }), undefined],
  [new Error('none'), undefined],
  [null, undefined],
  ['ENOENT', undefined]
])('the code of %p is %p', (error, code) => {
  expect(codeOf(error)).toBe(code)
})

test('every reason code is in kebab-case and there once, since workflows branch on it', () => {
  expect(reasonCodes.filter(code => !/^[a-z]+(-[a-z]+)*$/.test(code))).toEqual([])
  expect(new Set(reasonCodes).size).toBe(reasonCodes.length)
})

test('a DeployError carries reason, advice and cause', () => {
  const cause = new Error('deep')
  const error = new DeployError('disk-full', 'message', 'advice', cause)
  expect(error).toMatchObject({
    name: 'DeployError',
    reasonCode: 'disk-full',
    message: 'message',
    advice: 'advice',
    cause
  })
  expect(error).toBeInstanceOf(Error)
})
