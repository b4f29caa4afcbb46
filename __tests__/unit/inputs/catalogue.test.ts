import { expect, test } from '@jest/globals'
import { inputNames } from '../../../src/inputs/catalogue'
import { newRecord } from '../../../src/release/record'
import { outputsOf } from '../../../src/report/outputs'
import { action } from './with-block'

const declared = Object.entries(action.inputs)

test('the catalogue has the inputs of action.yml, each once', () => {
  expect([...inputNames].sort()).toEqual(declared.map(([name]) => name).sort())
})

test('every input and output has a description that ends as a sentence', () => {
  const all = [...declared, ...Object.entries(action.outputs)]
  expect(all.filter(([, { description }]) => !/[.)]$/.test(description)).map(([name]) => name)).toEqual([])
})

test('the outputs of action.yml are those that are set', () => {
  const set = [...Object.keys(outputsOf(newRecord(new Date()))), 'result']
  expect(Object.keys(action.outputs).sort()).toEqual(set.sort())
})

test('every default is a text, as the runner passes nothing else', () => {
  expect(declared.filter(([, input]) => !['string', 'undefined'].includes(typeof input.default))).toEqual([])
})
