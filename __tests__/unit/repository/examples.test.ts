import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { RawInputs } from '../../../src/inputs/raw-inputs'
import { readSettings } from '../../../src/inputs/read'
import { notYet } from '../../../src/inputs/catalogue'
import { documents, workflows } from './documents'

interface Step {
  readonly id?: string
  readonly uses?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>
  readonly outputs: Readonly<Record<string, unknown>>
}

const action = parse(readFileSync('action.yml', 'utf8')) as Action
const use = /^(\.\/|your-org\/powerserver-hot-deploy@v1)$/

/** Workflows, and the YAML blocks of documents, that use this action. */
const sources = [
  ...workflows(),
  ...documents().flatMap(({ path, blocks }) =>
    blocks
      .filter(({ language }) => ['yaml', 'yml'].includes(language))
      .map(({ text }, n) => [`${path}, example ${n + 1}`, text] as const)
  )
].filter(([, text]) => /uses: .*(powerserver-hot-deploy|\.\/)/.test(text))

describe.each(sources)('%s', (_, text) => {
  const steps = stepsOf(parse(text))
  const ours = steps.filter(step => use.test(step.uses ?? ''))

  test('uses the action under one name', () => {
    const names = [...text.matchAll(/uses: (.*powerserver-hot-deploy.*|\.\/.*)/g)].map(match => match[1])
    expect(names.filter(name => !use.test(name ?? ''))).toEqual([])
    expect(ours).toHaveLength(names.length)
  })

  test('sets inputs that there are', () => {
    const names = ours.flatMap(step => Object.keys(step.with ?? {}))
    expect(names.filter(name => !(name in action.inputs) || name in notYet)).toEqual([])
  })

  test('reads outputs that there are', () => {
    const ids = ours.map(step => step.id)
    const read = [...text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)].filter(match => ids.includes(match[1]))
    const missing = read.map(match => match[2] ?? '').filter(name => !(name in action.outputs))
    expect(missing).toEqual([])
  })

  test.each(ours.map((step, n) => [n + 1, step] as const))('step %i is accepted as it stands', (_, step) => {
    expect(() => readSettings(new RawInputs(variables(step)))).not.toThrow()
  })
})

test('the README and the workflows do use the action', () => {
  expect(sources.map(([where]) => where)).toEqual(
    expect.arrayContaining(['README.md, example 1', '.github/workflows/self-test.yml'])
  )
})

/** The steps of a workflow, or of an example that is a list of steps. */
function stepsOf(yaml: unknown): Step[] {
  if (Array.isArray(yaml)) return yaml as Step[]
  const { jobs } = yaml as { readonly jobs: Readonly<Record<string, { readonly steps: Step[] }>> }
  return Object.values(jobs).flatMap(job => job.steps)
}

/** What the runner would pass, with made-up values for expressions. */
function variables(step: Step): Record<string, string> {
  const defaults = Object.entries(action.inputs).map(([name, { default: value = '' }]) => [name, value] as const)
  const given = Object.entries(step.with ?? {}).map(([name, value]) => [name, madeUp(name, String(value))] as const)
  return Object.fromEntries([...defaults, ...given].map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]))
}

function madeUp(name: string, value: string): string {
  if (!value.includes('${{')) return value
  const values: Record<string, string> = {
    site: 'sftp://deploy@localhost/srv/www',
    'host-key': `SHA256:${'A'.repeat(43)}`,
    'private-key': '-----BEGIN OPENSSH PRIVATE KEY-----',
    'tls-ca': ''
  }
  return values[name] ?? 'made-up'
}
