import { expect, test } from '@jest/globals'
import { available, notYet } from '../../../src/inputs/catalogue'
import { newRecord } from '../../../src/release/record'
import { outputsOf } from '../../../src/report/outputs'
import { action } from './with-block'

const saysNotYet = /not available yet/i
const declared = Object.entries(action.inputs)

test('the catalogue has the inputs of action.yml, each once', () => {
  expect([...available, ...Object.keys(notYet)].sort()).toEqual(declared.map(([name]) => name).sort())
})

test('an input that is not built yet has the default of action.yml, so that the default is no mistake', () => {
  const standard = Object.keys(notYet).map(name => [name, action.inputs[name]?.default ?? ''])
  expect(Object.fromEntries(standard)).toEqual(notYet)
})

test('action.yml says of each input that is not built yet that it is not', () => {
  const silent = Object.keys(notYet).filter(name => !saysNotYet.test(action.inputs[name]?.description ?? ''))
  expect(silent).toEqual([])
})

test('every input and output has a description that ends as a sentence', () => {
  const all = [...declared, ...Object.entries(action.outputs)]
  expect(all.filter(([, { description }]) => !/[.)]$/.test(description)).map(([name]) => name)).toEqual([])
})

test('the outputs of action.yml are those that are set, and those that it says are not available yet', () => {
  const promised = Object.entries(action.outputs).filter(([, { description }]) => !saysNotYet.test(description))
  expect(promised.map(([name]) => name).sort()).toEqual(
    [...Object.keys(outputsOf(newRecord(new Date()))), 'result'].sort()
  )
})

test('every default is a text, as the runner passes nothing else', () => {
  expect(declared.filter(([, input]) => !['string', 'undefined'].includes(typeof input.default))).toEqual([])
})
