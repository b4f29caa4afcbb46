import { describe, expect, test } from '@jest/globals'
import { RawInputs } from '../../../src/inputs/raw-inputs'
import { readSettings } from '../../../src/inputs/read'
import { action, type Job, reusable, sources, type Step, steps } from './sources'
import { isAction, isCall } from './workflow-rules'

/** Stands for any value of an expression. */
const madeUpMark = '${{ made-up }}'

/** Workflows, and the YAML blocks of documents, that use this action. */
const users = sources().filter(({ text }) => /uses: .*(powerserver-hot-deploy|\.\/)/.test(text))

const [hotDeploy] = users.filter(({ where }) => where === '.github/workflows/hot-deploy.yml')

describe.each(users.map(source => [source.where, source] as const))('%s', (_, source) => {
  const { text, workflow } = source
  const ours = steps(workflow).filter(step => isAction(step.uses))

  test('uses the action, or its workflow, under one name', () => {
    const names = [...text.matchAll(/^\s*(?:- )?uses: (.*powerserver-hot-deploy.*|\.\/.*)$/gm)].map(match => match[1])
    expect(names.filter(name => !isAction(name) && !isCall(name))).toEqual([])
    expect(names.filter(isAction)).toHaveLength(ours.length)
  })
})

const inSteps = users
  .filter(source => source !== hotDeploy)
  .flatMap(({ where, workflow }) => steps(workflow).map(step => [where, step] as const))
  .filter(([, step]) => isAction(step.uses))
  .map(([where, step], n) => [`${where}, step ${n + 1}`, asText(step.with)] as const)
const inJobs = users
  .flatMap(({ where, workflow }) => Object.entries(workflow.jobs).map(([name, job]) => [where, name, job] as const))
  .filter(([, , job]) => isCall(job.uses))
  .map(([where, name, job]) => [`${where}, job ${name}`, throughHotDeploy(job)] as const)

test.each([...inSteps, ...inJobs])('%s is accepted as it stands', (_, inputs) => {
  expect(() => readSettings(new RawInputs(variables(inputs)))).not.toThrow()
})

test('the README and the workflows do use the action', () => {
  const names = users.map(({ where }) => where)
  expect(names).toEqual(expect.arrayContaining(['README.md, example 1', '.github/workflows/self-test.yml']))
})

/** What hot-deploy.yml passes on for a job that calls it: the caller's inputs or the defaults, and secrets that were given. */
function throughHotDeploy(job: Job): Record<string, string> {
  const given = asText(job.with)
  const [step] = steps(hotDeploy?.workflow ?? { jobs: {} }).filter(({ uses }) => isAction(uses))
  const passed = Object.entries(asText(step?.with)).map(([name, expression]) => {
    // The last thing that an expression names is what it falls back to.
    const [, context, key = ''] = /(inputs|secrets)\.([\w-]+) \}\}$/.exec(expression) ?? []
    if (context === 'secrets') return [name, typeof job.secrets === 'object' && !(key in job.secrets) ? '' : madeUpMark]
    if (name === 'package' && 'artifact-name' in given) return [name, madeUpMark]
    return [name, given[key] ?? asText({ value: reusable.inputs[key]?.default ?? '' }).value]
  })
  return Object.fromEntries(passed) as Record<string, string>
}

function asText(values: Step['with'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))
}

/** What the runner would pass, with made-up values for expressions. */
function variables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  const defaults = Object.entries(action.inputs).map(([name, { default: value = '' }]) => [name, value] as const)
  const given = Object.entries(inputs).map(([name, value]) => [name, madeUp(name, value)] as const)
  return Object.fromEntries([...defaults, ...given].map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]))
}

function madeUp(name: string, value: string): string {
  if (!value.includes('${{')) return value
  const values: Record<string, string> = {
    site: 'sftp://deploy@localhost/srv/www',
    'host-key': `SHA256:${'A'.repeat(43)}`,
    'jump-host-key': `SHA256:${'A'.repeat(43)}`,
    'private-key': '-----BEGIN OPENSSH PRIVATE KEY-----',
    'tls-ca': '',
    'web-api-url': 'https://www.example.com/api_b/',
    'app-url': 'https://www.example.com/app/',
    publisher: 'never'
  }
  // What is made of parts is read with its parts made up.
  return values[name] ?? value.replace(/\$\{\{.*?\}\}/g, 'made-up')
}
