import { describe, expect, test } from '@jest/globals'
import { deployErrorOf } from '../deploy-error'
import { read } from './with-block'

function readSlots(text: string, more: Record<string, string> = {}): ReturnType<typeof read> {
  return read({ 'web-api-url': '', 'web-api-slots': text, ...more })
}

const a = 'a: { url: https://a.example.com/api/, target: sales_API_A }'
const b = 'b: { url: https://b.example.com/api/, target: sales_API_B }'

describe('slots', () => {
  test.each([
    ['one a line', `${a}\n${b}`],
    [
      'as a block',
      'a:\n  url: https://a.example.com/api/\n  target: sales_API_A\nb:\n  url: https://b.example.com/api/\n  target: sales_API_B\n'
    ],
    [
      'as JSON',
      '{"a":{"url":"https://a.example.com/api/","target":"sales_API_A"},"b":{"url":"https://b.example.com/api/","target":"sales_API_B"}}'
    ],
    ['in another spelling', `${a.replace('sales_API_A', "'.\\\\sales_API_A/'")}\n${b}`]
  ])('are read %s', (_, text) => {
    const { settings, warnings } = readSlots(text.replaceAll("'.\\\\", "'.\\"))
    expect(settings.slots).toEqual([
      { name: 'a', url: 'https://a.example.com/api/', target: 'sales_API_A' },
      { name: 'b', url: 'https://b.example.com/api/', target: 'sales_API_B' }
    ])
    expect(settings.webApiUrl).toBe('')
    expect(settings.readiness.urls).toEqual([])
    expect(warnings).toEqual([])
  })

  test('are none unless they are given', () => {
    expect(read().settings.slots).toBeUndefined()
  })

  test.each([
    ['web-api-slots is no YAML', 'a: {', {}],
    ['web-api-slots is no map', '- a', {}],
    ['web-api-slots is no map', 'a', {}],
    ['web-api-slots has 1 slot(s)', a, {}],
    ['web-api-slots has 0 slot(s)', '{}', {}],
    ['web-api-slots has the slot "b" without url or target', `${a}\nb: {}`, {}],
    ['web-api-slots has the slot "b" without url or target', `${a}\nb: https://b.example.com/`, {}],
    [
      'web-api-slots has the slot "b" with "folder"; url and target are expected',
      `${a}\nb: { url: x, target: y, folder: z }`,
      {}
    ],
    ['web-api-slots has the slot "b" whose url is "b"', `${a}\nb: { url: b, target: y }`, {}],
    [
      'web-api-slots has the slot "b" whose target is "../y"',
      `${a}\nb: { url: https://b.example.com/, target: ../y }`,
      {}
    ],
    [
      'web-api-slots has the slot "b" whose target is "C:/y"',
      `${a}\nb: { url: https://b.example.com/, target: C:/y }`,
      {}
    ],
    ['web-api-slots has the slot "b c" with a name', `${a}\n"b c": { url: https://b.example.com/, target: y }`, {}],
    [
      'web-api-slots has one URL for the slots "a" and "b"',
      `${a}\nb: { url: https://A.example.com:443/api, target: y }`,
      {}
    ],
    [
      'web-api-slots has one folder for the slots "a" and "b"',
      `${a}\nb: { url: https://b.example.com/, target: SALES_api_a }`,
      {}
    ],
    [
      'web-api-slots has the slot "b" whose target is "x',
      `${a}\nb: { url: https://b.example.com/, target: 'x\\..\\sales_API_A' }`,
      {}
    ],
    [
      'web-api-slots has one folder for the slots "a" and "b"',
      `${a}\nb: { url: https://b.example.com/, target: sales_API_A/b }`,
      {}
    ],
    ['web-api-url is set together with web-api-slots', `${a}\n${b}`, { 'web-api-url': 'https://b.example.com/' }],
    ['web-api-target is set together with web-api-slots', `${a}\n${b}`, { 'web-api-target': 'b' }]
  ])('are refused: %s', async (problem, text, more) => {
    const error = await deployErrorOf(() => readSlots(text, more))
    expect(error.reasonCode).toBe('invalid-inputs')
    expect(error.message).toContain(problem)
  })

  test('that clients would look for on their own machine are worth a warning', () => {
    expect(readSlots(`${a}\nb: { url: http://localhost/api, target: y }`).warnings[0]).toContain(
      '"http://localhost/api"'
    )
  })
})
